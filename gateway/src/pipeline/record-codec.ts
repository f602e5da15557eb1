import { GatewayError } from "#domain/errors.ts";
import type { JournalRecord } from "#domain/record.ts";

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
  if (record.kind === "message" || record.kind === "refusal") {
    const { payload, ...header } = record;
    return frame(JSON.stringify(header), payload);
  }
  return frame(JSON.stringify(record), NO_PAYLOAD);
}

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
  if (bytes[0] !== VERSION) {
    throw new RecordUnreadableError(
      bytes.byteLength === 0
        ? "record is empty"
        : `record has frame version ${bytes[0]}, this build reads ${VERSION}: start the build that wrote it`,
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
