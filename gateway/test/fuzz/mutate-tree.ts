import type { Rng } from "./rng.ts";

/** Plain values as JSON and YAML carry them. */
export type Tree = null | boolean | number | string | readonly Tree[] | TreeObject;
export interface TreeObject {
  readonly [key: string]: Tree;
}

const STRINGS = [
  "",
  " ",
  "\0",
  "__proto__",
  "constructor",
  "\ud800",
  "\u{1f4a3}",
  "é́",
  "-0",
  "1e999",
  "NaN",
  "null",
  "true",
  "0x10",
  "30s",
  "-5m",
  "9999999999999999d",
  "$\u007bx}",
  "<script>",
  "' or 1=1 --",
  "../../etc/passwd",
  "a".repeat(65),
  "a".repeat(1_025),
] as const;
const NUMBERS = [
  0,
  -0,
  1,
  -1,
  0.1,
  1e-320,
  1e308,
  -1e308,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  -(2 ** 53),
  8.64e15,
  8.64e15 + 1,
  255,
  256,
  65_535,
  65_536,
] as const;
const KEYS = ["__proto__", "constructor", "toString", "m", "p", "t", "n", "v", "id", "e"] as const;

const isList = (tree: Tree): tree is readonly Tree[] => Array.isArray(tree);

function nested(rng: Rng): Tree {
  let tree: Tree = rng.chance(0.5) ? [] : {};
  for (let depth = rng.between(1, 40); depth > 0; depth -= 1) {
    tree = rng.chance(0.5) ? [tree] : { [rng.pick(KEYS)]: tree };
  }
  return tree;
}

export function anyTree(rng: Rng): Tree {
  switch (rng.below(8)) {
    case 0:
      return null;
    case 1:
      return rng.chance(0.5);
    case 2:
      return rng.pick(NUMBERS);
    case 3:
      return (rng.unit() - 0.5) * 10 ** rng.between(-5, 20);
    case 4:
      return rng.pick(STRINGS);
    case 5:
      return Array.from({ length: rng.below(5) }, () => rng.pick(NUMBERS));
    case 6:
      return nested(rng);
    default:
      return { [rng.pick(KEYS)]: rng.pick(STRINGS) };
  }
}

function mutateList(list: readonly Tree[], rng: Rng): Tree {
  const at = rng.below(list.length + 1);
  const item = list[at];
  switch (rng.below(5)) {
    case 0:
      return list.toSpliced(at, 1);
    case 1:
      return list.toSpliced(at, 0, anyTree(rng));
    case 2:
      return item === undefined ? list : list.toSpliced(at, 0, item);
    case 3:
      // Around the limit of 500.
      return item === undefined || rng.chance(0.9) ? list : Array(rng.between(499, 502)).fill(item);
    default:
      return item === undefined ? list : list.with(at, mutateTree(item, rng));
  }
}

function mutateObject(object: TreeObject, rng: Rng): Tree {
  const entries = Object.entries(object);
  const at = rng.below(entries.length + 1);
  const entry = entries[at];
  if (entry === undefined) {
    return Object.fromEntries([...entries, [rng.pick(KEYS), anyTree(rng)]]);
  }
  const [key, value] = entry;
  switch (rng.below(5)) {
    case 0:
      return Object.fromEntries(entries.toSpliced(at, 1));
    case 1:
      return Object.fromEntries(entries.with(at, [rng.pick([...KEYS, ...STRINGS]), value]));
    case 2:
      return Object.fromEntries(
        entries.with(at, [`${key}${rng.pick(["", "s", "_", " "])}`, value]),
      );
    default:
      return Object.fromEntries(entries.with(at, [key, mutateTree(value, rng)]));
  }
}

function mutateNumber(value: number, rng: Rng): Tree {
  switch (rng.below(4)) {
    case 0:
      return rng.pick(NUMBERS);
    case 1:
      return -value;
    case 2:
      return value + rng.pick([1, -1, 0.5, 1e6]);
    default:
      return String(value);
  }
}

/** The tree with one change somewhere, of a kind that firmware, people and attackers make. */
export function mutateTree(tree: Tree, rng: Rng): Tree {
  if (rng.chance(0.12)) {
    return anyTree(rng);
  }
  if (isList(tree)) {
    return mutateList(tree, rng);
  }
  if (typeof tree === "object" && tree !== null) {
    return mutateObject(tree, rng);
  }
  return typeof tree === "number" ? mutateNumber(tree, rng) : anyTree(rng);
}
