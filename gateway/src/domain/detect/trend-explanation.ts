import type { ProductModel } from "@voorzorg/firmware-contracts";
import type { Explanation, SignalView } from "#domain/detect/detector.ts";
import { wearShares } from "#domain/detect/own-index.ts";
import type { TrendState } from "#domain/detect/trend.ts";
import type { TrendLine } from "#domain/detect/trend-line.ts";
import { durationText, knownValues, quantity, rounded } from "#domain/detect/wording.ts";
import type { TrendTest } from "#domain/rules/kinds/trend-test.ts";
import type { Rule } from "#domain/rules/rule.ts";
import type { DurationMs } from "#domain/units.ts";
import { DAY_MS, HOUR_MS } from "#domain/units.ts";

/** More signals than these hide the telling ones. */
const SHOWN_VALUES = 4;

interface Subject {
  readonly rule: Rule;
  readonly test: TrendTest;
  readonly model: ProductModel;
  readonly signals: readonly string[];
}

/** "filter_left 12 %, falling by 2 % a day over 30 d: it reaches 0 % in 6 d (4 to 9)". */
export function explainTrend(
  subject: Subject,
  state: TrendState,
  view: SignalView | undefined,
): Explanation {
  const { rule, test } = subject;
  const words = new TrendWords(subject);
  const shares =
    test.index === undefined || view === undefined
      ? undefined
      : wearShares(test.index, state.normal, view);
  const signals = shares?.length ? shares.map(({ signal }) => signal) : subject.signals;
  const single = words.single;
  const op = test.direction === "rising" ? (">=" as const) : ("<=" as const);
  return {
    observed: state.line === null ? "no trend yet" : words.observed(state.line),
    expected: `${words.name} does not reach ${words.amount(test.limit)} within ${durationText(test.within)}`,
    signals,
    limits: single === undefined ? [] : [{ signal: single, op, value: test.limit }],
    values: knownValues(signals.slice(0, SHOWN_VALUES), view),
    disproof: rule.disproof || `${words.name} stays where it is, or goes back by itself`,
    sure: state.line === null ? "low: no trend yet" : words.sure(state.line),
    ...(shares === undefined ? {} : { contributions: shares }),
    ...(state.line === null || state.at === null
      ? {}
      : { basedFrom: state.at - (state.line.span + 1) * test.period }),
  };
}

class TrendWords {
  readonly #test: TrendTest;
  readonly #unit: string | undefined;
  readonly name: string;
  /** The signal, when the quantity is one and nothing else. */
  readonly single: string | undefined;
  readonly #range: readonly [number, number] | undefined;

  constructor({ test, model, signals }: Subject) {
    const of = test.of?.trim();
    this.#test = test;
    this.single = of !== undefined && of === signals[0] ? of : undefined;
    this.name = of ?? `wear (mean of ${signals.length} signals)`;
    const unit = this.single === undefined ? undefined : model.signals[this.single]?.unit;
    this.#unit = of === undefined ? "usual steps" : unit;
    this.#range = this.single === undefined ? undefined : model.signals[this.single]?.range;
  }

  amount(value: number): string {
    return quantity(value, this.#unit);
  }

  observed(line: TrendLine): string {
    const { direction, limit, over } = this.#test;
    const now = this.amount(this.#possible(this.#turned(line.level)));
    if (line.level >= this.#turned(limit)) {
      return `${this.name} ${now}, at its limit of ${this.amount(limit)}`;
    }
    const span = Math.min(over, (line.span + 1) * this.#test.period);
    const rate = this.#rate(line);
    return `${this.name} ${now}, ${direction} by ${rate} over ${durationText(span)}: it reaches ${this.amount(limit)} in ${this.#left(line)}`;
  }

  /** The line may run past what the signal can show. */
  #possible(value: number): number {
    const [low, high] = this.#range ?? [value, value];
    return Math.min(high, Math.max(low, value));
  }

  /** Stored heights rise towards the limit. */
  #turned(height: number): number {
    return this.#test.direction === "rising" ? height : -height;
  }

  #rate(line: TrendLine): string {
    const { period, over } = this.#test;
    const [length, word] = over >= 2 * DAY_MS ? [DAY_MS, "a day"] : [HOUR_MS, "an hour"];
    return `${this.amount(rounded((line.slope * length) / period))} ${word}`;
  }

  /** "6 d (4 to 9)": central, soonest, latest. */
  #left(line: TrendLine): string {
    const central = this.#timeLeft(line, line.slope);
    const [size, unit] = central >= 2 * DAY_MS ? [DAY_MS, "d"] : [HOUR_MS, "h"];
    const shown = (time: DurationMs) => `${Number((time / size).toPrecision(2))}`;
    const soonest = shown(this.#timeLeft(line, line.high));
    const latest = line.low > 0 ? shown(this.#timeLeft(line, line.low)) : "never";
    return `${shown(central)} ${unit} (${soonest} to ${latest})`;
  }

  #timeLeft(line: TrendLine, slope: number): DurationMs {
    return ((this.#turned(this.#test.limit) - line.level) / slope) * this.#test.period;
  }

  sure(line: TrendLine): string {
    const { over, period } = this.#test;
    const possible = Math.floor(over / period);
    const history = `${line.points} of ${possible} periods of ${durationText(period)}`;
    if (line.level >= this.#turned(this.#test.limit)) return `high: at the limit, ${history} seen`;
    const ratio = line.low > 0 ? line.slope / line.low : Number.POSITIVE_INFINITY;
    const narrow = ratio <= 1.5;
    if (line.points * 3 < possible * 2) return `low: only ${history} seen`;
    return narrow
      ? `high: ${history} agree on the rate`
      : `medium: ${history} seen, the rate itself is uncertain`;
  }
}
