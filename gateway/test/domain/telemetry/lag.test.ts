import { describe, expect, test } from "vitest";
import { NO_LAG, noteLag, usualLag } from "#domain/telemetry/lag.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "#domain/units.ts";
import { EngineRig } from "../../support/bench-engine.ts";
import { DeviceScript, head, START } from "../../support/records.ts";

describe("what is usual between a reading and its receipt", () => {
  test("is not known on the first day, so that a first backlog stays history", () => {
    expect(usualLag(noteLag(NO_LAG, START, START - 5 * HOUR_MS))).toBe(0);
  });

  test("is the least of yesterday and today, so that one backlog does not become usual", () => {
    let lag = noteLag(NO_LAG, START, START - 2 * HOUR_MS);
    lag = noteLag(lag, START + DAY_MS, START + DAY_MS - 9 * HOUR_MS);
    expect(usualLag(lag)).toBe(2 * HOUR_MS);
    lag = noteLag(lag, START + DAY_MS + 1, START + DAY_MS);
    expect(usualLag(lag)).toBe(1);
  });
});

test("a device whose clock is two hours slow is judged live once that is known", () => {
  const rig = new EngineRig();
  const script = new DeviceScript();
  const slow = 2 * HOUR_MS;
  rig.apply(...head());
  const send = (at: number, temp: number) =>
    rig.apply(script.tele(at - slow, { temp, state: "on" }, { appendedAt: at }));
  for (let i = 0; i < 10; i++) send(START + i * MINUTE_MS, 150);
  expect(rig.cases.filter((c) => c.rule === "too-hot")).toHaveLength(0);
  for (let i = 0; i < 10; i++) send(START + DAY_MS + i * MINUTE_MS, 90);
  for (let i = 20; i < 30; i++) send(START + DAY_MS + i * MINUTE_MS, 150);
  expect(rig.cases.filter((c) => c.rule === "too-hot")).toHaveLength(1);
});

test("one stamp of another year, replayed, makes nobody silent or unused; a clock that really went on is followed", () => {
  const rig = new EngineRig();
  const [one, two] = [new DeviceScript("b1"), new DeviceScript("b2")];
  rig.apply(...head(["b1", "b2"], "event"));
  for (let i = 0; i < 5; i++) {
    rig.apply(
      one.tele(START + i * MINUTE_MS, { temp: 20 }),
      two.tele(START + i * MINUTE_MS, { temp: 20 }),
    );
  }
  rig.apply(
    one.tele(START + 3_650 * DAY_MS, { temp: 20 }),
    one.tele(START + 6 * MINUTE_MS, { temp: 20 }),
  );
  expect(rig.cases).toEqual([]);
  expect(rig.engine.serviceTime).toBe(START + 6 * MINUTE_MS);
  const later = START + 30 * DAY_MS;
  rig.apply(one.tele(later, { temp: 20 }), one.tele(later + 8 * DAY_MS, { temp: 20 }));
  expect(rig.engine.serviceTime).toBe(later);
});
