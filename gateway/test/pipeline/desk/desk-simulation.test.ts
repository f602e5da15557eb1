import * as fc from "fast-check";
import { expect, test } from "vitest";
import { HOUR_MS, MINUTE_MS } from "#domain/units.ts";
import type { DeskCapabilities } from "#ports/desk.ts";
import { SIM_KINDS, simulate } from "../../support/desk-simulation.ts";

/** Few: the suite of faults searches long. */
const RUNS = 2;

const ops = fc.array(
  fc.record({
    afterMs: fc.integer({ min: 0, max: 10 * MINUTE_MS }),
    case: fc.integer({ min: 0, max: 2 }),
    kind: fc.constantFrom(...SIM_KINDS),
  }),
  { minLength: 5, maxLength: 25 },
);

const DESKS: readonly (readonly [string, Partial<DeskCapabilities>])[] = [
  ["keeps references unique and locks", {}],
  ["is only searched, and locks", { fence: "search" }],
  ["is only searched, with a lag", { fence: "search", searchLagMs: 20_000 }],
];

test.each(DESKS)(
  "whatever cases, agents and the network do: one ticket per case, nothing of an agent's overwritten, comments within their budget, at a desk that %s",
  async (_, capabilities) => {
    await fc.assert(
      fc.asyncProperty(ops, fc.integer({ min: 1, max: 1e6 }), async (steps, seed) => {
        const found = await simulate({ steps, seed, capabilities, bridges: 2, shared: true });
        expect(found).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  },
);

test("two bridges that do not know of each other still leave one ticket per case", async () => {
  await fc.assert(
    fc.asyncProperty(ops, fc.integer({ min: 1, max: 1e6 }), async (all, seed) => {
      // Without unique fields nobody could tell whose a ticket was that lost its reference at once.
      const steps = all.filter(({ kind }) => kind !== "lose_reference");
      const fence = seed % 2 === 0 ? "search" : "unique_reference";
      const capabilities = { fence } as const;
      const found = await simulate({ steps, seed, capabilities, bridges: 2, shared: false });
      expect(found).toEqual([]);
    }),
    { numRuns: RUNS },
  );
});

test("rules of two desks that undo each other's doing come to rest", async () => {
  await fc.assert(
    fc.asyncProperty(ops, fc.integer({ min: 1, max: 1e6 }), async (steps, seed) => {
      const found = await simulate({
        ...{ steps, seed, capabilities: {}, bridges: 1, shared: true },
        rule: (change, world) => {
          const to = change.kind === "status" ? change.to : "";
          const by = "rule 7";
          if (to === "resolved") world.agent.status(change.ticket, by, "open");
          else if (to === "open") world.agent.status(change.ticket, by, "resolved");
        },
        restMs: 3 * HOUR_MS,
      });
      expect(found.filter((one) => !one.startsWith("the ticket of"))).toEqual([]);
    }),
    { numRuns: RUNS },
  );
});
