import { encodeUp } from "@voorzorg/firmware-contracts";
import { describe, expect, test } from "vitest";
import { Engine } from "#domain/engine/engine.ts";
import { compileRuleset } from "#domain/rules/compile.ts";
import { iso, MINUTE_MS } from "#domain/units.ts";
import { playGroup } from "#pipeline/backtest/play-group.ts";
import type { Recorded, RecordedDevice } from "#pipeline/backtest/recorded.ts";
import { BOILER_PRODUCT, BOILER_RULES } from "../../support/boiler-ruleset.ts";
import { failing, whenReads } from "../../support/failing-rules.ts";

const START = Date.UTC(2015, 0, 1);
const minute = (n: number): number => START + n * MINUTE_MS;

const compiled = compileRuleset({
  hash: "test",
  products: [BOILER_PRODUCT],
  rules: [BOILER_RULES],
});
if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
const { ruleset } = compiled;

const boiler = (id: string, cohort = ""): RecordedDevice => ({
  id,
  product: "boiler",
  attrs: {},
  cohort,
});

const row = (n: number, temp: number | string | null, state = "on"): Recorded => ({
  kind: "row",
  tsMs: minute(n),
  values: { temp, state },
});
const event = (n: number, code: string): Recorded => ({
  kind: "event",
  tsMs: minute(n),
  code,
  attrs: {},
});

async function* streamOf(items: readonly Recorded[]) {
  yield items;
}

const play = (items: readonly Recorded[], device = boiler("b1")) =>
  playGroup([{ device, stream: streamOf(items) }], ruleset);

const lines = (played: Awaited<ReturnType<typeof playGroup>>) =>
  played.alarms.map(
    ({ device, rule, level, from, to }) =>
      `${device} ${rule} ${level} ${iso(from).slice(11, 16)} ${to === null ? "open" : iso(to).slice(11, 16)}`,
  );

describe("a recording is played as a device would have sent it", () => {
  test("an alarm begins when the alert fires, not at its onset, and ends when it clears", async () => {
    const temps = [90, 150, 150, 150, 150, 90, 90, 90, 90, 90, 90, 90, 90];
    const played = await play(temps.map((temp, n) => row(n, temp)));
    expect(lines(played)).toEqual(["b1 too-hot act 00:03 00:10"]);
    expect(played.alarms[0]?.evidence).toMatchObject({ onsetAt: minute(1) });
  });

  test("what stands at the end of the recording is open", async () => {
    const played = await play([0, 1, 2, 3].map((n) => row(n, 150)));
    expect(lines(played)).toEqual(["b1 too-hot act 00:02 open"]);
  });

  test("events count, those after the last row too", async () => {
    const played = await play([
      event(0, "dismissed"),
      row(1, 90),
      event(2, "dismissed"),
      event(3, "dismissed"),
    ]);
    expect(lines(played)).toEqual(["b1 warning-ignored act 00:03 open"]);
  });

  test("silence in the middle is an alarm, the end of the recording is not", async () => {
    const played = await play([row(0, 90), row(120, 90), row(121, 90)]);
    expect(lines(played)).toEqual(["b1 silent act 00:30 02:00"]);
  });

  test("what the contract refuses is counted with its reason and decides nothing", async () => {
    const played = await play([row(0, 90), row(1, "NaN"), row(2, "NaN"), event(3, "unheard_of")]);
    const [[reason, n] = ["", 0], ...others] = [...played.refused];
    expect(reason).toContain('"temp"');
    expect([n, others.length]).toEqual([2, 1]);
    expect(lines(played)).toEqual([]);
  });

  test("unknown values are no samples", async () => {
    const played = await play([row(0, null), row(1, 90)]);
    expect([played.messages, played.samples]).toEqual([4, 3]);
  });

  test("years of different devices do not make each other late, peers are played by time", async () => {
    const hot = (from: number) => [0, 1, 2, 3].map((n) => row(from + n, 150));
    const played = await playGroup(
      [
        { device: boiler("late", "c"), stream: streamOf(hot(20)) },
        { device: boiler("early", "c"), stream: streamOf(hot(0)) },
      ],
      ruleset,
    );
    expect(lines(played)).toEqual(["late too-hot act 00:22 open", "early too-hot act 00:02 open"]);
  });
});

test("an engine that is fed bytes fires and clears at the same moments", async () => {
  const items = Array.from({ length: 300 }, (_, n) =>
    row(n, n % 37 < 9 ? 150 : 95, n % 50 < 3 ? "off" : "on"),
  );
  const engine = new Engine([], { ruleset, alerts: true });
  let offset = 0;
  engine.apply(++offset, { kind: "config", appendedAt: 0, clock: "event" });
  const device = { ...boiler("b1"), owner: "", activatedAt: 0 };
  engine.apply(++offset, { kind: "registry", appendedAt: 0, change: "put", device, by: "test" });
  const told: string[] = [];
  for (const [seq, { tsMs, ...item }] of items.entries()) {
    if (item.kind !== "row" || tsMs === undefined) continue;
    const points = [{ offsetMs: 0, values: item.values }];
    const payload = encodeUp({ class: "tele", boot: 1, seq, ts: tsMs, points });
    const record = {
      kind: "message",
      appendedAt: 0,
      product: "boiler",
      device: "b1",
      class: "tele",
      qos: 1,
      payload,
    } as const;
    for (const { rule, change, at } of engine.apply(++offset, record)?.alerts ?? [])
      told.push(`${rule} ${change} ${at}`);
  }
  const { alarms } = await play(items);
  const played = alarms.flatMap(({ rule, from, to }) => [
    `${rule} fired ${from}`,
    ...(to === null ? [] : [`${rule} cleared ${to}`]),
  ]);
  expect(told.length).toBeGreaterThan(5);
  expect(told).toEqual(played);
});

test("an engine that was not asked tells nothing of its alerts", () => {
  const engine = new Engine([], { ruleset });
  expect(
    engine.apply(1, { kind: "config", appendedAt: 0, clock: "event" })?.alerts,
  ).toBeUndefined();
});

test("a rule that fails on a recording ends the backtest with its name: what it would have found is not known", async () => {
  const broken = failing({ "too-hot": whenReads("temp", 99) })({
    hash: "test",
    products: [BOILER_PRODUCT],
    rules: [BOILER_RULES],
  });
  if (!broken.ok) throw new Error("the test ruleset does not compile");
  const stream = streamOf([row(0, 90), row(1, 99), row(2, 90)]);
  await expect(playGroup([{ device: boiler("b1"), stream }], broken.ruleset)).rejects.toMatchObject(
    {
      code: "VZ_RULE_FAILED",
      message: expect.stringContaining("Rule boiler/too-hot fails on the recording of b1"),
    },
  );
});
