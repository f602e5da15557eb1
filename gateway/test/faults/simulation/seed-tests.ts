import { expect, test } from "vitest";
import { failureText } from "./shrink.ts";
import { simulate } from "./simulation.ts";

/** One test per seed: the whole gateway through that seed's faults. */
export function seedTests(from: number, count: number): void {
  const seeds = Array.from({ length: count }, (_, i) => from + i);
  test.each(seeds)("all invariants hold through the faults of seed %i", async (seed) => {
    const outcome = await simulate(seed);
    if (outcome.violations.length > 0) expect.fail(await failureText(outcome));
    expect(outcome.acknowledged).toBeGreaterThan(20);
  });
}
