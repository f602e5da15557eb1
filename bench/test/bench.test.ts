import { describe, expect, it } from "vitest";
import type { Bench } from "../src/bench.ts";
import { BenchError, readOptions } from "../src/bench.ts";
import { parseCpuSeconds } from "../src/cpu-time.ts";

const BENCH: Bench = {
  name: "x",
  summary: "",
  options: { rounds: { default: 20, min: 1, max: 100, help: "" } },
  run: async () => ({ figures: {}, ok: true }),
};

describe("the options of a bench", () => {
  it("have defaults", () => {
    expect(readOptions(BENCH, {})).toEqual({ rounds: 20 });
    expect(readOptions(BENCH, { rounds: "3" })).toEqual({ rounds: 3 });
  });

  it.each(["0", "101", "many", " "])("refuse %j and say what would be right", (rounds) => {
    expect(() => readOptions(BENCH, { rounds })).toThrow(BenchError);
    expect(() => readOptions(BENCH, { rounds })).toThrow("a number from 1 to 100");
  });
});

describe("CPU time of a process", () => {
  it("is read past a program name with blanks and brackets", () => {
    const stat = "42 (a (b) c) S 1 42 42 0 -1 4194304 500 0 0 0 250 150 0 0 20 0 11 0 1 2 3";
    expect(parseCpuSeconds(stat)).toBe(4);
  });
});
