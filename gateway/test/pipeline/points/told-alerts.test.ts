import { describe, expect, test } from "vitest";
import { Engine } from "#domain/engine/engine.ts";
import { MINUTE_MS } from "#domain/units.ts";
import { DeviceScript, head, registered, START } from "../../support/records.ts";

describe("an alert whose device, owner or rule goes", () => {
  const script = new DeviceScript("b1");
  const minute = (n: number) => START + n * MINUTE_MS;

  function hot(): { readonly engine: Engine; readonly offset: number } {
    const engine = new Engine([], { alerts: true, cases: true });
    const records = [
      ...head(["b1"]),
      ...[0, 1, 2, 3].map((n) => script.tele(minute(n), { temp: 150, state: "on" })),
    ];
    const told = records.flatMap((record, index) => engine.apply(index + 1, record)?.alerts ?? []);
    expect(told.map(({ change }) => change)).toEqual(["fired"]);
    return { engine, offset: records.length };
  }

  test("is withdrawn when the device is removed", () => {
    const { engine, offset } = hot();
    const device = registered("b1");
    const record = { kind: "registry", appendedAt: minute(9), change: "remove", device, by: "x" };
    const told = engine.apply(offset + 1, record as Parameters<Engine["apply"]>[1]);
    expect(told?.alerts).toMatchObject([{ rule: "too-hot", change: "withdrawn" }]);
  });

  test("is withdrawn when the ruleset no longer has the rule", () => {
    const { engine, offset } = hot();
    const [before] = head(["b1"]).filter((record) => record.kind === "ruleset");
    if (before?.kind !== "ruleset") throw new Error("no ruleset");
    const told = engine.apply(offset + 1, { ...before, hash: "none", rules: [] });
    expect(told?.alerts).toMatchObject([{ rule: "too-hot", change: "withdrawn" }]);
  });
});

describe("an alert of a device whose clock is slow", () => {
  const minute = (n: number) => START + n * MINUTE_MS;
  const SLOW_MIN = 120;

  test("is told in device time, whichever clock its rule runs on", () => {
    const script = new DeviceScript("b1");
    const engine = new Engine([], { alerts: true, cases: true });
    const records = [
      ...head(["b1"]),
      ...[0, 1, 2, 3].map((n) =>
        script.tele(minute(n - SLOW_MIN), { temp: 150, state: "on" }, { appendedAt: minute(n) }),
      ),
      { kind: "tick", appendedAt: minute(60) } as const,
    ];
    const told = records.flatMap((record, index) => engine.apply(index + 1, record)?.alerts ?? []);
    const at = (rule: string) => told.find((one) => one.rule === rule && one.change === "fired");
    expect(at("too-hot")).toMatchObject({ at: minute(2 - SLOW_MIN), lag: 0 });
    const silent = at("silent");
    expect(silent?.lag).toBe(SLOW_MIN * MINUTE_MS);
    expect(silent?.at).toBe(minute(33 - SLOW_MIN));
  });
});
