import type { Rng } from "./rng.ts";

const INTERESTING = [0x00, 0x01, 0x7f, 0x80, 0xc0, 0xff] as const;

type Mutation = (bytes: Buffer, rng: Rng) => Buffer;

const flipBit: Mutation = (bytes, rng) => {
  const copy = Buffer.from(bytes);
  const at = rng.below(copy.length);
  copy[at] = (copy[at] ?? 0) ^ (1 << rng.below(8));
  return copy;
};

const setByte: Mutation = (bytes, rng) => {
  const copy = Buffer.from(bytes);
  copy[rng.below(copy.length)] = rng.chance(0.5) ? rng.pick(INTERESTING) : rng.below(256);
  return copy;
};

const truncate: Mutation = (bytes, rng) => bytes.subarray(0, rng.below(bytes.length));

const insert: Mutation = (bytes, rng) => {
  const at = rng.below(bytes.length + 1);
  return Buffer.concat([bytes.subarray(0, at), rng.bytes(rng.between(1, 8)), bytes.subarray(at)]);
};

const remove: Mutation = (bytes, rng) => {
  const at = rng.below(bytes.length);
  return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + rng.between(1, 8))]);
};

const repeat: Mutation = (bytes, rng) => {
  const from = rng.below(bytes.length);
  const piece = bytes.subarray(from, from + rng.between(1, 32));
  return Buffer.concat([bytes.subarray(0, from), piece, bytes.subarray(from)]);
};

const swap: Mutation = (bytes, rng) => {
  const copy = Buffer.from(bytes);
  const one = rng.below(copy.length);
  const other = rng.below(copy.length);
  [copy[one], copy[other]] = [copy[other] ?? 0, copy[one] ?? 0];
  return copy;
};

const MUTATIONS = [flipBit, flipBit, setByte, truncate, insert, remove, repeat, swap] as const;

/** The bytes with one to three faults of transmission or of an attacker. */
export function mutateBytes(bytes: Buffer, rng: Rng): Buffer {
  let mutated = bytes;
  for (let left = rng.between(1, 3); left > 0; left -= 1) {
    mutated = mutated.length === 0 ? rng.bytes(1) : rng.pick(MUTATIONS)(mutated, rng);
  }
  return mutated;
}

/** The beginning of one and the end of the other. */
export function splice(one: Buffer, other: Buffer, rng: Rng): Buffer {
  return Buffer.concat([
    one.subarray(0, rng.below(one.length + 1)),
    other.subarray(rng.below(other.length + 1)),
  ]);
}
