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

export type EventTest = Extract<RuleTest, { type: "event" }>;
type EventInput = Extract<DetectorInput, { kind: "event" }>;

export interface EventState {
  /** Device times of the newest occurrences, ascending; a repeat of one of them is a duplicate. */
  readonly occurred: readonly EpochMs[];
  /** Newest device time of `clearCode`; null = none yet. */
  readonly clearedAt: EpochMs | null;
  /** First occurrence of the present episode; null = none is going on. */
  readonly since: EpochMs | null;
}

/** Enough to recognise what a reconnecting device sends again. */
const REMEMBERED = 8;
const START: EventState = { occurred: [], clearedAt: null, since: null };

/**
 * Breach at an occurrence of the event. With `clearCode` the breach lasts until that event, by
 * device time, in whichever order the two arrive; without it the occurrence is over at once, so the
 * alert clears `keep` after the last one, unless the device is lost: then nobody can tell.
 */
export class EventDetector implements Detector<EventState> {
  readonly rule: Rule;
  readonly wants: Detector["wants"];
  readonly clock = "device";
  readonly #test: EventTest;
  readonly #where: Predicate | undefined;
  readonly #model: ProductModel;

  constructor(
    rule: Rule,
    test: EventTest,
    parts: { where: Predicate | undefined; model: ProductModel },
  ) {
    this.rule = rule;
    this.#test = test;
    this.#where = parts.where;
    this.#model = parts.model;
    const events = test.clearCode === undefined ? [test.code] : [test.code, test.clearCode];
    this.wants = { signals: [], events, device: false };
  }

  start(): EventState {
    return START;
  }

  step(state: EventState, input: DetectorInput): Step<EventState> {
    switch (input.kind) {
      case "event":
        return input.code === this.#test.code
          ? this.#occurs(state, input)
          : this.#clears(state, input);
      case "deadline":
        return this.#deadline(state, input);
      case "samples":
      case "device":
        return this.#now(state, undefined);
    }
  }

  #occurs(state: EventState, input: EventInput): Step<EventState> {
    const { at, now } = input;
    const over = this.#test.clearCode === undefined ? now + 1 : undefined;
    if (state.occurred.includes(at))
      return this.#now(state, state.since === null ? undefined : over);
    const where = this.#holds(input);
    if (where === undefined) {
      const why = `whether "${this.#where?.source.trim()}" held at the event is unknown`;
      return { state, verdict: { kind: "unknown", why }, deadline: over };
    }
    if (!where) return this.#now(state, state.since === null ? undefined : over);
    const occurred = [...state.occurred, at].sort((a, b) => a - b).slice(-REMEMBERED);
    const stale = state.clearedAt !== null && at <= state.clearedAt;
    const first = Math.min(at, now, state.since ?? at);
    const since = stale ? state.since : first;
    return this.#now({ ...state, occurred, since }, since === null ? undefined : over);
  }

  /** `where` speaks of the moment of the event; for a late one the signals have moved on. */
  #holds({ late, view }: EventInput): boolean | undefined {
    if (this.#where === undefined) return true;
    return late ? undefined : this.#where.test(view);
  }

  #clears(state: EventState, { at }: EventInput): Step<EventState> {
    const clearedAt = Math.max(at, state.clearedAt ?? at);
    const open = state.occurred.find((t) => t > clearedAt);
    return this.#now({ ...state, clearedAt, since: open ?? null }, undefined);
  }

  #deadline(
    state: EventState,
    input: Extract<DetectorInput, { kind: "deadline" }>,
  ): Step<EventState> {
    if (this.#test.clearCode !== undefined) return this.#now(state, undefined);
    if (countsAsAlive(input.facts)) return this.#now({ ...state, since: null }, undefined);
    const why = "the device is not connected, so a repeat could not be seen";
    return { state, verdict: { kind: "unknown", why }, deadline: input.at + RECHECK_MS };
  }

  #now(state: EventState, deadline: EpochMs | undefined): Step<EventState> {
    const { since } = state;
    return {
      state,
      verdict: since === null ? { kind: "ok" } : { kind: "breach", since },
      deadline,
    };
  }

  explain(_state: EventState, input: DetectorInput): Explanation {
    const view = input.kind === "device" ? undefined : input.view;
    const signals = this.#where?.signals ?? [];
    const title = this.#model.events[this.#test.code]?.title ?? this.#test.code;
    const late = input.kind === "event" && input.now - input.at > 600_000;
    const age = late ? `, ${durationText(input.now - input.at)} ago` : "";
    return {
      observed: `the device reported ${this.#test.code} (${title})${age}`,
      expected: `no ${this.#test.code}`,
      signals,
      limits: this.#where?.limits ?? [],
      values: knownValues(signals, view),
      disproof: this.rule.disproof,
      sure: late
        ? "medium: the device reported it itself, but long ago; it may be over by now"
        : "high: the device reported it itself",
    };
  }
}
