import type { Rng } from "./rng.ts";

/** Words of rule and product files, of CEL, and what YAML makes something else of. */
const WORDS = [
  "true",
  "null",
  "~",
  "no",
  "0",
  "-1",
  "1e999",
  ".inf",
  ".nan",
  "30s",
  "1000000d",
  "0s",
  "&a",
  "*a",
  "<<: *a",
  "!!binary aGk=",
  "!!js/function x",
  "{}",
  "[]",
  "{",
  "- ",
  "---",
  "...",
  "# ",
  "|",
  ">-",
  '"',
  "'",
  "\t",
  ": ",
  "when: ",
  "for: ",
  "level: act",
  "kind: fault",
  "temp > 1",
  "a && b || !c",
  "1 / 0",
  "has(x)",
  "size('a')",
  "x in [1, 2]",
  "1 ? 2 : 3",
  "(((((((((((((((((((((((((((((((((",
  "!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!",
  "a.b.c.d",
  "matches('(a+)+$')",
  "[1,2].map(x, x)",
  "9223372036854775808",
  "'\\u0000'",
  "{{ value }}",
  "é",
  "\u2028",
] as const;

type Change = (lines: string[], at: number, rng: Rng) => void;

const CHANGES: readonly Change[] = [
  (lines, at) => void lines.splice(at, 1),
  (lines, at) => void lines.splice(at, 0, lines[at] ?? ""),
  (lines, at, rng) => {
    const other = rng.below(lines.length);
    [lines[at], lines[other]] = [lines[other] ?? "", lines[at] ?? ""];
  },
  (lines, at, rng) => {
    lines[at] = `${" ".repeat(rng.below(5))}${(lines[at] ?? "").trimStart()}`;
  },
  (lines, at, rng) => {
    lines[at] = `  ${lines[at]}${rng.chance(0.5) ? rng.pick(WORDS) : ""}`;
  },
  (lines, at, rng) => {
    lines[at] = (lines[at] ?? "").replace(/:.*$/, `: ${rng.pick(WORDS)}`);
  },
  (lines, at, rng) => {
    lines[at] = (lines[at] ?? "").replace(/[A-Za-z_]+/, rng.pick(WORDS));
  },
  (lines, at, rng) => {
    const words = (lines[at] ?? "").split(/(\W+)/);
    words.splice(rng.below(words.length + 1), rng.below(2), rng.pick(WORDS));
    lines[at] = words.join("");
  },
  (lines, at, rng) => {
    lines[at] = (lines[at] ?? "").replace(/-?\d+(\.\d+)?/, String(10 ** rng.between(-3, 22)));
  },
  (lines, at, rng) => {
    const from = rng.below(lines.length);
    lines.splice(at, 0, ...lines.slice(from, from + rng.between(1, 30)));
  },
];

/** The text with one to four changes of a careless editor. */
export function mutateText(text: string, rng: Rng): string {
  const lines = text.split("\n");
  for (let left = rng.between(1, 4); left > 0; left -= 1) {
    rng.pick(CHANGES)(lines, rng.below(lines.length), rng);
  }
  return lines.join("\n");
}
