import type { Tree } from "./mutate-tree.ts";
import type { Rng } from "./rng.ts";

const UNSIGNED = 0;
const NEGATIVE = 1;
const TEXT = 3;
const LIST = 4;
const MAP = 5;
const TAG = 6;

/** How often each deviation from the deterministic form is written, from 0 to 1. */
export interface CborLies {
  readonly rng: Rng;
  readonly share: number;
}

/** RFC 8949 by hand, since no library writes what a decoder must refuse. */
export function writeCbor(tree: Tree, lies: CborLies): Buffer {
  const { rng, share } = lies;
  if (rng.chance(share)) {
    return oddity(tree, lies);
  }
  if (tree === null) {
    return Buffer.from([0xf6]);
  }
  if (typeof tree === "boolean") {
    return Buffer.from([tree ? 0xf5 : 0xf4]);
  }
  if (typeof tree === "number") {
    return number(tree, lies);
  }
  if (typeof tree === "string") {
    const text = Buffer.from(tree, "utf8");
    return Buffer.concat([head(TEXT, text.length, lies), text]);
  }
  const items = Array.isArray(tree) ? (tree as readonly Tree[]) : Object.entries(tree).flat();
  const major = Array.isArray(tree) ? LIST : MAP;
  const length = major === LIST ? items.length : items.length / 2;
  return Buffer.concat([head(major, length, lies), ...items.map((item) => writeCbor(item, lies))]);
}

function number(value: number, lies: CborLies): Buffer {
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) {
    return value < 0 ? head(NEGATIVE, -1 - value, lies) : head(UNSIGNED, value, lies);
  }
  const wide = Buffer.alloc(9, 0xfb);
  wide.writeDoubleBE(value, 1);
  return wide;
}

/** Major type and argument; now and then wider than needed, or a length that is not true. */
function head(major: number, argument: number, { rng, share }: CborLies): Buffer {
  const told = major >= TEXT && rng.chance(share / 2) ? argument + rng.between(-2, 2) : argument;
  const value = Math.max(0, told);
  const least = value < 24 ? 0 : value < 256 ? 1 : value < 65_536 ? 2 : value < 2 ** 32 ? 4 : 8;
  const width = rng.chance(share) ? Math.max(least, rng.pick([1, 2, 4, 8])) : least;
  const written = Buffer.alloc(1 + width);
  const info = { 0: value, 1: 24, 2: 25, 4: 26, 8: 27 }[width] ?? 0;
  written[0] = (major << 5) | info;
  if (width === 8) {
    written.writeBigUInt64BE(BigInt(value), 1);
  } else if (width > 0) {
    written.writeUIntBE(value, 1, width);
  }
  return written;
}

/** What the contract forbids and the format has. */
function oddity(tree: Tree, lies: CborLies): Buffer {
  const { rng } = lies;
  const honest = { rng, share: 0 };
  switch (rng.below(9)) {
    case 0:
      return Buffer.from([0xf7]);
    case 1:
      return Buffer.concat([head(TAG, rng.below(60_000), honest), writeCbor(tree, honest)]);
    case 2:
      return Buffer.from([0x43, 1, 2, 3]);
    case 3:
      return Buffer.concat([Buffer.from([0x9f]), writeCbor(tree, honest), Buffer.from([0xff])]);
    case 4:
      return Buffer.from([0xf9, 0x7e, rng.below(256)]);
    case 5:
      return Buffer.from([0x1b, ...rng.bytes(8)]);
    case 6:
      return Buffer.concat([Buffer.alloc(rng.between(1, 2_000), 0x81), writeCbor(tree, honest)]);
    case 7:
      return Buffer.from([rng.pick([0x9b, 0xbb, 0x7b, 0x5b]), 0, 0, 0, 1, 0, 0, 0, 0]);
    default:
      return Buffer.from([rng.below(256)]);
  }
}
