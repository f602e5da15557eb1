import type { ProductModel } from "@voorzorg/firmware-contracts";
import type { Detector, Explanation, SignalView, Step, Verdict } from "#domain/detect/detector.ts";
import { durationText, knownValues, quantity, rounded } from "#domain/detect/wording.ts";
import type { RateTest } from "#domain/rules/kinds/rate-test.ts";
import type { Rule } from "#domain/rules/rule.ts";
import type { DurationMs, EpochMs } from "#domain/units.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "#domain/units.ts";

/** Parts of the window whose means the line is laid through: state and cost do not grow with the window. */
const PARTS = 8;
const PER_MS = { minute: MINUTE_MS, hour: HOUR_MS, day: DAY_MS } as const;

/** Readings of one part of the window: its number, how many, sums of their time in the part and value. */
type Part = readonly [part: number, count: number, times: DurationMs, values: number];

export interface RateState {
  /** First reading of the run without gaps; null = none. */
  readonly start: EpochMs | null;
  readonly at: EpochMs;
  readonly value: number;
  readonly parts: readonly Part[];
  /** Change per `per` at the newest reading; null = not known yet. */
  readonly rate: number | null;
  /** Since when it is out of its limits; null = it is not. */
  readonly since: EpochMs | null;
}

const START: RateState = { start: null, at: 0, value: 0, parts: [], rate: null, since: null };

/**
 * Slope of a straight line (least squares) through the readings of the last `window` of device time.
 * A pause of more than three periods begins a new run, and so does a counter that starts again:
 * nobody saw what was in between, and a jump over a gap is no rate.
 */
export function rateDetector(rule: Rule, test: RateTest, model: ProductModel): Detector<RateState> {
  const signal = model.signals[test.signal];
  const gap = 3 * (signal?.periodMs ?? model.expectedPeriodMs);
  const settings = { test, gap, counter: signal?.kind === "counter" };
  return {
    rule,
    wants: { signals: [test.signal], events: [], device: false },
    clock: "device",
    start: () => START,
    step: (state, input, active): Step<RateState> => {
      if (input.kind === "samples") {
        const next = take(settings, state, input.view);
        const deadline = active ? input.now + gap + 1 : undefined;
        return { state: next, verdict: judge(test, next), deadline };
      }
      const lost = input.kind === "deadline" && input.view.get(test.signal) === undefined;
      const verdict = lost ? unknown(`${test.signal} is unknown`) : judge(test, state);
      return { state, verdict, deadline: undefined };
    },
    explain: (state, input) =>
      explain({ rule, test, model }, state, input.kind === "device" ? undefined : input.view),
  };
}

const unknown = (why: string): Verdict => ({ kind: "unknown", why });

interface Settings {
  readonly test: RateTest;
  readonly gap: DurationMs;
  readonly counter: boolean;
}

function take({ test, gap, counter }: Settings, before: RateState, view: SignalView): RateState {
  const value = view.get(test.signal);
  const { at } = view;
  if (typeof value !== "number") return START;
  // A second message of one moment would weigh that moment twice.
  if (before.start !== null && at === before.at) return before;
  const broken = before.start === null || at - before.at > gap || (counter && value < before.value);
  // What began before the pause is not over because of the pause.
  const since = broken ? null : before.since;
  const start = broken ? at : (before.start ?? at);
  const length = test.window / PARTS;
  const number = Math.floor((at - start) / length);
  const parts = added(broken ? [] : before.parts, [number, 1, at - start - number * length, value]);
  const rate = at - start < test.window ? null : slope(parts, length) * PER_MS[test.per];
  const out = rate !== null && isOut(test, rate);
  return { start, at, value, parts, rate, since: out ? (since ?? at) : null };
}

function added(parts: readonly Part[], [number, count, times, values]: Part): readonly Part[] {
  const kept = parts.filter(([part]) => part >= number - PARTS);
  const last = kept.at(-1);
  if (last === undefined || last[0] !== number) return [...kept, [number, count, times, values]];
  kept[kept.length - 1] = [number, last[1] + count, last[2] + times, last[3] + values];
  return kept;
}

/** Least squares through the means of the parts; in the unit of the signal per millisecond. */
function slope(parts: readonly Part[], length: DurationMs): number {
  const first = parts[0]?.[0] ?? 0;
  let sumT = 0;
  let sumX = 0;
  for (const [part, count, times, values] of parts) {
    sumT += (part - first) * length + times / count;
    sumX += values / count;
  }
  const meanT = sumT / parts.length;
  const meanX = sumX / parts.length;
  let up = 0;
  let down = 0;
  for (const [part, count, times, values] of parts) {
    const t = (part - first) * length + times / count - meanT;
    up += t * (values / count - meanX);
    down += t * t;
  }
  return down === 0 ? 0 : up / down;
}

const isOut = ({ above, below }: RateTest, rate: number): boolean =>
  (above !== undefined && rate > above) || (below !== undefined && rate < below);

function judge(test: RateTest, state: RateState): Verdict {
  if (state.since !== null) return { kind: "breach", since: state.since };
  if (state.rate !== null) return { kind: "ok" };
  if (state.start === null) return unknown(`${test.signal} is unknown`);
  const watched = durationText(state.at - state.start);
  return unknown(`not enough data yet: ${watched} of ${durationText(test.window)} without a gap`);
}

/** A limit below zero is spoken of as a fall: "falls by at most 0.1 bar per h". */
function edge(
  word: "at most" | "at least",
  limit: number,
  shown: (value: number) => string,
): string {
  if (limit >= 0) return `rises by ${word} ${shown(limit)}`;
  return `falls by ${word === "at least" ? "at most" : "at least"} ${shown(-limit)}`;
}

function explain(
  { rule, test, model }: { rule: Rule; test: RateTest; model: ProductModel },
  state: RateState,
  view: SignalView | undefined,
): Explanation {
  const { signal, per, window, above, below } = test;
  const unit = model.signals[signal]?.unit;
  const rate = state.rate ?? 0;
  const shown = (value: number) => `${quantity(value, unit)} per ${per}`;
  const word = rate < 0 ? "falls" : "rises";
  const most = above === undefined ? [] : [edge("at most", above, shown)];
  const least = below === undefined ? [] : [edge("at least", below, shown)];
  const limit = rate > (above ?? Number.POSITIVE_INFINITY) ? above : below;
  const readings = state.parts.reduce((sum, [, count]) => sum + count, 0);
  const clear = limit !== undefined && Math.abs(rate) > 1.5 * Math.abs(limit);
  return {
    observed: `${signal} ${word} by ${shown(Math.abs(rounded(rate)))}, over the last ${durationText(window)}, to ${quantity(state.value, unit)}`,
    expected: `${signal} ${[...least, ...most].join(" and ")}`,
    signals: [signal],
    limits: [],
    values: knownValues([signal], view),
    disproof: rule.disproof || `${signal} stops changing without a repair`,
    sure: clear
      ? `high: ${readings} readings on a line, far over the limit`
      : `medium: ${readings} readings on a line, close to the limit`,
  };
}
