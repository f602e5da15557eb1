import type { UpClass } from "@voorzorg/firmware-contracts";
import { ID_PATTERN } from "@voorzorg/firmware-contracts";
import { GatewayError } from "#domain/errors.ts";
import type { JournalRecord, MessageRecord } from "#domain/record.ts";
import type { EpochMs } from "#domain/units.ts";

/** The bytes are no record that this build can read: another frame version, or damaged. */
export class RecordUnreadableError extends GatewayError {
  readonly code = "VZ_RECORD_UNREADABLE";
}

/**
 * Frame: version (1 byte), length of the header (u32, little endian), header (JSON of every field
 * but the payload), payload as it came. The payload of a message stays byte for byte what the
 * device sent, so that a replay decodes exactly that.
 */
const VERSION = 1;
const FRAME_BYTES = 5;
/**
 * Messages are most of the journal and every consumer reads them, so they have a frame without JSON
 * (ids as they may be named, which are ASCII): version (1), class and QoS (1), appendedAt (f64), lengths of product and device (1 each),
 * product, device, payload.
 */
const MESSAGE_VERSION = 2;
const MESSAGE_FRAME_BYTES = 12;
/** Places are written to disk: only ever appended to. */
const CLASSES: readonly UpClass[] = [
  "status",
  "birth",
  "tele",
  "hist",
  "event",
  "res",
  "rep",
  "time",
];
const CLASS_NUMBERS: ReadonlyMap<UpClass, number> = new Map(CLASSES.map((cls, n) => [cls, n]));
const QOS_SHIFT = 6;
const CLASS_MASK = (1 << QOS_SHIFT) - 1;
const LONGEST_ID = 64;
const NO_PAYLOAD = new Uint8Array(0);

const KINDS: Readonly<Record<JournalRecord["kind"], true>> = {
  message: true,
  refusal: true,
  connection: true,
  registry: true,
  ruleset: true,
  config: true,
  action: true,
  command_outcome: true,
  service: true,
  tick: true,
};

export function encodeRecord(record: JournalRecord): Uint8Array {
  if (record.kind === "message") return encodeMessage(record, record.appendedAt);
  if (record.kind === "refusal") {
    const { payload, ...header } = record;
    return frame(JSON.stringify(header), payload);
  }
  return frame(JSON.stringify(record), NO_PAYLOAD);
}

/** As `encodeRecord` for a MessageRecord, without the object: it is the one record that comes in masses. */
export function encodeMessage(
  message: Omit<MessageRecord, "kind" | "appendedAt">,
  appendedAt: EpochMs,
): Uint8Array {
  const { product, device, payload, qos } = message;
  if (!ID_PATTERN.test(product) || !ID_PATTERN.test(device)) {
    const { payload: _, ...header } = message;
    return frame(JSON.stringify({ kind: "message", appendedAt, ...header }), payload);
  }
  const cls = CLASS_NUMBERS.get(message.class) ?? Number.NaN;
  const headerEnd = MESSAGE_FRAME_BYTES + product.length + device.length;
  const bytes = Buffer.allocUnsafe(headerEnd + payload.byteLength);
  bytes[0] = MESSAGE_VERSION;
  bytes[1] = cls | (qos << QOS_SHIFT);
  bytes.writeDoubleLE(appendedAt, 2);
  bytes[10] = product.length;
  bytes[11] = device.length;
  bytes.write(product, MESSAGE_FRAME_BYTES, "latin1");
  bytes.write(device, MESSAGE_FRAME_BYTES + product.length, "latin1");
  bytes.set(payload, headerEnd);
  return bytes;
}

function decodeMessage(bytes: Uint8Array): MessageRecord {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const productEnd = MESSAGE_FRAME_BYTES + (buffer[10] ?? LONGEST_ID);
  const headerEnd = productEnd + (buffer[11] ?? LONGEST_ID);
  const kind = buffer[1] ?? 0;
  const cls = CLASSES[kind & CLASS_MASK];
  const qos = kind >> QOS_SHIFT;
  if (headerEnd > buffer.byteLength || cls === undefined || !isQos(qos)) {
    throw new RecordUnreadableError(
      `record of ${buffer.byteLength} bytes is no whole message: class ${kind & CLASS_MASK}, QoS ${qos}, header of ${headerEnd} bytes`,
    );
  }
  return {
    kind: "message",
    appendedAt: buffer.readDoubleLE(2),
    product: buffer.toString("latin1", MESSAGE_FRAME_BYTES, productEnd),
    device: buffer.toString("latin1", productEnd, headerEnd),
    class: cls,
    qos,
    payload: new Uint8Array(
      bytes.buffer,
      bytes.byteOffset + headerEnd,
      bytes.byteLength - headerEnd,
    ),
  };
}

const isQos = (qos: number): qos is 0 | 1 | 2 => qos <= 2;

function frame(header: string, payload: Uint8Array): Uint8Array {
  const headerBytes = Buffer.byteLength(header);
  const bytes = Buffer.allocUnsafe(FRAME_BYTES + headerBytes + payload.byteLength);
  bytes[0] = VERSION;
  bytes.writeUInt32LE(headerBytes, 1);
  bytes.write(header, FRAME_BYTES, "utf8");
  bytes.set(payload, FRAME_BYTES + headerBytes);
  return bytes;
}

/** The payload is a view on `bytes`. Throws RecordUnreadableError. */
export function decodeRecord(bytes: Uint8Array): JournalRecord {
  if (bytes[0] === MESSAGE_VERSION) return decodeMessage(bytes);
  if (bytes[0] !== VERSION) {
    throw new RecordUnreadableError(
      bytes.byteLength === 0
        ? "record is empty"
        : `record has frame version ${bytes[0]}, this build reads ${VERSION} and ${MESSAGE_VERSION}: start the build that wrote it`,
    );
  }
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerEnd =
    buffer.byteLength < FRAME_BYTES ? Number.NaN : FRAME_BYTES + buffer.readUInt32LE(1);
  if (!(headerEnd <= buffer.byteLength)) {
    throw new RecordUnreadableError(
      `record of ${buffer.byteLength} bytes ends before its header does (${headerEnd})`,
    );
  }
  const record = headerOf(buffer.toString("utf8", FRAME_BYTES, headerEnd));
  if (record.kind === "message" || record.kind === "refusal") {
    const payload = new Uint8Array(
      bytes.buffer,
      bytes.byteOffset + headerEnd,
      bytes.byteLength - headerEnd,
    );
    return { ...record, payload };
  }
  return record;
}

function headerOf(text: string): JournalRecord {
  let header: JournalRecord | null;
  try {
    header = JSON.parse(text);
  } catch (error) {
    throw new RecordUnreadableError(`header ${JSON.stringify(text.slice(0, 200))} is no JSON`, {
      cause: error,
    });
  }
  if (header === null || typeof header !== "object" || !Object.hasOwn(KINDS, header.kind)) {
    throw new RecordUnreadableError(
      `header ${JSON.stringify(text.slice(0, 200))} names no kind of record that this build knows`,
    );
  }
  return header;
}
