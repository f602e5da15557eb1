import { expect, test } from "vitest";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "#domain/units.ts";
import type { Plan, Step } from "./plan.ts";
import { simulate } from "./simulation.ts";

const jump = (minutes: number, by: number): Step => ({
  at: minutes * MINUTE_MS,
  kind: "server_clock",
  by,
});
const down = (minutes: number): Step => ({
  at: minutes * MINUTE_MS,
  kind: "stop",
  downFor: 4 * MINUTE_MS,
});
const hot: Step = { at: 21 * MINUTE_MS, kind: "hot", device: 0, lasts: 15 * MINUTE_MS };

/** What happens to the clock, and how many cases follow. */
const PLANS: readonly (readonly [string, readonly Step[], number])[] = [
  ["is set an hour ahead", [jump(20, HOUR_MS)], 0],
  ["is set an hour back", [jump(20, -HOUR_MS)], 0],
  ["is set ahead and back again", [jump(20, HOUR_MS), jump(24, -HOUR_MS)], 0],
  ["is set an hour ahead while the service is down", [down(20), jump(22, HOUR_MS)], 0],
  ["is set an hour back while the service is down", [down(20), jump(22, -HOUR_MS)], 0],
  ["steps while a breach begins", [hot, jump(21.5, 20 * SECOND_MS), jump(22, -40 * SECOND_MS)], 1],
  // Until the clock has caught up, readings are stored and decide nothing: better late than false.
  ["is set an hour back while a breach begins", [hot, jump(22, -HOUR_MS)], 0],
];

test.each(PLANS)("a server clock that %s opens no false case", async (_what, steps, cases) => {
  const plan: Plan = { devices: 3, lasts: 100 * MINUTE_MS, steps };
  for (const seed of [1, 2]) {
    const outcome = await simulate(seed, { plan });
    expect(outcome.violations).toEqual([]);
    expect(outcome.cases).toBe(cases);
  }
});
