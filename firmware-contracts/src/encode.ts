import { encode as encodeCbor, rfc8949EncodeOptions } from "cborg";
import { decodeBody } from "./body.ts";
import { checkFields } from "./field-check.ts";
import { commandSchema, desiredSchema, timeAnswerSchema } from "./message-schemas.ts";
import type {
  BirthMessage,
  CommandMessage,
  Decoded,
  DeviceEvent,
  Envelope,
  EventMessage,
  MeasurementMessage,
  Point,
  ReportedMessage,
  ResultMessage,
  SignalValues,
  StatusMessage,
  TimeRequest,
  UpMessage,
} from "./messages.ts";
import { accept } from "./refusal.ts";

export type WireFormat = "json" | "cbor";

/** Down, topic class `des`: settings that the device shall use. */
export interface DesiredMessage {
  /** Raised with each change; the device reports it back in `rep`. */
  readonly version: number;
  readonly settings: SignalValues;
}
/** Down, topic class `time`. */
export interface TimeAnswer {
  readonly up: number;
  /** ms since 1970 UTC. */
  readonly ts: number;
}

/** Any message of a device to its payload. */
export function encodeUp(message: UpMessage, format: WireFormat = "json"): Uint8Array {
  switch (message.class) {
    case "tele":
    case "hist":
      return encodeMeasurement(message, format);
    case "event":
      return encodeEvent(message, format);
    case "status":
      return encodeStatus(message, format);
    case "birth":
      return encodeBirth(message, format);
    case "res":
      return encodeResult(message, format);
    case "rep":
      return encodeReported(message, format);
    case "time":
      return encodeTimeRequest(message, format);
  }
}

/** One point of now becomes `m`, anything else `p`. An absolute time needs the envelope's `ts`. */
export function encodeMeasurement(
  message: Omit<MeasurementMessage, "class">,
  format: WireFormat = "json",
): Uint8Array {
  const [first, second] = message.points;
  const head = envelopeFields(message);
  if (first !== undefined && second === undefined && offsetOf(first, message.ts) === 0) {
    return encodeBody({ ...head, m: first.values }, format);
  }
  const p = message.points.map((point) => ({ t: offsetOf(point, message.ts), m: point.values }));
  return encodeBody({ ...head, p }, format);
}

function offsetOf(point: Point, ts: number | undefined): number {
  if (point.absoluteMs === undefined) return point.offsetMs;
  if (ts === undefined) {
    throw new TypeError(
      `a point at absolute time ${point.absoluteMs} needs the envelope's ts, which is absent`,
    );
  }
  return point.absoluteMs - ts;
}

export function encodeEvent(
  message: Omit<EventMessage, "class">,
  format: WireFormat = "json",
): Uint8Array {
  const [first, second] = message.events;
  const head = envelopeFields(message);
  const body =
    first !== undefined && second === undefined
      ? { ...head, ...eventFields(first) }
      : { ...head, e: message.events.map(eventFields) };
  return encodeBody(body, format);
}

function eventFields(event: DeviceEvent) {
  return {
    code: event.code,
    t: event.offsetMs === 0 ? undefined : event.offsetMs,
    attrs: Object.keys(event.attrs).length === 0 ? undefined : event.attrs,
  };
}

export function encodeStatus(
  message: Omit<StatusMessage, "class">,
  format: WireFormat = "json",
): Uint8Array {
  const { state, reason, wakeS } = message;
  return encodeBody({ ...envelopeFields(message), s: state, reason, wake: wakeS }, format);
}

export function encodeBirth(
  message: Omit<BirthMessage, "class">,
  format: WireFormat = "json",
): Uint8Array {
  const { model, hardware, firmware, settings, attrs } = message;
  return encodeBody(
    { ...envelopeFields(message), model, hw: hardware, fw: firmware, set: settings, attrs },
    format,
  );
}

export function encodeResult(
  message: Omit<ResultMessage, "class">,
  format: WireFormat = "json",
): Uint8Array {
  const { id, state, code, msg, was } = message;
  return encodeBody({ ...envelopeFields(message), id, st: state, code, msg, was }, format);
}

export function encodeReported(
  message: Omit<ReportedMessage, "class">,
  format: WireFormat = "json",
): Uint8Array {
  const { version, settings } = message;
  return encodeBody({ ...envelopeFields(message), v: version, set: settings }, format);
}

export function encodeTimeRequest(
  message: Omit<TimeRequest, "class">,
  format: WireFormat = "json",
): Uint8Array {
  return encodeBody(envelopeFields(message), format);
}

export function encodeCommand(command: CommandMessage, format: WireFormat = "json"): Uint8Array {
  const { id, name, args, iat, exp, ttl, ctr } = command;
  return encodeBody({ id, name, args, iat, exp, ttl, ctr }, format);
}

export function encodeDesired(desired: DesiredMessage, format: WireFormat = "json"): Uint8Array {
  return encodeBody({ v: desired.version, set: desired.settings }, format);
}

export function encodeTimeAnswer(answer: TimeAnswer, format: WireFormat = "json"): Uint8Array {
  return encodeBody({ up: answer.up, ts: answer.ts }, format);
}

/** For devices: a command as sent, without knowledge of the product. */
export function decodeCommand(bytes: Uint8Array): Decoded<CommandMessage> {
  const body = decodeBody(bytes);
  if (!body.ok) return body;
  const fields = checkFields(commandSchema, body.value);
  if (!fields.ok) return fields;
  const { id, name, args, iat, exp, ttl, ctr } = fields.value;
  return accept({ id, name, args, iat, exp, ttl, ctr });
}

/** For devices: desired settings as sent. */
export function decodeDesired(bytes: Uint8Array): Decoded<DesiredMessage> {
  const body = decodeBody(bytes);
  if (!body.ok) return body;
  const fields = checkFields(desiredSchema, body.value);
  return fields.ok ? accept({ version: fields.value.v, settings: fields.value.set }) : fields;
}

/** For devices: the service's time as sent. */
export function decodeTimeAnswer(bytes: Uint8Array): Decoded<TimeAnswer> {
  const body = decodeBody(bytes);
  if (!body.ok) return body;
  const fields = checkFields(timeAnswerSchema, body.value);
  return fields.ok ? accept({ up: fields.value.up, ts: fields.value.ts }) : fields;
}

const envelopeFields = ({ boot, seq, ts, up }: Envelope): Envelope => ({
  ...(boot !== undefined && { boot }),
  ...(seq !== undefined && { seq }),
  ...(ts !== undefined && { ts }),
  ...(up !== undefined && { up }),
});

const UTF8 = new TextEncoder();

/** Throws TypeError on NaN and Infinity: JSON would turn them into null, which means something else. */
function encodeBody(body: object, format: WireFormat): Uint8Array {
  assertFinite(body);
  switch (format) {
    case "json":
      return UTF8.encode(JSON.stringify(body));
    case "cbor":
      return encodeCbor(body, { ...rfc8949EncodeOptions, ignoreUndefinedProperties: true });
  }
}

function assertFinite(value: unknown, key = ""): void {
  if (typeof value === "number" && !Number.isFinite(value)) {
    throw new TypeError(`field "${key}" is ${value}; expected a finite number or null`);
  }
  if (typeof value !== "object" || value === null) return;
  for (const [name, item] of Object.entries(value)) assertFinite(item, name);
}
