/** MQTT control packet types [MQTT-2.2.1]. */
export const CONNECT = 1;
export const PUBLISH = 3;
export const PUBACK = 4;
export const PUBREL = 6;
export const SUBSCRIBE = 8;
export const UNSUBSCRIBE = 10;
export const PINGREQ = 12;
export const DISCONNECT = 14;

/** One whole control packet. */
export interface Frame {
  readonly type: number;
  /** Low four bits of the first byte: for PUBLISH dup, QoS, retain. */
  readonly flags: number;
  readonly bytes: Buffer;
  /** Where the variable header begins. */
  readonly bodyAt: number;
}

export type FrameRead =
  | { readonly kind: "frame"; readonly frame: Frame }
  | { readonly kind: "more" }
  | {
      readonly kind: "too_large";
      readonly type: number;
      readonly size: number;
      readonly limit: number;
      /** What has arrived of it. */
      readonly head: Buffer;
    }
  | { readonly kind: "malformed"; readonly reason: string };

const NOTHING = Buffer.alloc(0);
const MORE: FrameRead = { kind: "more" };
const MAX_LENGTH_BYTES = 4;

interface Header {
  readonly kind: "header";
  readonly type: number;
  readonly flags: number;
  readonly bodyAt: number;
  readonly size: number;
}

function readHeader(input: Buffer, at: number): Header | FrameRead {
  const first = input[at];
  if (first === undefined) {
    return MORE;
  }
  let length = 0;
  for (let index = 0; index < MAX_LENGTH_BYTES; index += 1) {
    const byte = input[at + 1 + index];
    if (byte === undefined) {
      return MORE;
    }
    length += (byte & 0x7f) * 128 ** index;
    if ((byte & 0x80) === 0) {
      const bodyAt = 2 + index;
      return {
        kind: "header",
        type: first >> 4,
        flags: first & 0x0f,
        bodyAt,
        size: bodyAt + length,
      };
    }
  }
  // [MQTT-2.2.3]: at most four bytes of remaining length.
  return { kind: "malformed", reason: "remaining length has more than 4 bytes" };
}

interface Partial {
  readonly header: Header;
  readonly bytes: Buffer;
  filled: number;
}

/**
 * Cuts a byte stream into whole control packets, one `next()` at a time, so that its owner can stop between any two.
 * Copies only frames that were split over chunks, each byte once: a sender of single bytes costs no more than any other.
 */
export class FrameReader {
  #input: Buffer = NOTHING;
  #at = 0;
  #partial: Partial | undefined;

  /** Bytes received and not yet handed out. */
  get heldBytes(): number {
    return this.#input.length - this.#at + (this.#partial?.filled ?? 0);
  }

  /** True while a frame has begun and is not complete. */
  get midFrame(): boolean {
    return this.#partial !== undefined || this.#at < this.#input.length;
  }

  append(chunk: Buffer): void {
    const rest = this.#input.length - this.#at;
    this.#input = rest === 0 ? chunk : Buffer.concat([this.#input.subarray(this.#at), chunk]);
    this.#at = 0;
  }

  /** `limitOf` gives the largest size in bytes, header included, for a packet type. */
  next(limitOf: (type: number) => number): FrameRead {
    if (this.#partial !== undefined) {
      return this.#fill(this.#partial);
    }
    const header = readHeader(this.#input, this.#at);
    if (header.kind !== "header") {
      return header;
    }
    const limit = limitOf(header.type);
    const available = this.#input.length - this.#at;
    if (header.size > limit) {
      const head = this.#input.subarray(this.#at, this.#at + Math.min(available, 512));
      return { kind: "too_large", type: header.type, size: header.size, limit, head };
    }
    if (available < header.size) {
      this.#partial = { header, bytes: Buffer.allocUnsafe(header.size), filled: 0 };
      return this.#fill(this.#partial);
    }
    const bytes = this.#input.subarray(this.#at, this.#at + header.size);
    this.#consume(header.size);
    return { kind: "frame", frame: frameOf(header, bytes) };
  }

  #fill(partial: Partial): FrameRead {
    const missing = partial.header.size - partial.filled;
    const copied = this.#input.copy(partial.bytes, partial.filled, this.#at, this.#at + missing);
    partial.filled += copied;
    this.#consume(copied);
    if (partial.filled < partial.header.size) {
      return MORE;
    }
    this.#partial = undefined;
    return { kind: "frame", frame: frameOf(partial.header, partial.bytes) };
  }

  #consume(bytes: number): void {
    this.#at += bytes;
    if (this.#at === this.#input.length) {
      this.#input = NOTHING;
      this.#at = 0;
    }
  }
}

const frameOf = (header: Header, bytes: Buffer): Frame => ({
  type: header.type,
  flags: header.flags,
  bytes,
  bodyAt: header.bodyAt,
});

const DUP = 8;

export const qosOf = (frame: Frame): number => (frame.flags >> 1) & 3;

export const packetIdAt = (frame: Frame, at: number): number | undefined =>
  at + 2 <= frame.bytes.length ? frame.bytes.readUInt16BE(at) : undefined;

export type Checked = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/** The fields must lie inside the frame: the parser behind us would read on into the next one. */
export function checkPublish(frame: Frame): Checked {
  const qos = qosOf(frame);
  if (qos === 3) {
    return { ok: false, reason: "QoS 3 does not exist [MQTT-3.3.1-4]" };
  }
  if (qos === 0 && (frame.flags & DUP) !== 0) {
    return { ok: false, reason: "DUP is set at QoS 0 [MQTT-3.3.1-2]" };
  }
  const topicLength = packetIdAt(frame, frame.bodyAt);
  if (topicLength === undefined) {
    return { ok: false, reason: "PUBLISH ends before its topic" };
  }
  const idAt = frame.bodyAt + 2 + topicLength;
  if (idAt + (qos > 0 ? 2 : 0) > frame.bytes.length) {
    return { ok: false, reason: `topic of ${topicLength} bytes does not fit in the PUBLISH` };
  }
  if (qos > 0 && packetIdAt(frame, idAt) === 0) {
    return { ok: false, reason: "packet id 0 [MQTT-2.3.1-1]" };
  }
  return { ok: true };
}

/** Fields of a PUBLISH that `checkPublish` has approved; the payload is a view on the frame. */
export function readPublish(frame: Frame): {
  readonly topic: string;
  readonly packetId: number | undefined;
  readonly payload: Buffer;
} {
  const { bytes, bodyAt } = frame;
  const topicAt = bodyAt + 2;
  const topicEnd = topicAt + bytes.readUInt16BE(bodyAt);
  const hasId = qosOf(frame) > 0;
  return {
    topic: bytes.toString("utf8", topicAt, topicEnd),
    packetId: hasId ? bytes.readUInt16BE(topicEnd) : undefined,
    payload: bytes.subarray(topicEnd + (hasId ? 2 : 0)),
  };
}

/** Topic of a PUBLISH, as far as it arrived; for records of refusals. */
export function publishTopic(bytes: Buffer): string {
  const header = readHeader(bytes, 0);
  if (header.kind !== "header" || bytes.length < header.bodyAt + 2) {
    return "";
  }
  const at = header.bodyAt + 2;
  return bytes.toString("utf8", at, at + Math.min(bytes.readUInt16BE(header.bodyAt), 256));
}

/** Protocol level of a CONNECT: 3 = MQTT 3.1, 4 = 3.1.1, 5 = 5.0; undefined = no CONNECT of MQTT. */
export function connectLevel(frame: Frame): number | undefined {
  const nameLength = packetIdAt(frame, frame.bodyAt);
  if (nameLength === undefined) {
    return undefined;
  }
  const levelAt = frame.bodyAt + 2 + nameLength;
  const name = frame.bytes.toString("latin1", frame.bodyAt + 2, levelAt);
  return name === "MQTT" || name === "MQIsdp" ? frame.bytes[levelAt] : undefined;
}

/** CONNACK "unacceptable protocol version" [MQTT-3.1.2-2]. */
export const REFUSED_LEVEL = Buffer.from([0x20, 0x02, 0x00, 0x01]);

export interface OutgoingPublish {
  readonly topic: string;
  readonly payload: Uint8Array;
  /** Undefined = QoS 0. */
  readonly packetId: number | undefined;
}

/** One PUBLISH, never retained. */
export function encodePublish(publish: OutgoingPublish): Buffer {
  const topic = Buffer.from(publish.topic, "utf8");
  const idLength = publish.packetId === undefined ? 0 : 2;
  const length = 2 + topic.length + idLength + publish.payload.length;
  const header = [0x30 | (idLength > 0 ? 2 : 0)];
  for (let rest = length; ; rest = Math.floor(rest / 128)) {
    header.push(rest >= 128 ? (rest % 128) | 0x80 : rest);
    if (rest < 128) {
      break;
    }
  }
  const frame = Buffer.allocUnsafe(header.length + length);
  frame.set(header, 0);
  let at = frame.writeUInt16BE(topic.length, header.length);
  at += topic.copy(frame, at);
  if (publish.packetId !== undefined) {
    at = frame.writeUInt16BE(publish.packetId, at);
  }
  frame.set(publish.payload, at);
  return frame;
}
