import { describe, expect, it } from "vitest";
import { bodyTarget, cborTarget } from "./body-target.ts";
import { productsTarget, rulesTarget } from "./files-target.ts";
import { httpTarget } from "./http-target.ts";
import { fuzzMqtt } from "./mqtt-run.ts";
import type { FuzzSummary } from "./run-target.ts";
import { runTarget } from "./run-target.ts";
import type { FuzzTarget } from "./target.ts";

/** The same inputs in every run; `npm run fuzz` goes further with others. */
const SEED = 20_261_124;

async function fed<Input>(target: FuzzTarget<Input>, count: number): Promise<FuzzSummary> {
  // The machine may be busy; memory is judged in long runs, where caches are full.
  return await runTarget(target, { seed: SEED, count, slowMs: 3_000 });
}

describe(`Inputs of chance, seed ${SEED}`, () => {
  it("in JSON are accepted or refused with a code and a sentence", async () => {
    const { failure, outcomes } = await fed(bodyTarget(), 4_000);
    expect(failure).toBeUndefined();
    expect(outcomes.accepted).toBeGreaterThan(400);
    expect(Object.keys(outcomes).length).toBeGreaterThan(10);
  });

  it("in CBOR are accepted or refused with a code and a sentence", async () => {
    const { failure, outcomes } = await fed(cborTarget(), 4_000);
    expect(failure).toBeUndefined();
    expect(outcomes.accepted).toBeGreaterThan(400);
    expect(outcomes.bad_cbor).toBeGreaterThan(400);
  });

  it("as product files are accepted, or refused with the place of every problem", async () => {
    const { failure, outcomes } = await fed(productsTarget(), 60);
    expect(failure).toBeUndefined();
    expect(outcomes.refused).toBeGreaterThan(20);
  });

  it("as rule files are accepted, or refused with the place of every problem", async () => {
    const { failure, outcomes } = await fed(rulesTarget(), 30);
    expect(failure).toBeUndefined();
    expect(outcomes.refused).toBeGreaterThan(10);
  });

  it("as HTTP requests get an answer that is no failure of the gateway", async () => {
    await using target = await httpTarget();
    const { failure, outcomes } = await fed(target, 400);
    expect(failure).toBeUndefined();
    expect(outcomes["200"]).toBeGreaterThan(50);
  });

  it("as MQTT sessions neither end the broker nor disturb a device that behaves", async () => {
    const { acknowledged, canary, durable, failure, outcomes, packets } = await fuzzMqtt({
      seed: SEED,
      packets: 2_000,
    });
    expect(failure).toBeUndefined();
    expect(packets).toBeGreaterThanOrEqual(2_000);
    expect(canary.messages).toBeGreaterThan(1);
    expect(durable).toBeGreaterThan(acknowledged);
    expect(outcomes["connections_closed_total malformed"]).toBeGreaterThan(2);
  }, 60_000);
});

describe("The fuzzer", () => {
  it("makes the same inputs of the same seed, one by one or in a row", async () => {
    const made: string[] = [];
    const target = bodyTarget();
    const noting: typeof target = {
      ...target,
      run(input) {
        made.push(target.show(input));
        return "noted";
      },
    };
    await runTarget(noting, { seed: 5, count: 20 });
    await runTarget(noting, { seed: 5, count: 1, from: 13 });
    expect(made.at(-1)).toBe(made[13]);
    expect(new Set(made).size).toBeGreaterThan(15);
  });

  it("stops at an input that fails and names it for a replay", async () => {
    const target: FuzzTarget<number> = {
      name: "planted",
      make: (rng) => rng.below(50),
      run(input) {
        if (input === 7) {
          throw new Error("seven");
        }
        return "fine";
      },
      show: String,
    };
    const { failure, ok } = await runTarget(target, { seed: 1, count: 1_000 });
    expect(ok).toBe(false);
    expect(failure).toMatchObject({ input: "7", reason: expect.stringContaining("seven") });
    const replayed = await runTarget(target, { seed: 1, count: 1, from: failure?.index ?? -1 });
    expect(replayed.failure?.input).toBe("7");
  });

  it("finds an input that takes too long, and memory that is never given back", async () => {
    const kept: Buffer[] = [];
    const leaking: FuzzTarget<number> = {
      name: "planted",
      make: () => 1,
      run() {
        kept.push(Buffer.alloc(2 ** 20, 1));
        return "fine";
      },
      show: String,
    };
    const leaked = await runTarget(leaking, { seed: 1, count: 100 });
    expect(leaked.failure).toBeUndefined();
    expect(leaked.ok).toBe(false);
    const slow: typeof leaking = {
      ...leaking,
      run() {
        const began = process.threadCpuUsage().user;
        while (process.threadCpuUsage().user - began < 30_000);
        return "fine";
      },
    };
    const { failure } = await runTarget(slow, { seed: 1, count: 1, slowMs: 5 });
    expect(failure?.reason).toContain("busy");
  });
});
