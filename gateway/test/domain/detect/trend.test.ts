import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Verdict } from "#domain/detect/detector.ts";
import type { CompiledRule } from "#domain/rules/ruleset.ts";
import { DAY_MS, HOUR_MS } from "#domain/units.ts";
import { compileRule } from "../rules/sources.ts";
import { deadline, device, event, samples, T0, Watch } from "./inputs.ts";

const NOISE = 12.9898;
const noise = (i: number): number => {
  const x = Math.sin((i + 1) * NOISE) * 43_758.5453;
  return x - Math.floor(x) - 0.5;
};

const falling = compileRule(
  "trend: { of: temp, fallsTo: 0, within: 14d, over: 30d, clearCode: filled }",
  "disproof: It is used less.",
);

/** One reading every `step`; notes each change of the verdict with its day. */
function play(
  rule: CompiledRule,
  height: (day: number, i: number) => number | undefined,
  { days, step = 6 * HOUR_MS, watch = new Watch(rule), from = 0, active = false }: PlayOptions,
) {
  const changes: string[] = [];
  let verdict: Verdict | undefined;
  let firing = active;
  for (let at = from * DAY_MS, i = 0; at < days * DAY_MS; at += step, i += 1) {
    const temp = height(at / DAY_MS, i);
    const next = watch.see(samples(T0 + at, { temp }), firing);
    if (next.kind === "breach") firing = true;
    if (next.kind === "ok") firing = false;
    if (next.kind !== verdict?.kind) changes.push(`${Math.round(at / DAY_MS)} ${next.kind}`);
    verdict = next;
  }
  return { watch, changes, verdict };
}
interface PlayOptions {
  readonly days: number;
  readonly step?: number;
  readonly watch?: Watch;
  readonly from?: number;
  readonly active?: boolean;
}

describe("a trend", () => {
  it("is unknown before there is enough of it, and says how much there is", () => {
    const { verdict, changes } = play(falling, (day) => 100 - day, { days: 10 });
    expect(changes).toEqual(["0 unknown"]);
    expect(verdict).toEqual({
      kind: "unknown",
      why: "not enough data yet: 9 of at least 8 periods of 1 d, over 8 d of at least 15 d",
    });
  });

  it("breaches once its limit is nearer than the horizon, and says when it will be reached", () => {
    const { watch, changes } = play(falling, (day, i) => 100 - 2 * day + noise(i), { days: 45 });
    expect(changes).toEqual(["0 unknown", "15 ok", "37 breach"]);
    const last = samples(T0 + 44 * DAY_MS, { temp: 12 });
    expect(watch.explain(last)).toMatchObject({
      expected: "temp does not reach 0 °C within 14 d",
      signals: ["temp"],
      limits: [{ signal: "temp", op: "<=", value: 0 }],
      values: { temp: 12 },
      disproof: "It is used less.",
      sure: "high: 30 of 30 periods of 1 d agree on the rate",
      basedFrom: T0 + 44.75 * DAY_MS - 30 * DAY_MS,
    });
    expect(watch.explain(last).observed).toMatch(
      /^temp 1\d(\.\d)? °C, falling by (1\.9\d|2) °C a day over 30 d: it reaches 0 °C in [67](\.\d)? d \([67](\.\d)? to [67](\.\d)?\)$/,
    );
  });

  it("is not raised by wild readings, nor by noise, a single step, or a daily or weekly season", () => {
    const wild = (day: number, i: number) => (i % 5 === 2 ? -40 : 50 - day / 10);
    const still = (_day: number, i: number) => 3 + noise(i);
    const step = (day: number, i: number) => (day < 40 ? 80 : 5) + noise(i);
    const daily = (day: number, i: number) => 12 + 10 * Math.sin(2 * Math.PI * day) + noise(i);
    const weekly = (day: number) => 12 + 10 * Math.sin((2 * Math.PI * day) / 7);
    for (const [name, height] of Object.entries({ wild, still, step, daily, weekly })) {
      const { changes } = play(falling, height, { days: 120 });
      expect({ name, changes }).toEqual({ name, changes: ["0 unknown", "15 ok"] });
    }
  });

  it("stays a breach at the limit, where nothing moves any more", () => {
    const { changes, watch } = play(falling, (day) => Math.max(0, 60 - 2 * day), { days: 120 });
    expect(changes).toEqual(["0 unknown", "15 ok", "17 breach"]);
    const explained = watch.explain(samples(T0 + 120 * DAY_MS, { temp: 0 }));
    expect(explained.observed).toBe("temp 0 °C, at its limit of 0 °C");
    expect(explained.sure).toMatch(/^high: at the limit/);
  });

  it("ends when it comes to rest before the limit", () => {
    const { changes } = play(falling, (day) => Math.max(8, 60 - 2 * day), { days: 90 });
    expect(changes.slice(0, 3)).toEqual(["0 unknown", "15 ok", "17 breach"]);
    expect(changes.at(-1)).toMatch(/ ok$/);
  });

  it("begins anew two periods after a silent change of the part, at once when it is reported", () => {
    const worn = (day: number) => 70 - 2 * day;
    const silent = play(falling, (day) => (day < 30 ? worn(day) : 100 - 2 * (day - 30)), {
      days: 60,
    });
    expect(silent.changes).toEqual(["0 unknown", "15 ok", "22 breach", "32 ok"]);
    const { watch } = play(falling, worn, { days: 30 });
    expect(watch.see(event(T0 + 30 * DAY_MS, "filled"), true)).toEqual({ kind: "ok" });
    expect(watch.see(event(T0 + 30 * DAY_MS, "filled"), true)).toEqual({ kind: "ok" });
    const after = play(falling, (day) => 100 - 2 * (day - 30), { days: 60, from: 30.5, watch });
    expect(after.changes).toEqual(["31 ok"]);
  });

  it("is unknown after a change to a part that the former rate would use up within the horizon", () => {
    const { watch } = play(falling, (day) => 70 - 2 * day, { days: 30 });
    watch.see(event(T0 + 30 * DAY_MS, "filled"), true);
    const after = play(falling, (day) => 20 - 0.1 * (day - 30), { days: 60, from: 30.5, watch });
    expect(after.changes).toEqual(["31 ok", "32 unknown", "46 ok"]);
  });

  it("forgets nothing because of a report from before its memory", () => {
    const { watch } = play(falling, (day) => 70 - 2 * day, { days: 30 });
    expect(watch.see(event(T0 - 5 * DAY_MS, "filled"), true).kind).toBe("breach");
  });

  it("is unknown while nothing is heard during an alert", () => {
    const { watch } = play(falling, (day) => 70 - 2 * day, { days: 30 });
    const last = T0 + 30 * DAY_MS - 6 * HOUR_MS;
    expect(watch.deadline).toBe(last + 3 * DAY_MS + 1);
    expect(watch.see(deadline(last + DAY_MS), true).kind).toBe("breach");
    expect(watch.deadline).toBe(last + 3 * DAY_MS + 1);
    expect(watch.see(deadline(last + 3 * DAY_MS + 1), true)).toEqual({
      kind: "unknown",
      why: "no reading for 3 d",
    });
    expect(watch.see(device(last + 4 * DAY_MS), true).kind).toBe("breach");
  });

  it("forgets what is older than its memory: after a long pause it needs enough data again", () => {
    const { watch } = play(falling, (day) => 70 - 2 * day, { days: 30 });
    const back = watch.see(samples(T0 + 100 * DAY_MS, { temp: 10 }), true);
    expect(back.kind).toBe("unknown");
  });

  it("goes on after the device's clock was set back, as if no time had passed", () => {
    const { watch } = play(falling, (day) => 70 - 2 * day, { days: 20 });
    const height = (day: number) => 70 - 2 * (day + 100 + 20);
    const after = play(falling, height, { days: -90, from: -100, watch });
    expect(after.changes).toEqual(["-100 ok", "-98 breach"]);
  });

  it("counts readings only while `where` holds", () => {
    const rule = compileRule(
      "trend: { of: temp, fallsTo: 0, within: 14d, over: 30d, where: state == 'idle' }",
    );
    const watch = new Watch(rule);
    for (let i = 0; i < 160; i += 1) {
      const idle = i % 4 === 0;
      const values = { temp: idle ? 50 : 50 - i / 4, state: idle ? "idle" : "heating" };
      expect(watch.see(samples(T0 + i * 6 * HOUR_MS, values)).kind).not.toBe("breach");
    }
    expect(watch.see(samples(T0 + 50 * DAY_MS, { temp: 1 })).kind).toBe("ok");
  });

  it("may be a calculation over several signals, rising", () => {
    const rule = compileRule(
      "trend: { of: temp - power / 10, risesTo: 50, within: 10d, over: 20d }",
    );
    const watch = new Watch(rule);
    let verdict: Verdict | undefined;
    for (let i = 0; i < 80; i += 1) {
      const values = { temp: 20 + i / 2, power: (i % 3) * 10 };
      verdict = watch.see(samples(T0 + i * 6 * HOUR_MS, values));
    }
    expect(verdict?.kind).toBe("breach");
    const explained = watch.explain(samples(T0 + 20 * DAY_MS, { temp: 60, power: 10 }));
    expect(explained.observed).toMatch(/^temp - power \/ 10 5\d/);
    expect(explained.limits).toEqual([]);
    expect(explained.signals).toEqual(["temp", "power"]);
  });
});

describe("a trend over an index of wear", () => {
  const rule = compileRule(
    "trend: { index: { rising: [temp], falling: [power], learnFor: 10d }, risesTo: 3, within: 20d, over: 30d }",
  );
  const wearFrom = (start: number, rate: number) => (watch: Watch, days: number) => {
    let verdict: Verdict | undefined;
    for (let i = 0; i < days * 4; i += 1) {
      const wear = Math.max(0, i / 4 - start) * rate;
      const values = { temp: 90 + noise(i) + wear, power: 1_000 + 40 * noise(i + 7) - 20 * wear };
      verdict = watch.see(samples(T0 + i * 6 * HOUR_MS, values));
      if (verdict.kind === "breach") return { verdict, day: i / 4, values };
    }
    return { verdict, day: days, values: {} };
  };

  it("learns what is normal for the device first", () => {
    const watch = new Watch(rule);
    expect(wearFrom(40, 0)(watch, 5).verdict).toEqual({
      kind: "unknown",
      why: "not enough data yet: learns what is normal for 10 d, 4.75 d so far",
    });
    expect(wearFrom(40, 0)(new Watch(rule), 90).verdict?.kind).toBe("ok");
  });

  it("finds signals that move towards wear together, and says how much each carries", () => {
    const watch = new Watch(rule);
    const { verdict, day, values } = wearFrom(40, 0.05)(watch, 90);
    expect(verdict?.kind).toBe("breach");
    expect(day).toBeGreaterThan(45);
    expect(day).toBeLessThan(70);
    const explained = watch.explain(samples(T0, values));
    expect(explained.observed).toMatch(
      /^wear \(mean of 2 signals\) [\d.]+ usual steps, rising by /,
    );
    const shares = explained.contributions ?? [];
    expect(shares.map(({ signal }) => signal).sort()).toEqual(["power", "temp"]);
    expect(shares.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 2);
    expect(explained.signals[0]).toBe(shares[0]?.signal);
  });

  it("learns its normal in spite of wild readings, also in a signal that hardly moves", () => {
    const watch = new Watch(rule);
    let day = 0;
    for (let i = 0; i < 360 && day === 0; i += 1) {
      const wild = i % 10 === 3 ? 100 : 0;
      const wear = Math.max(0, i / 4 - 40) * 0.05;
      const temp = 90 + noise(i) + wear + wild;
      const power = Math.round((1_000 + 2 * noise(i + 7) - wear) / 2) * 2 - 10 * wild;
      const verdict = watch.see(samples(T0 + i * 6 * HOUR_MS, { temp, power }));
      if (verdict.kind === "breach") day = i / 4;
    }
    expect(day).toBeGreaterThan(42);
    expect(day).toBeLessThan(75);
  });

  it("looks away from signals that move the healthy way", () => {
    const watch = new Watch(rule);
    expect(wearFrom(40, -0.05)(watch, 90).verdict?.kind).toBe("ok");
  });

  it("waits for readings of all its signals", () => {
    const watch = new Watch(rule);
    expect(watch.see(samples(T0, { temp: 90 })).kind).toBe("unknown");
    expect(watch.explain(samples(T0, { temp: 90 })).observed).toBe("no trend yet");
  });
});

describe("any story told to a trend", () => {
  const reading = fc.record({
    after: fc.integer({ min: 1, max: 40 * HOUR_MS }),
    temp: fc.option(fc.integer({ min: 0, max: 100 }), { nil: undefined }),
  });
  const story = fc.array(reading, { minLength: 1, maxLength: 60 });
  const short = compileRule("trend: { of: temp, fallsTo: 0, within: 8d, over: 8d }", "keep: 1h");
  const tell = (
    told: readonly { readonly after: number; readonly temp: number | undefined }[],
    { shift = 0, twice = false, snapshot = false } = {},
  ) => {
    const watch = new Watch(short);
    let at = T0 + shift;
    const said: string[] = [];
    for (const { after, temp } of told) {
      at += after;
      for (let n = 0; n < (twice ? 2 : 1); n += 1) {
        if (snapshot) watch.state = JSON.parse(JSON.stringify(watch.state));
        const verdict = watch.see(samples(at, { temp }));
        const since = verdict.kind === "breach" ? verdict.since - shift : 0;
        if (n === 0) said.push(`${verdict.kind} ${since}`);
      }
    }
    return { said, bytes: JSON.stringify(watch.state).length };
  };

  it("ends the same on another day, with every reading repeated, and after a restart at any moment", () => {
    fc.assert(
      fc.property(story, fc.integer({ min: 0, max: 10_000 * DAY_MS }), (told, shift) => {
        const { said } = tell(told);
        expect(tell(told, { shift }).said).toEqual(said);
        expect(tell(told, { twice: true }).said).toEqual(said);
        expect(tell(told, { snapshot: true }).said).toEqual(said);
      }),
      { numRuns: 60 },
    );
  });

  it("is remembered in less than a kilobyte", () => {
    fc.assert(
      fc.property(story, (told) => {
        expect(tell(told).bytes).toBeLessThan(1_000);
      }),
      { numRuns: 20 },
    );
  });
});
