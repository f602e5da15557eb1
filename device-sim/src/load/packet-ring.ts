import { generate } from "mqtt-packet";
import { UsageError } from "../errors.ts";

/** Ten digits, so that a sequence number is patched in place: u32 leaves three billion messages. */
const FIRST_SEQ = 1_000_000_000;
const TS_DIGITS = 13;
const SEQ_DIGITS = 10;
const DUP_FLAG = 0x08;

export interface PacketShape {
  readonly topic: string;
  readonly boot: number;
  readonly qos: 0 | 1;
  /** Bytes of the payload; a shorter message is filled up with a field that receivers ignore. */
  readonly payloadBytes: number;
}

const zeroPadded = (digits: number): string => "1".padEnd(digits, "0");

/** What a machine reports, most telling first; as much of it is sent as the size has room for. */
const READINGS = [
  '"boiler_temp":93.4',
  '"state":"idle"',
  '"heater_power":412.5',
  '"pump_pressure":0.2',
  '"flow":0',
  '"tank_level":71.5',
  '"scale_index":12.4',
  '"filter_left":63.2',
  '"grounds_level":34.1',
  '"cups_total":1834',
  '"heater_enabled":true',
  '"setpoint":93',
];
const FEWEST_READINGS = 2;

/** A valid espresso-pro measurement; the filler keeps it so at any size. */
export function loadPayload(boot: number, bytes: number): string {
  const start = `{"boot":${boot},"seq":${zeroPadded(SEQ_DIGITS)},"ts":${zeroPadded(TS_DIGITS)},"m":{`;
  let readings = READINGS.slice(0, FEWEST_READINGS).join(",");
  for (const reading of READINGS.slice(FEWEST_READINGS)) {
    if (start.length + readings.length + reading.length + ",}}".length > bytes) break;
    readings += `,${reading}`;
  }
  const head = `${start}${readings}}`;
  const filler = bytes - head.length - ',"x":""}'.length;
  if (filler < 0) return `${head}}`.padEnd(bytes);
  return `${head},"x":"${"x".repeat(filler)}"}`;
}

/** Where a number stands in a packet. */
interface Digits {
  readonly end: number;
  readonly count: number;
}

function writeDigits(into: Buffer, value: number, { end, count }: Digits): void {
  let rest = value;
  for (let at = end - 1; at >= end - count; at -= 1) {
    into[at] = 48 + (rest % 10);
    rest = Math.floor(rest / 10);
  }
}

/**
 * The messages of one connection, encoded once: `slots` whole PUBLISH packets side by side, of
 * which only the digits of `seq` and `ts` change. Neighbouring slots go out in one write.
 */
export class PacketRing {
  readonly slots: number;
  readonly packetBytes: number;
  readonly #bytes: Buffer;
  readonly #seqEnd: number;
  readonly #tsEnd: number;
  readonly #seqs: Uint32Array;
  readonly #sentAtWallMs: Float64Array;
  #nextSeq = FIRST_SEQ;

  constructor(shape: PacketShape, slots: number) {
    const payload = loadPayload(shape.boot, shape.payloadBytes);
    const packet = generate({
      cmd: "publish",
      topic: shape.topic,
      payload,
      qos: shape.qos,
      dup: false,
      retain: false,
      ...(shape.qos === 0 ? {} : { messageId: 1 }),
    });
    this.slots = slots;
    this.packetBytes = packet.length;
    const payloadAt = packet.length - payload.length;
    this.#seqEnd = payloadAt + payload.indexOf('"seq":') + 6 + SEQ_DIGITS;
    this.#tsEnd = payloadAt + payload.indexOf('"ts":') + 5 + TS_DIGITS;
    this.#bytes = Buffer.concat(Array.from({ length: slots }, () => packet));
    this.#seqs = new Uint32Array(slots);
    this.#sentAtWallMs = new Float64Array(slots);
    if (shape.qos === 1) {
      for (let slot = 0; slot < slots; slot += 1) {
        this.#bytes.writeUInt16BE(slot + 1, slot * packet.length + payloadAt - 2);
      }
    }
  }

  /** Gives the slot the next sequence number and the time. */
  fill(slot: number, wallMs: number): void {
    const start = slot * this.packetBytes;
    const seq = this.#nextSeq;
    this.#nextSeq += 1;
    this.#seqs[slot] = seq;
    this.#sentAtWallMs[slot] = wallMs;
    this.#bytes[start] = (this.#bytes[start] ?? 0) & ~DUP_FLAG;
    writeDigits(this.#bytes, seq, { end: start + this.#seqEnd, count: SEQ_DIGITS });
    writeDigits(this.#bytes, wallMs, { end: start + this.#tsEnd, count: TS_DIGITS });
  }

  /** Marks an unacknowledged message as sent again. [MQTT-3.3.1-1] */
  markResent(slot: number): void {
    const start = slot * this.packetBytes;
    this.#bytes[start] = (this.#bytes[start] ?? 0) | DUP_FLAG;
  }

  seq(slot: number): number {
    return this.#seqs[slot] ?? 0;
  }

  sentAtWallMs(slot: number): number {
    return this.#sentAtWallMs[slot] ?? 0;
  }

  /** The packets of slots `from` to `to`, exclusive; a view, so leave them alone until they are sent. */
  packets(from: number, to: number): Buffer {
    return this.#bytes.subarray(from * this.packetBytes, to * this.packetBytes);
  }
}

/** Packet ids are 16 bits and 0 is none. [MQTT-2.3.1-1] */
export function assertInflight(inflight: number): void {
  if (Number.isInteger(inflight) && inflight >= 1 && inflight <= 65_535) return;
  throw new UsageError(`--inflight is ${inflight}; it must be a whole number in 1..65535`);
}
