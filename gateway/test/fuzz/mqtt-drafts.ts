import type { Rng } from "./rng.ts";

/** A field of a packet, by what may go wrong in it. Texts carry their two bytes of length. */
export interface Field {
  readonly kind: "text" | "u8" | "u16" | "rest";
  readonly bytes: Buffer;
}

/** A control packet before it is bytes. */
export interface Draft {
  /** Type and flags. */
  readonly first: number;
  readonly fields: readonly Field[];
}

export const u8 = (value: number): Field => ({ kind: "u8", bytes: Buffer.from([value]) });

export const u16 = (value: number): Field => {
  const bytes = Buffer.allocUnsafe(2);
  bytes.writeUInt16BE(value);
  return { kind: "u16", bytes };
};

const prefixed = (content: Buffer, told = content.length): Field => ({
  kind: "text",
  bytes: Buffer.concat([u16(told & 0xffff).bytes, content]),
});

export const text = (value: string): Field => prefixed(Buffer.from(value, "utf8"));

export const rest = (bytes: Buffer): Field => ({ kind: "rest", bytes });

/** The remaining length in the shortest form [MQTT-2.2.3]. */
function lengthBytes(length: number): Buffer {
  const bytes: number[] = [];
  for (let left = length; ; left = Math.floor(left / 128)) {
    bytes.push(left >= 128 ? (left % 128) | 0x80 : left);
    if (left < 128) {
      return Buffer.from(bytes);
    }
  }
}

export function frameOf({ fields, first }: Draft, lengthTold?: Buffer): Buffer {
  const body = Buffer.concat(fields.map(({ bytes }) => bytes));
  return Buffer.concat([Buffer.from([first]), lengthTold ?? lengthBytes(body.length), body]);
}

const EVIL_CONTENTS = [
  Buffer.alloc(0),
  Buffer.from([0xc3, 0x28]),
  Buffer.from([0xed, 0xa0, 0x80]),
  Buffer.from([0xff, 0xfe]),
  Buffer.from([0]),
  Buffer.from("vz1/espresso/d1/tele\0"),
  Buffer.from("#"),
  Buffer.from("+/+/+/+"),
  Buffer.from("vz1/espresso/+/cmd"),
  Buffer.from("$SYS/broker/uptime"),
  Buffer.from("$share/g/vz1/espresso/d1/cmd"),
  Buffer.from("vz1/espresso/d2/tele"),
  Buffer.from("vz2/espresso/d1/tele"),
  Buffer.from("/".repeat(120)),
  Buffer.from("a/".repeat(2_000)),
  Buffer.from("__proto__"),
  Buffer.from("constructor"),
  Buffer.from("x".repeat(65_535)),
  Buffer.from("MQIsdp"),
  Buffer.from("\ufeffvz1/espresso/d1/tele"),
] as const;

function changedText(bytes: Buffer, rng: Rng): Field {
  const content = bytes.subarray(2);
  switch (rng.below(5)) {
    case 0:
      return prefixed(content, content.length + rng.pick([-1, 1, 2, 100, 40_000]));
    case 1:
      return prefixed(rng.bytes(rng.below(40)));
    case 2:
      return prefixed(Buffer.concat([content, rng.pick(EVIL_CONTENTS)]).subarray(0, 65_535));
    default:
      return prefixed(rng.pick(EVIL_CONTENTS));
  }
}

function changedField({ bytes, kind }: Field, rng: Rng): Field {
  switch (kind) {
    case "u8":
      return u8(rng.chance(0.5) ? (bytes[0] ?? 0) ^ (1 << rng.below(8)) : rng.below(256));
    case "u16":
      return u16(rng.pick([0, 1, 255, 256, 0x7fff, 0xffff, rng.below(65_536)]));
    case "text":
      return changedText(bytes, rng);
    case "rest":
      return rest(rng.bytes(rng.pick([0, 1, 3, 200, 5_000, 70_000])));
  }
}

/** One field other than it should be, gone, doubled or in another place; or another first byte. */
export function mutateDraft(draft: Draft, rng: Rng): Draft {
  const { fields, first } = draft;
  const at = rng.below(fields.length + 1);
  const field = fields[at];
  if (field === undefined) {
    return { first: rng.chance(0.6) ? first ^ (1 << rng.below(4)) : rng.below(256), fields };
  }
  switch (rng.below(6)) {
    case 0:
      return { first, fields: fields.toSpliced(at, 1) };
    case 1:
      return { first, fields: fields.toSpliced(at, 0, field) };
    case 2:
      return { first, fields: [...fields.toSpliced(at, 1), field] };
    default:
      return { first, fields: fields.with(at, changedField(field, rng)) };
  }
}

/** A remaining length that is not that of the body, or is written in another way than the shortest. */
export function lyingLength(length: number, rng: Rng): Buffer {
  switch (rng.below(6)) {
    case 0:
      return lengthBytes(Math.max(0, length + rng.between(-4, 4)));
    case 1:
      return Buffer.from([0xff, 0xff, 0xff, rng.pick([0x7f, 0xff])]);
    case 2:
      return Buffer.from([0xff, 0xff, 0xff, 0xff, 0x01]);
    case 3:
      return Buffer.from([(length % 128) | 0x80, (Math.floor(length / 128) & 0x7f) | 0x80, 0]);
    case 4:
      return lengthBytes(rng.pick([0, 127, 128, 4_096, 131_072, 131_073, 2_097_152]));
    default:
      return rng.bytes(rng.between(1, 4));
  }
}
