import type { ProductModel } from "@voorzorg/firmware-contracts";
import type { Detector, DetectorInput, Explanation, Step } from "#domain/detect/detector.ts";
import { countsAsAlive, RECHECK_MS } from "#domain/detect/liveness.ts";
import type { Occurrence, Was } from "#domain/detect/occurrence.ts";
import { eventsOf, happens, signalsOf } from "#domain/detect/occurrence.ts";
import { knownValues, quantity } from "#domain/detect/wording.ts";
import type { SequenceTest } from "#domain/rules/kinds/sequence-test.ts";
import type { Rule } from "#domain/rules/rule.ts";
import type { EpochMs } from "#domain/units.ts";
import { iso } from "#domain/units.ts";
import { counterGrowth } from "#domain/usage/use-tally.ts";

export interface SequenceState {
  /** Device times of the newest `times` of `first` that no `followedBy` has used up, ascending. */
  readonly firsts: readonly EpochMs[];
  /** Use since so many were together. */
  readonly used: number;
  /** Newest reading of the use counter, or newest event of use (value 0); null = none. */
  readonly meter: { readonly value: number; readonly at: EpochMs } | null;
  /** Starts and ends of the newest `repeated` complete sequences. */
  readonly done: readonly (readonly [from: EpochMs, to: EpochMs])[];
  /** Newest `without`; 0 = none. What came up to it does not count. */
  readonly madeUpAt: EpochMs;
  /** Newest device time seen. */
  readonly end: EpochMs;
  readonly was: readonly [first: Was, then: Was, without: Was];
  /** When it became a breach; null = it is none. */
  readonly since: EpochMs | null;
}

export interface SequenceParts {
  readonly first: Occurrence;
  /** undefined = use that goes on. */
  readonly followedBy: Occurrence | undefined;
  readonly without: Occurrence | undefined;
  readonly model: ProductModel;
}

type NewsInput = Extract<DetectorInput, { kind: "samples" | "event" }>;

const START: SequenceState = {
  firsts: [],
  used: 0,
  meter: null,
  done: [],
  madeUpAt: 0,
  end: 0,
  was: [null, null, null],
  since: null,
};

/**
 * Breach when `first` happened `times` times and `followedBy` came, within `within` and without
 * `without` in between, `repeated` times. It ends with `without`, or when the sequences are older
 * than `repeatedWithin`, unless the device is lost: then it may go on unseen.
 */
export class SequenceDetector implements Detector<SequenceState> {
  readonly rule: Rule;
  readonly wants: Detector["wants"];
  readonly clock = "device";
  readonly #test: SequenceTest;
  readonly #parts: SequenceParts;
  readonly #counter: string | undefined;
  readonly #useEvent: string | undefined;

  constructor(rule: Rule, test: SequenceTest, parts: SequenceParts) {
    this.rule = rule;
    this.#test = test;
    this.#parts = parts;
    const { use } = parts.model;
    const byUse = "use" in test.followedBy && use !== undefined;
    this.#counter = byUse && "counter" in use ? use.counter : undefined;
    this.#useEvent = byUse && "event" in use ? use.event : undefined;
    const named = [parts.first, parts.followedBy, parts.without];
    const listed = (names: readonly string[], more: string | undefined) =>
      more === undefined ? names : [...new Set([...names, more])];
    this.wants = {
      signals: listed(signalsOf(named), this.#counter),
      events: listed(eventsOf(named), this.#useEvent),
      device: false,
    };
  }

  start(): SequenceState {
    return START;
  }

  step(state: SequenceState, input: DetectorInput): Step<SequenceState> {
    switch (input.kind) {
      case "samples":
      case "event":
        return this.#judge(this.#take(state, input), input.now);
      case "deadline":
        if (!countsAsAlive(input.facts)) {
          const why = "the device is not connected, so what happened on it could not be seen";
          return { state, verdict: { kind: "unknown", why }, deadline: input.at + RECHECK_MS };
        }
        return this.#judge({ ...state, end: Math.max(state.end, input.deviceAt) }, input.at);
      case "device":
        return this.#judge(state, input.at);
    }
  }

  #take(state: SequenceState, input: NewsInput): SequenceState {
    const { first, followedBy, without } = this.#parts;
    const [began, wasFirst] = happens(first, state.was[0], input);
    const [followed, wasThen] = happens(followedBy, state.was[1], input);
    const [madeUp, wasWithout] = happens(without, state.was[2], input);
    const was = [wasFirst, wasThen, wasWithout] as const;
    let next: SequenceState = { ...state, end: Math.max(state.end, input.at), was };
    if (madeUp) next = cleared(next, input.at);
    next = this.#measure(next, input);
    const isComplete = followed || (followedBy === undefined && next.used >= this.#wantedUse());
    if (isComplete) next = this.#complete(next, input.at);
    return began ? this.#began(next, input) : next;
  }

  #wantedUse(): number {
    const { followedBy } = this.#test;
    return "use" in followedBy ? followedBy.use : Number.POSITIVE_INFINITY;
  }

  /** One more `first`; repeats of a known one, and what was used up or made up for, do not count. */
  #began(state: SequenceState, { at }: NewsInput): SequenceState {
    const usedUp = Math.max(state.madeUpAt, state.done.at(-1)?.[1] ?? 0);
    if (at <= usedUp || state.firsts.includes(at)) return state;
    const { times } = this.#test;
    const firsts = [...state.firsts, at].sort((a, b) => a - b).slice(-times);
    const isReady = firsts.length === times && state.firsts.length < times;
    return isReady ? { ...state, firsts, used: 0 } : { ...state, firsts };
  }

  /** Use counts from the moment when `first` has happened often enough. */
  #measure(state: SequenceState, input: NewsInput): SequenceState {
    const reading = this.#reading(state, input);
    if (reading === undefined) return state;
    const { value, grown } = reading;
    const isReady = state.firsts.length === this.#test.times;
    const used = isReady ? state.used + grown : state.used;
    return { ...state, used, meter: { value, at: input.at } };
  }

  #reading(
    { meter }: SequenceState,
    input: NewsInput,
  ): { readonly value: number; readonly grown: number } | undefined {
    if (meter !== null && input.at <= meter.at) return undefined;
    if (input.kind === "event") {
      return input.code === this.#useEvent ? { value: 0, grown: 1 } : undefined;
    }
    const value = this.#counter === undefined ? undefined : input.view.get(this.#counter);
    if (typeof value !== "number") return undefined;
    return { value, grown: meter === null ? 0 : counterGrowth(meter.value, value) };
  }

  #complete(state: SequenceState, at: EpochMs): SequenceState {
    const { times, within, repeated } = this.#test;
    const [from] = state.firsts;
    const last = state.firsts.at(-1);
    if (from === undefined || last === undefined || state.firsts.length < times) return state;
    if (at <= last) return state;
    if (at - from > within) {
      // The oldest came too long ago; later ones may still be followed in time.
      return { ...state, firsts: state.firsts.filter((one) => at - one <= within), used: 0 };
    }
    const done = [...state.done, [from, at] as const].slice(-repeated);
    return { ...state, firsts: [], used: 0, done };
  }

  #judge(state: SequenceState, now: EpochMs): Step<SequenceState> {
    const { repeated, repeatedWithin } = this.#test;
    const oldest = state.done.length < repeated ? undefined : state.done[0];
    if (oldest === undefined || oldest[1] <= state.end - repeatedWithin) {
      const next = state.since === null ? state : { ...state, since: null };
      return { state: next, verdict: { kind: "ok" }, deadline: undefined };
    }
    const since = state.since ?? Math.min(state.done.at(-1)?.[1] ?? now, now);
    const next = state.since === since ? state : { ...state, since };
    const deadline = now + (oldest[1] + repeatedWithin - state.end);
    return { state: next, verdict: { kind: "breach", since }, deadline };
  }

  explain(state: SequenceState, input: DetectorInput): Explanation {
    const { first, followedBy, without, model } = this.#parts;
    const test = this.#test;
    const often = (count: number) => (count === 1 ? "once" : `${count} times`);
    const use = model.use?.title ?? "use";
    const follows =
      followedBy === undefined
        ? `then use went on (${use}: ${quantity(this.#wantedUse(), model.use?.unit)})`
        : `then ${followedBy.text}`;
    const made = without === undefined ? "" : `, without ${without.text} in between`;
    const from = state.done[0]?.[0];
    const since = from === undefined ? "" : `, first on ${iso(from).slice(0, 10)}`;
    const repeats = test.repeated === 1 ? "" : `; seen ${often(test.repeated)}`;
    const { signals } = this.wants;
    return {
      observed: `${first.text} ${often(test.times)}, ${follows}${made}${repeats}${since}`,
      expected: without === undefined ? "no such sequence" : `${without.text} before that`,
      signals,
      limits: [first, followedBy, without].flatMap((one) => one?.when?.limits ?? []),
      values: knownValues(signals, input.kind === "device" ? undefined : input.view),
      sure:
        test.repeated * test.times === 1
          ? "medium: seen once"
          : "high: every part was reported, in this order",
      disproof: this.rule.disproof,
    };
  }
}

/** Makes up for everything up to `at`, in whichever order it arrives. */
function cleared(state: SequenceState, at: EpochMs): SequenceState {
  const madeUpAt = Math.max(state.madeUpAt, at);
  const firsts = state.firsts.filter((one) => one > madeUpAt);
  const done = state.done.filter(([, to]) => to > madeUpAt);
  const used = firsts.length === state.firsts.length ? state.used : 0;
  return { ...state, madeUpAt, firsts, done, used };
}
