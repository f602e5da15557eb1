import type { Draft } from "./mqtt-drafts.ts";
import { frameOf, lyingLength, mutateDraft, rest, text, u8, u16 } from "./mqtt-drafts.ts";
import { mutateBytes, splice } from "./mutate-bytes.ts";
import type { Rng } from "./rng.ts";

/** What one connection of the fuzzer does. */
export interface FuzzSession {
  readonly packets: number;
  /** Written one after the other, with turns of other connections between them. */
  readonly chunks: readonly Buffer[];
  /** How it leaves: half-closes, cuts off, or stays until the broker has had enough of it. */
  readonly end: "end" | "destroy" | "linger";
}

/** Registered with the broker under test: `d0` and so on, with the secret `secret-<id>`. */
export const DEVICES = 200;
export const PRODUCT = "espresso";
export const secretOf = (device: string): string => `secret-${device}`;

const topic = (device: string, cls: string): string => `vz1/${PRODUCT}/${device}/${cls}`;
const UP = [
  "tele",
  "tele",
  "tele",
  "hist",
  "event",
  "status",
  "birth",
  "res",
  "rep",
  "time",
] as const;
const DOWN = ["cmd", "cmd", "des", "time"] as const;

function connect(device: string, rng: Rng): Draft {
  const clean = rng.chance(0.8);
  const will = rng.chance(0.3);
  const qos = rng.below(3);
  const flags = 0xc0 | (clean ? 2 : 0) | (will ? 4 | (qos << 3) | (rng.chance(0.5) ? 0x20 : 0) : 0);
  const old = rng.chance(0.1);
  const lost = [text(topic(device, "status")), text('{"s":"lost","boot":1}')];
  return {
    first: 0x10,
    fields: [
      text(old ? "MQIsdp" : "MQTT"),
      u8(old ? 3 : 4),
      u8(flags),
      u16(rng.pick([1, 30, 60, 1_800])),
      text(device),
      ...(will ? lost : []),
      text(device),
      text(secretOf(device)),
    ],
  };
}

function publish(device: string, rng: Rng): Draft {
  const qos = rng.pick([0, 1, 1, 1, 2]);
  const flags = (qos << 1) | (qos > 0 && rng.chance(0.1) ? 8 : 0) | (rng.chance(0.1) ? 1 : 0);
  const size = rng.chance(0.02) ? rng.between(1_000, 60_000) : rng.between(2, 120);
  return {
    first: 0x30 | flags,
    fields: [
      text(topic(device, rng.pick(UP))),
      ...(qos > 0 ? [u16(rng.between(1, 300))] : []),
      rest(Buffer.alloc(size, 0x7b)),
    ],
  };
}

const subscribe = (device: string, rng: Rng): Draft => ({
  first: 0x82,
  fields: [
    u16(rng.between(1, 300)),
    ...Array.from({ length: rng.between(1, 3) }, () => [
      text(topic(device, rng.pick(DOWN))),
      u8(rng.below(3)),
    ]).flat(),
  ],
});

const unsubscribe = (device: string, rng: Rng): Draft => ({
  first: 0xa2,
  fields: [u16(rng.between(1, 300)), text(topic(device, rng.pick(DOWN)))],
});

const answer = (first: number, rng: Rng): Draft => ({ first, fields: [u16(rng.between(1, 300))] });

function packet(device: string, rng: Rng): Draft {
  const roll = rng.unit() * 100;
  if (roll < 66) {
    return publish(device, rng);
  }
  if (roll < 74) {
    return subscribe(device, rng);
  }
  if (roll < 77) {
    return unsubscribe(device, rng);
  }
  if (roll < 84) {
    return answer(0x62, rng);
  }
  if (roll < 90) {
    return answer(0x40, rng);
  }
  if (roll < 99.8) {
    return { first: 0xc0, fields: [] };
  }
  if (roll < 99.87) {
    return connect(device, rng);
  }
  return rng.chance(0.5)
    ? { first: 0xe0, fields: [] }
    : { first: rng.below(256), fields: [rest(rng.bytes(rng.below(30)))] };
}

/** The packet as bytes; `share` of the packets carry a fault. */
function written(draft: Draft, share: number, rng: Rng): Buffer {
  if (!rng.chance(share)) {
    return frameOf(draft);
  }
  switch (rng.below(8)) {
    case 0: {
      const right = frameOf(draft);
      return frameOf(draft, lyingLength(right.length - 2, rng));
    }
    case 1:
    case 2:
      return mutateBytes(frameOf(draft), rng);
    case 3:
      return splice(frameOf(draft), frameOf(packet(`d${rng.below(DEVICES)}`, rng)), rng);
    default:
      return frameOf(mutateDraft(draft, rng));
  }
}

/** Along packets, in pieces of any size, or byte by byte. */
function cut(frames: readonly Buffer[], rng: Rng): readonly Buffer[] {
  const all = Buffer.concat(frames);
  switch (rng.below(4)) {
    case 0:
      return frames;
    case 1:
      return [all];
    default: {
      const most = rng.chance(0.05) ? 3 : Math.max(8, Math.ceil(all.length / 4));
      const chunks: Buffer[] = [];
      for (let at = 0; at < all.length && chunks.length < 200; ) {
        const size = chunks.length === 199 ? all.length : rng.between(1, most);
        chunks.push(all.subarray(at, at + size));
        at += size;
      }
      return chunks;
    }
  }
}

const SHARES = [0, 0, 0.01, 0.03, 0.1, 0.5] as const;

/** One session: mostly a device that signs in and speaks, with anything from no to many faults in it. */
export function makeSession(rng: Rng): FuzzSession {
  const device = `d${rng.below(DEVICES)}`;
  const share = rng.pick(SHARES);
  const frames: Buffer[] = [];
  if (rng.chance(0.97)) {
    frames.push(written(connect(device, rng), rng.chance(0.1) ? 0.8 : 0, rng));
  }
  for (let left = rng.between(1, 60); left > 0; left -= 1) {
    frames.push(written(packet(device, rng), share, rng));
  }
  const leaving = rng.below(100);
  return {
    packets: frames.length,
    chunks: cut(frames, rng).filter((chunk) => chunk.length > 0),
    end: leaving < 80 ? "end" : leaving < 98 ? "destroy" : "linger",
  };
}
