import { describe, expect, it } from "vitest";
import { SECOND_MS } from "#domain/units.ts";
import type { DeskOutcome } from "#ports/desk.ts";
import { SiteCache } from "../../../src/adapters/desk-http/site-cache.ts";

function bench(isWhole: boolean) {
  let elapsed = 0;
  let asked = 0;
  let next: DeskOutcome<number> | undefined;
  const clock = { now: () => 0, elapsed: () => elapsed, sleep: async () => undefined };
  const cache = new SiteCache<number>({
    clock,
    load: async () => {
      asked += 1;
      return next ?? { kind: "done", value: asked };
    },
    isWhole: () => isWhole,
  });
  return {
    cache,
    get asked() {
      return asked;
    },
    pass: (seconds: number) => {
      elapsed += seconds * SECOND_MS;
    },
    answer: (outcome: DeskOutcome<number>) => {
      next = outcome;
    },
  };
}

describe("What a connector knows of its desk", () => {
  it.each([
    { isWhole: true, keptS: 599 },
    { isWhole: false, keptS: 29 },
  ])("is asked for again after a while, sooner when something is missing: %j", async (one) => {
    const at = bench(one.isWhole);
    await at.cache.get();
    at.pass(one.keptS);
    await at.cache.get();
    expect(at.asked).toBe(1);
    at.pass(1);
    expect(await at.cache.get()).toEqual({ kind: "done", value: 2 });
  });

  it("is asked for at once when it was forgotten, and a failure is not kept", async () => {
    const at = bench(true);
    at.answer({ kind: "later", reason: "away" });
    expect((await at.cache.get()).kind).toBe("later");
    at.answer({ kind: "done", value: 7 });
    expect(await at.cache.get()).toEqual({ kind: "done", value: 7 });
    at.cache.forget();
    await at.cache.get();
    expect(at.asked).toBe(3);
  });
});
