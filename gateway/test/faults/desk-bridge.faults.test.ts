import { describe, expect, test } from "vitest";
import {
  killedWhileEnding,
  killedWhileMaking,
  SLOW_SEARCH,
  stepsOfEnding,
  stepsOfMaking,
} from "../support/desk-killed.ts";
import type { SimStep } from "../support/desk-simulation.ts";
import { SIM_KINDS, simulate } from "../support/desk-simulation.ts";
import { prng } from "../support/prng.ts";

const SEEDS = 300;

describe("a desk bridge that is killed at every step", () => {
  test("of making a ticket leaves one", async () => {
    const steps = await stepsOfMaking();
    const wrong: string[] = [];
    for (let end = 1; end <= steps; end++) {
      wrong.push(...(await killedWhileMaking(end)), ...(await killedWhileMaking(end, SLOW_SEARCH)));
    }
    expect(wrong).toEqual([]);
  });

  test("of ending one resolves it once", async () => {
    const { from, to } = await stepsOfEnding();
    const wrong: string[] = [];
    for (let end = from; end <= to; end++) wrong.push(...(await killedWhileEnding(end)));
    expect(wrong).toEqual([]);
  });
});

/** Half of the waits are short, so that things cross. */
function stepsOf(random: () => number): readonly SimStep[] {
  return Array.from({ length: 5 + Math.floor(random() * 25) }, () => ({
    afterMs: Math.floor(random() * (random() < 0.5 ? 5_000 : 600_000)),
    case: Math.floor(random() * 3),
    kind: SIM_KINDS[Math.floor(random() * SIM_KINDS.length)] ?? "open",
  }));
}

describe.each([
  ["keeps references unique", {}, true],
  ["keeps references unique, bridges without a common file", {}, false],
  ["is only searched", { fence: "search" }, true],
  ["is only searched, bridges without a common file", { fence: "search" }, false],
  ["is only searched, with a lag", { fence: "search", searchLagMs: 20_000 }, true],
] as const)("a desk that %s", (_, capabilities, shared) => {
  const blind = !shared && "fence" in capabilities;
  test(`in ${SEEDS} seeds: one ticket per case, nothing of an agent's overwritten`, async () => {
    const wrong: string[] = [];
    for (let seed = 1; seed <= SEEDS; seed++) {
      const all = stepsOf(prng(seed * 7_919));
      // Without unique fields and without a common file nobody can tell whose a ticket was that lost it.
      const steps = blind ? all.filter(({ kind }) => kind !== "lose_reference") : all;
      const found = await simulate({ steps, seed, capabilities, bridges: 2, shared });
      wrong.push(...found.map((one) => `seed ${seed}: ${one}`));
    }
    expect(wrong).toEqual([]);
  });
});
