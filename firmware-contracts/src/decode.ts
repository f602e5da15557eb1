import type { z } from "zod";
import { decodeBody } from "./body.ts";
import { checkFields } from "./field-check.ts";
import { INSTANT_MAX_MS, LIMITS, U32_MAX } from "./limits.ts";
import {
  birthSchema,
  eventSchema,
  reportedSchema,
  resultSchema,
  statusSchema,
  timeRequestSchema,
} from "./message-schemas.ts";
import type {
  BirthMessage,
  Decoded,
  DeviceEvent,
  Envelope,
  EventMessage,
  MeasurementMessage,
  Point,
  ReportedMessage,
  ResultMessage,
  StatusMessage,
  TimeRequest,
  UpMessage,
} from "./messages.ts";
import type { ProductModel } from "./product-model.ts";
import type { Refused } from "./refusal.ts";
import { accept, hint, refuse, show } from "./refusal.ts";
import { decodeSenml } from "./senml.ts";
import { checkSettings, checkSignals, ownEntry } from "./signal-values.ts";
import type { UpClass } from "./topics.ts";

/**
 * One payload of a device, by the contract of its product. Never throws; whatever does not fit is
 * refused whole, with a code of REFUSAL_CODES and a sentence that names field, value and what would
 * be right. Unknown fields are ignored, so that a newer firmware may say more.
 */
export function decodeUp(
  cls: UpClass,
  bytes: Uint8Array,
  product: ProductModel,
): Decoded<UpMessage> {
  const body = decodeBody(bytes);
  return body.ok ? decodeFields(cls, body.value, product) : body;
}

/**
 * The same for what decodeBody made of a payload, or for fields that never were bytes (a recording):
 * plain values, every number finite.
 */
export function decodeFields(
  cls: UpClass,
  body: unknown,
  product: ProductModel,
): Decoded<UpMessage> {
  switch (cls) {
    case "tele":
    case "hist":
      return decodeMeasurement(cls, body, product);
    case "event":
      return decodeEvent(body, product);
    case "status":
      return decodeStatus(body);
    case "birth":
      return decodeBirth(body, product);
    case "res":
      return decodeResult(body);
    case "rep":
      return decodeReported(body, product);
    case "time":
      return decodeTimeRequest(body);
  }
}

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isWhole = (value: unknown, low: number, high: number): value is number =>
  Number.isInteger(value) && (value as number) >= low && (value as number) <= high;

/**
 * Most of the traffic, hence checked by hand: a schema would cost several times the rest of the
 * path. A test holds it equal to `measurementSchema`.
 */
function decodeMeasurement(
  cls: "tele" | "hist",
  body: unknown,
  product: ProductModel,
): Decoded<MeasurementMessage> {
  if (Array.isArray(body)) {
    const points = decodeSenml(body, product);
    return points.ok ? accept({ class: cls, points: points.value }) : points;
  }
  if (!isFields(body)) {
    return refuse(
      "bad_field",
      `the payload is ${show(body)}; expected an object with "m" or "p", or a SenML array`,
    );
  }
  const points: Point[] = [];
  const problem = pointsProblem(body, product, points) ?? envelopeProblem(body);
  return problem ?? accept({ class: cls, ...envelopeOf(body), points });
}

/** Fills `into`; a plain `m` is the newest moment, so it comes after the pack. */
function pointsProblem(body: Fields, product: ProductModel, into: Point[]): Refused | undefined {
  const { m, p } = body;
  if (p !== undefined) {
    const problem = packProblem(p, product, into);
    if (problem !== undefined) return problem;
  }
  if (m !== undefined) {
    if (!isFields(m)) return notSignals("m", m);
    const values = checkSignals(m, product);
    if (!values.ok) return values;
    into.push({ offsetMs: 0, values: values.value });
  }
  return into.length > 0
    ? undefined
    : refuse("no_points", `fields "m" and "p" are absent or empty; expected "m":{signal: value}`);
}

function packProblem(pack: unknown, product: ProductModel, into: Point[]): Refused | undefined {
  if (!Array.isArray(pack)) {
    return refuse("bad_field", `field "p" is ${show(pack)}; expected a list of {"t","m"}`);
  }
  if (pack.length > LIMITS.points) return tooMany("p", pack.length, "points");
  for (const [index, entry] of pack.entries()) {
    if (!isFields(entry)) {
      return refuse("bad_field", `field "p.${index}" is ${show(entry)}; expected {"t","m"}`);
    }
    const { t, m } = entry;
    if (!isWhole(t, -INSTANT_MAX_MS, INSTANT_MAX_MS)) {
      return refuse(
        "bad_field",
        `field "p.${index}.t" is ${show(t)}; expected whole milliseconds relative to ts, usually negative`,
      );
    }
    if (!isFields(m)) return notSignals(`p.${index}.m`, m);
    const values = checkSignals(m, product);
    if (!values.ok) return values;
    // `+ 0` turns the -0 that JSON can carry into 0.
    into.push({ offsetMs: t + 0, values: values.value });
  }
  return undefined;
}

const notSignals = (field: string, value: unknown): Refused =>
  refuse("bad_field", `field "${field}" is ${show(value)}; expected an object of signal: value`);

const tooMany = (field: string, count: number, what: string): Refused =>
  refuse(
    "too_many_points",
    `field "${field}" has ${count} ${what}; at most ${LIMITS.points} are allowed`,
  );

function envelopeProblem(body: Fields): Refused | undefined {
  const { boot, seq, ts, up } = body;
  if (boot !== undefined && !isWhole(boot, 0, U32_MAX)) return badEnvelope("boot", boot, U32_MAX);
  if (seq !== undefined && !isWhole(seq, 0, U32_MAX)) return badEnvelope("seq", seq, U32_MAX);
  if (ts !== undefined && !isWhole(ts, 0, INSTANT_MAX_MS)) {
    return badEnvelope("ts", ts, INSTANT_MAX_MS);
  }
  if (up !== undefined && !isWhole(up, 0, INSTANT_MAX_MS)) {
    return badEnvelope("up", up, INSTANT_MAX_MS);
  }
  return undefined;
}

const badEnvelope = (field: string, value: unknown, max: number): Refused =>
  refuse(
    "bad_envelope",
    `field "${field}" is ${show(value)}; expected a whole number from 0 to ${max}, or no such field`,
  );

/** Only after envelopeProblem or a schema has passed the same fields. */
function envelopeOf(body: Fields): Envelope {
  const envelope: { -readonly [K in keyof Envelope]: Envelope[K] } = {};
  if (body.boot !== undefined) envelope.boot = body.boot as number;
  if (body.seq !== undefined) envelope.seq = body.seq as number;
  if (body.ts !== undefined) envelope.ts = body.ts as number;
  if (body.up !== undefined) envelope.up = body.up as number;
  return envelope;
}

function decodeEvent(body: unknown, product: ProductModel): Decoded<EventMessage> {
  if (isFields(body) && Array.isArray(body.e) && body.e.length > LIMITS.points) {
    return tooMany("e", body.e.length, "events");
  }
  const fields = checkFields(eventSchema, body);
  if (!fields.ok) return fields;
  const { code, e } = fields.value;
  if ((code === undefined) === (e === undefined)) {
    return refuse(
      "bad_field",
      `fields "code" and "e" are ${code === undefined ? "both absent" : "both present"}; expected "code" for one event or "e" for several`,
    );
  }
  const sent = e ?? [{ code: code ?? "", t: fields.value.t, attrs: fields.value.attrs }];
  const events: DeviceEvent[] = [];
  for (const event of sent) {
    if (ownEntry(product.events, event.code) === undefined) {
      return refuse(
        "unknown_event",
        `event ${show(event.code)} is not declared for product "${product.id}"${hint(event.code, Object.keys(product.events))}`,
      );
    }
    events.push({ code: event.code, offsetMs: (event.t ?? 0) + 0, attrs: event.attrs ?? {} });
  }
  return accept({ class: "event", ...envelopeOf(fields.value), events });
}

function decodeStatus(body: unknown): Decoded<StatusMessage> {
  return mapFields(statusSchema, body, ({ s, reason, wake, ...rest }) => ({
    class: "status",
    ...envelopeOf(rest),
    state: s,
    ...(reason !== undefined && { reason }),
    ...(wake !== undefined && { wakeS: wake }),
  }));
}

function decodeBirth(body: unknown, product: ProductModel): Decoded<BirthMessage> {
  const fields = checkFields(birthSchema, body);
  if (!fields.ok) return fields;
  const { model, hw, fw, set, attrs, ...rest } = fields.value;
  const settings = checkSettings(set ?? {}, product);
  if (!settings.ok) return settings;
  return accept({
    class: "birth",
    ...envelopeOf(rest),
    ...(model !== undefined && { model }),
    ...(hw !== undefined && { hardware: hw }),
    ...(fw !== undefined && { firmware: fw }),
    settings: settings.value,
    attrs: attrs ?? {},
  });
}

function decodeResult(body: unknown): Decoded<ResultMessage> {
  return mapFields(resultSchema, body, ({ id, st, code, msg, was, ...rest }) => ({
    class: "res",
    ...envelopeOf(rest),
    id,
    state: st,
    ...(code !== undefined && { code }),
    ...(msg !== undefined && { msg }),
    ...(was !== undefined && { was }),
  }));
}

function decodeReported(body: unknown, product: ProductModel): Decoded<ReportedMessage> {
  const fields = checkFields(reportedSchema, body);
  if (!fields.ok) return fields;
  const { v, set, ...rest } = fields.value;
  const settings = checkSettings(set, product);
  return settings.ok
    ? accept({ class: "rep", ...envelopeOf(rest), version: v, settings: settings.value })
    : settings;
}

function decodeTimeRequest(body: unknown): Decoded<TimeRequest> {
  return mapFields(timeRequestSchema, body, (fields) => ({ class: "time", ...envelopeOf(fields) }));
}

function mapFields<T, R>(schema: z.ZodType<T>, body: unknown, to: (fields: T) => R): Decoded<R> {
  const fields = checkFields(schema, body);
  return fields.ok ? accept(to(fields.value)) : fields;
}
