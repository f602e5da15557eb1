import { describe, expect, test } from "vitest";
import { HOUR_MS, MINUTE_MS } from "#domain/units.ts";
import { EngineRig } from "../../support/bench-engine.ts";
import { measured, minute, status, tick } from "../../support/raw-messages.ts";
import { head, START } from "../../support/records.ts";

const HOT = { temp: 150, state: "on" };
const COOL = { temp: 80, state: "on" };

function rig(clock: "live" | "event" = "live"): EngineRig {
  const made = new EngineRig();
  made.apply(...head(["b1"], clock));
  return made;
}

const hotCases = (made: EngineRig) => made.cases.filter((c) => c.rule === "too-hot");

describe("backfill", () => {
  const now = START + 5 * HOUR_MS;

  test.each(["tele", "hist"] as const)(
    "sent as %s opens no case, neither by itself nor by its deadline",
    (cls) => {
      const made = rig();
      made.apply(status({ boot: 1, state: "online", ts: now }, { at: now }));
      made.apply(measured({ boot: 1, seq: 1, ts: minute(0) }, HOT, { at: now, cls }));
      made.apply(measured({ boot: 1, seq: 2, ts: minute(1) }, HOT, { at: now + 1, cls }));
      made.apply(tick(now + 10 * MINUTE_MS));
      expect(hotCases(made)).toEqual([]);
    },
  );

  test("whose fault ended within it leaves a count and no case", () => {
    const made = rig();
    let seq = 0;
    for (let i = 0; i <= 20; i++) {
      const values = i < 8 ? HOT : COOL;
      made.apply(
        measured({ boot: 1, seq: ++seq, ts: minute(i) }, values, { at: now, cls: "hist" }),
      );
    }
    made.apply(measured({ boot: 1, seq: ++seq, ts: now }, COOL, { at: now }));
    expect(hotCases(made)).toEqual([]);
    expect(made.count("alerts_historic_total")).toBe(1);
  });

  test("that fills up after live readings decides nothing again", () => {
    const made = rig();
    made.apply(measured({ boot: 1, seq: 1, ts: now }, COOL, { at: now }));
    for (let i = 0; i < 5; i++) {
      made.apply(measured({ boot: 1, seq: 2 + i, ts: minute(i) }, HOT, { at: now, cls: "hist" }));
    }
    expect(hotCases(made)).toEqual([]);
    expect(made.count("clock_steps_back_total")).toBe(0);
  });
});

describe("what nobody understands", () => {
  test("is quarantined with the reason and shows that the device is not silent", () => {
    const made = rig();
    const text = (payload: string, at: number) => ({
      ...measured({}, COOL, { at }),
      payload: new TextEncoder().encode(payload),
    });
    made.apply(text('{"m":{"temp":"warm"}}', minute(20)), text("{", minute(40)), tick(minute(60)));
    expect(made.quarantine.map((q) => q.device)).toEqual(["b1", "b1"]);
    for (const entry of made.quarantine) expect(entry.reason).not.toBe("");
    expect(made.cases).toEqual([]);
  });

  test("of unknown devices and products says what is known", () => {
    const made = rig();
    const one = measured({}, COOL, { at: minute(0), device: "nobody" });
    made.apply(one, { ...one, product: "toaster" });
    expect(made.quarantine.map((q) => q.code)).toEqual(["unknown_device", "unknown_product"]);
    expect(made.quarantine[1]?.reason).toContain("boiler");
  });
});
