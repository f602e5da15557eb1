import type { ProductModel } from "@voorzorg/firmware-contracts";
import type {
  Detector,
  DetectorInput,
  Explanation,
  Predicate,
  Step,
} from "#domain/detect/detector.ts";
import { countsAsAlive, RECHECK_MS } from "#domain/detect/liveness.ts";
import { durationText, knownValues } from "#domain/detect/wording.ts";
import type { Rule, RuleTest } from "#domain/rules/rule.ts";
import type { EpochMs } from "#domain/units.ts";

export type CountTest = Extract<RuleTest, { type: "count" }>;

export interface CountState {
  /**
   * Device times of the newest `atLeast` occurrences, ascending and all different. More are never
   * needed: the window holds `atLeast` of them exactly if the oldest of these is inside.
   */
  readonly times: readonly EpochMs[];
  /** Newest device time seen: where the window ends. */
  readonly end: EpochMs;
  /** Newest `clearCode`, device time; occurrences up to it do not count. 0 = none yet. */
  readonly clearedAt: EpochMs;
  /** Last known value of a counted condition; null = never known. */
  readonly was: boolean | null;
  /** When the count reached `atLeast`; null while it is below. */
  readonly since: EpochMs | null;
}

type EventInput = Extract<DetectorInput, { kind: "event" }>;

const START: CountState = { times: [], end: 0, clearedAt: 0, was: null, since: null };

/**
 * Breach while the window of device time that ends now holds `atLeast` occurrences: events, counted
 * once per (code, time) and late ones included, or moments at which a condition became true.
 * It clears by itself when the window has moved on, unless the device is lost, and at once when
 * `clearCode` makes up for them.
 */
export class CountDetector implements Detector<CountState> {
  readonly rule: Rule;
  readonly wants: Detector["wants"];
  readonly clock = "device";
  readonly #test: CountTest;
  readonly #when: Predicate | undefined;
  readonly #model: ProductModel;

  constructor(
    rule: Rule,
    test: CountTest,
    parts: { when: Predicate | undefined; model: ProductModel },
  ) {
    this.rule = rule;
    this.#test = test;
    this.#when = parts.when;
    this.#model = parts.model;
    const counted = "event" in test.of ? [test.of.event] : [];
    const cleared = test.clearCode === undefined ? [] : [test.clearCode];
    const events = [...counted, ...cleared];
    this.wants = { signals: parts.when?.signals ?? [], events, device: false };
  }

  start(): CountState {
    return START;
  }

  step(state: CountState, input: DetectorInput): Step<CountState> {
    switch (input.kind) {
      case "event":
        return this.#judge(this.#event(state, input), input.now);
      case "samples": {
        const value = this.#when?.test(input.view);
        if (value === undefined)
          return this.#judge({ ...state, end: Math.max(state.end, input.at) }, input.now);
        const rises = value && state.was === false;
        const counted = rises
          ? this.#add(state, input.at)
          : { ...state, end: Math.max(state.end, input.at) };
        return this.#judge({ ...counted, was: value }, input.now);
      }
      case "deadline": {
        if (!countsAsAlive(input.facts)) {
          const why = "the device is not connected, so what happened on it could not be counted";
          return { state, verdict: { kind: "unknown", why }, deadline: input.at + RECHECK_MS };
        }
        return this.#judge({ ...state, end: Math.max(state.end, input.deviceAt) }, input.at);
      }
      case "device":
        return this.#judge(state, input.at);
    }
  }

  #event(state: CountState, { code, at }: EventInput): CountState {
    if (code !== this.#test.clearCode) return this.#add(state, at);
    const clearedAt = Math.max(state.clearedAt, at);
    const times = state.times.filter((time) => time > clearedAt);
    return { ...state, times, clearedAt, end: Math.max(state.end, at) };
  }

  #add(state: CountState, at: EpochMs): CountState {
    const end = Math.max(state.end, at);
    if (at <= state.clearedAt || state.times.includes(at))
      return state.end === end ? state : { ...state, end };
    const times = [...state.times, at].sort((a, b) => a - b).slice(-this.#test.atLeast);
    return { ...state, times, end };
  }

  #judge(state: CountState, now: EpochMs): Step<CountState> {
    const { atLeast, within } = this.#test;
    const oldest = state.times.length < atLeast ? undefined : state.times[0];
    if (oldest === undefined || oldest <= state.end - within) {
      const next = state.since === null ? state : { ...state, since: null };
      return { state: next, verdict: { kind: "ok" }, deadline: undefined };
    }
    const since = state.since ?? Math.min(state.times.at(-1) ?? now, now);
    const next = state.since === since ? state : { ...state, since };
    const leavesIn = oldest + within - state.end;
    return { state: next, verdict: { kind: "breach", since }, deadline: now + leavesIn };
  }

  explain(_state: CountState, input: DetectorInput): Explanation {
    const { atLeast, within, of } = this.#test;
    const view = input.kind === "device" ? undefined : input.view;
    const signals = this.#when?.signals ?? [];
    const what =
      "event" in of
        ? `the device reported ${of.event} (${this.#model.events[of.event]?.title ?? of.event})`
        : `"${of.when.trim()}" became true`;
    return {
      observed: `${what} ${atLeast} times within ${durationText(within)}`,
      expected: `fewer than ${atLeast} times within ${durationText(within)}`,
      signals,
      limits: this.#when?.limits ?? [],
      values: knownValues(signals, view),
      disproof: this.rule.disproof,
      sure:
        "event" in of
          ? `high: ${atLeast} reports of the device itself, each of another moment`
          : `medium: ${atLeast} crossings, each with a known reading before and after it`,
    };
  }
}
