import { expect, test } from "vitest";
import type { Broken } from "./mutants.ts";
import type { Invariant } from "./oracle.ts";
import { shrink } from "./shrink.ts";
import { simulate } from "./simulation.ts";

/** What is broken, a seed whose faults show it, and what then does not hold. */
const FOUND: readonly (readonly [Broken, number, Invariant])[] = [
  ["acknowledges before it appends", 1, "durable"],
  ["acknowledges before the disk has it", 1, "durable"],
  ["a snapshot is ahead of its effects", 1, "replay"],
  ["forgets what the series needs to go on", 1, "samples"],
  ["trims what nobody has read", 1, "trim"],
  ["gives every attempt an id of its own", 1, "webhooks"],
  ["the receiver forgets ids", 1, "webhooks"],
  ["devices forget which commands they have run", 4, "commands"],
  ["decides by chance", 1, "replay"],
  ["one device speaks for the others", 1, "neighbours"],
  ["a silent device is taken for a healthy one", 26, "silence"],
  ["quarantine is not written", 1, "refusals"],
];

test.each(FOUND)("a gateway that %s is found out (seed %i)", async (broken, seed, invariant) => {
  const { violations } = await simulate(seed, { broken });
  expect(violations.map((v) => v.invariant)).toContain(invariant);
});

test("what is found is shrunk to the faults that it takes", { timeout: 60_000 }, async () => {
  const plan = await shrink(1, "durable", { broken: "acknowledges before the disk has it" });
  expect(plan.steps.length).toBeLessThanOrEqual(3);
  expect(plan.steps.some((s) => s.kind === "power_cut" || s.kind === "crash_in_write")).toBe(true);
});
