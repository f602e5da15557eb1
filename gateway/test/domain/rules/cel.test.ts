import { Environment } from "@marcbachmann/cel-js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compilePredicate } from "#domain/rules/cel.ts";
import type { Values } from "./sources.ts";
import { kettle, viewOf } from "./sources.ts";

function predicate(source: string) {
  const compiled = compilePredicate(source, kettle);
  if (!compiled.ok) throw new Error(compiled.problems.map((p) => p.message).join("; "));
  return compiled.predicate;
}
const test = (source: string, values: Values) => predicate(source).test(viewOf(values));
const messages = (source: string): readonly string[] => {
  const compiled = compilePredicate(source, kettle);
  return compiled.ok ? [] : compiled.problems.map((p) => p.message);
};

describe("numbers in conditions", () => {
  it.each([
    ["temp == 135", 135, true],
    ["temp + 1 > 135", 134.5, true],
    ["temp * 2 >= 270", 135, true],
    ["temp in [134, 135]", 135, true],
    ["-temp < -130", 135, true],
    ["temp > -1", 0, true],
    ["1 < temp", 2, true],
    ["temp > (state == 'idle' ? 100 : 120)", 110, true],
    ["temp / 2 == 0.5", 1, true],
    ["temp > 1 / 2", 0.6, true],
    ["int(temp) % 2 == 0", 4.9, true],
    ["int(-temp) == -4", 4.9, true],
    ["abs(temp - 10) > 5", 3, true],
    ["max(temp, 7) == 7 && min(temp, 7) == 3", 3, true],
    ["double(temp) == 3", 3, true],
    ["temp > 1e2", 101, true],
  ])("%s holds at %d", (source, temp, expected) => {
    expect(test(source, { temp, state: "idle" })).toBe(expected);
  });

  it.each([
    ["temp % 2 == 0", "write int(temp) to cut off decimals"],
    ["temp > 1 / 0", "not a finite number"],
    ["temp > 99999999999999999999", "too large"],
    ["temp > 1u", "only numbers"],
  ])("%s is refused", (source, message) => {
    expect(messages(source).join()).toContain(message);
  });

  it("calls a division by zero unknown, so that it neither raises nor clears", () => {
    expect(test("power / temp > 5", { power: 10, temp: 0 })).toBeUndefined();
    expect(test("!(power / temp > 5)", { power: 10, temp: 0 })).toBeUndefined();
  });
});

describe("states, flags and texts in conditions", () => {
  it.each([
    ["state != 'off'", true],
    ["state in ['off', 'heating']", true],
    ["leak", false],
    ["leak == false", true],
    ["note.startsWith('war') || note.contains('x')", true],
    ["note.endsWith('ning')", true],
  ])("%s is %s", (source, expected) => {
    expect(test(source, { state: "heating", leak: false, note: "warning" })).toBe(expected);
  });

  it("names the allowed values when a state can never have the one given", () => {
    expect(messages("state == 'of'")).toEqual([
      "state is never 'of': its values are off, heating, idle; did you mean 'off'?",
    ]);
    expect(messages("'on' == state || state in ['off', 'on']")).toHaveLength(2);
  });
});

describe("conditions that cannot be right", () => {
  it.each([
    ["tmp > 1", 'product "kettle" has no signal "tmp"; did you mean "temp"?'],
    ["temp > 'hot'", "they never compare"],
    ["state > 'off'", "compares numbers"],
    ["1 < temp < 3", 'write "1 < x && x < 3" for a range'],
    ["temp + note > 1", "calculates with numbers"],
    ["temp", "must be true or false"],
    ["temp && leak", "true or false is needed"],
    ["!temp", "true or false is needed"],
    ["-state == 'off'", "a minus sign needs a number"],
    ["true", "names no signal"],
    ["temp in []", "the list is empty"],
    ["temp in [1, 'a']", "one kind of value"],
    ["temp in ['a']", "is a text"],
    ["temp in 3", "needs a list in brackets"],
    ["leak ? temp : state", "both results must be of one kind"],
    ["temp.max > 1", "no fields"],
    ["temp == null", "there is no null"],
    ["note.matches('a+')", 'no function "matches"'],
    ["max(temp) > 1", "write it as max(x, y)"],
    ["abs(state) > 1", "takes numbers"],
    ["contains(note, 'a')", "write it as text.contains('part')"],
    ["temp.contains('a')", "takes texts"],
    ["temp >", "unexpected token: the end"],
    ["temp = 1", 'equality is written "=="'],
    ["b'a' == note", "only numbers"],
    ["[1].exists(i, i == temp)", 'no function "exists"'],
    [`temp > ${"1 + ".repeat(600)}1`, "at most 2000"],
  ])("%s says what would be right", (source, message) => {
    expect(messages(source).join("; ")).toContain(message);
  });

  it("finds all problems at once, each with its place", () => {
    const compiled = compilePredicate("tmp > 1 && state == 'of'", kettle);
    expect(compiled.ok ? [] : compiled.problems.map(({ start, end }) => [start, end])).toEqual([
      [0, 3],
      [20, 24],
    ]);
  });
});

describe("what a condition tells about itself", () => {
  it("names its signals in the order of their appearance", () => {
    expect(predicate("state != 'off' && temp > 1 && temp < power").signals).toEqual([
      "state",
      "temp",
      "power",
    ]);
  });

  it("gives its limits with the signal on the left, turned around under a negation", () => {
    expect(predicate("135 < temp && !(power >= 2 * 500) && state != 'off'").limits).toEqual([
      { signal: "temp", op: ">", value: 135 },
      { signal: "power", op: "<", value: 1000 },
      { signal: "state", op: "!=", value: "off" },
    ]);
  });
});

/** An expression with its naive three-valued meaning. */
interface Meant {
  readonly source: string;
  readonly value: (values: Values) => boolean | undefined;
}

const compare: Readonly<Record<string, (x: number, y: number) => boolean>> = {
  "<": (x, y) => x < y,
  "<=": (x, y) => x <= y,
  ">": (x, y) => x > y,
  ">=": (x, y) => x >= y,
  "==": (x, y) => x === y,
  "!=": (x, y) => x !== y,
};
const atom: fc.Arbitrary<Meant> = fc.oneof(
  fc
    .record({
      signal: fc.constantFrom("temp", "power"),
      op: fc.constantFrom(...Object.keys(compare)),
      limit: fc.integer({ min: 0, max: 3 }),
      left: fc.boolean(),
    })
    .map(({ signal, op, limit, left }): Meant => {
      const source = left ? `${limit} ${op} ${signal}` : `${signal} ${op} ${limit}`;
      const holds = compare[op] ?? (() => false);
      const value = (values: Values) => {
        const x = values[signal];
        if (typeof x !== "number") return undefined;
        return left ? holds(limit, x) : holds(x, limit);
      };
      return { source, value };
    }),
  fc.constantFrom("off", "heating", "idle").map((state) => ({
    source: `state == '${state}'`,
    value: (values: Values) => (values.state === undefined ? undefined : values.state === state),
  })),
  fc.constant({ source: "leak", value: (values: Values) => values.leak as boolean | undefined }),
);
const { tree } = fc.letrec<{ tree: Meant }>((tie) => ({
  tree: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    atom,
    tie("tree").map((a) => ({
      source: `!(${a.source})`,
      value: (v: Values) => (a.value(v) === undefined ? undefined : !a.value(v)),
    })),
    fc.tuple(tie("tree"), tie("tree")).map(([a, b]) => ({
      source: `(${a.source} && ${b.source})`,
      value: (v: Values) => {
        const both = [a.value(v), b.value(v)];
        if (both.includes(false)) return false;
        return both.includes(undefined) ? undefined : true;
      },
    })),
    fc.tuple(tie("tree"), tie("tree")).map(([a, b]) => ({
      source: `(${a.source} || ${b.source})`,
      value: (v: Values) => {
        const both = [a.value(v), b.value(v)];
        if (both.includes(true)) return true;
        return both.includes(undefined) ? undefined : false;
      },
    })),
    fc.tuple(tie("tree"), tie("tree"), tie("tree")).map(([c, a, b]) => ({
      source: `(${c.source} ? ${a.source} : ${b.source})`,
      value: (v: Values) => {
        const chosen = c.value(v);
        if (chosen === undefined) return undefined;
        return chosen ? a.value(v) : b.value(v);
      },
    })),
  ),
}));
const some = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const known = {
  temp: fc.integer({ min: 0, max: 3 }),
  power: fc.integer({ min: 0, max: 3 }),
  state: fc.constantFrom("off", "heating", "idle"),
  leak: fc.boolean(),
};

describe("any condition", () => {
  it("has its three-valued meaning, whatever is unknown", () => {
    const values = fc.record({
      temp: some(known.temp),
      power: some(known.power),
      state: some(known.state),
      leak: some(known.leak),
    });
    fc.assert(
      fc.property(tree, values, ({ source, value }, given) => {
        expect(predicate(source).test(viewOf(given))).toBe(value(given));
      }),
      { numRuns: 300 },
    );
  });

  it("agrees with cel-js itself when everything is known", () => {
    const env = new Environment()
      .registerVariable("temp", "double")
      .registerVariable("power", "double")
      .registerVariable("state", "string")
      .registerVariable("leak", "bool");
    fc.assert(
      fc.property(tree, fc.record(known), ({ source }, given) => {
        const doubles = source.replace(/\b(\d)\b/g, "$1.0");
        expect(predicate(source).test(viewOf(given))).toBe(env.evaluate(doubles, given));
      }),
      { numRuns: 200 },
    );
  });
});
