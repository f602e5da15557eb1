import type { Detector, DetectorInput, Explanation, Step } from "#domain/detect/detector.ts";
import { countsAsAlive, RECHECK_MS } from "#domain/detect/liveness.ts";
import type { Occurrence, Was } from "#domain/detect/occurrence.ts";
import { eventsOf, happens, signalsOf } from "#domain/detect/occurrence.ts";
import { durationText, knownValues } from "#domain/detect/wording.ts";
import type { UnfinishedTest } from "#domain/rules/kinds/usage-test.ts";
import type { Rule } from "#domain/rules/rule.ts";
import type { EpochMs } from "#domain/units.ts";
import { iso } from "#domain/units.ts";

export interface UnfinishedState {
  /** Device times of the newest `atLeast` starts since the last finish, ascending, all different. */
  readonly starts: readonly EpochMs[];
  /** Newest finish; 0 = none. Starts up to it are made up for. */
  readonly finishedAt: EpochMs;
  /** Newest device time seen. */
  readonly end: EpochMs;
  readonly was: readonly [start: Was, finish: Was];
  /** When it became a breach; null = it is none. */
  readonly since: EpochMs | null;
}

const START: UnfinishedState = {
  starts: [],
  finishedAt: 0,
  end: 0,
  was: [null, null],
  since: null,
};

interface Cycle {
  readonly start: Occurrence;
  readonly finish: Occurrence;
}

/**
 * Breach when a cycle was started `atLeast` times in a row and the last of these had `finishWithin`
 * to finish and did not. One finish makes up for all starts before it, in whichever order they arrive.
 */
export class UnfinishedDetector implements Detector<UnfinishedState> {
  readonly rule: Rule;
  readonly wants: Detector["wants"];
  readonly clock = "device";
  readonly #test: UnfinishedTest;
  readonly #cycle: Cycle;

  constructor(rule: Rule, test: UnfinishedTest, cycle: Cycle) {
    this.rule = rule;
    this.#test = test;
    this.#cycle = cycle;
    const both = [cycle.start, cycle.finish];
    this.wants = { signals: signalsOf(both), events: eventsOf(both), device: false };
  }

  start(): UnfinishedState {
    return START;
  }

  step(state: UnfinishedState, input: DetectorInput): Step<UnfinishedState> {
    switch (input.kind) {
      case "samples":
      case "event":
        return this.#judge(this.#take(state, input), input.now);
      case "deadline":
        if (!countsAsAlive(input.facts)) {
          const why = "the device is not connected, so a finish could not be seen";
          return { state, verdict: { kind: "unknown", why }, deadline: input.at + RECHECK_MS };
        }
        return this.#judge({ ...state, end: Math.max(state.end, input.deviceAt) }, input.at);
      case "device":
        return this.#judge(state, input.at);
    }
  }

  #take(
    state: UnfinishedState,
    input: Extract<DetectorInput, { kind: "samples" | "event" }>,
  ): UnfinishedState {
    const { at } = input;
    const [started, start] = happens(this.#cycle.start, state.was[0], input);
    const [finished, finish] = happens(this.#cycle.finish, state.was[1], input);
    const end = Math.max(state.end, at);
    const finishedAt = finished ? Math.max(state.finishedAt, at) : state.finishedAt;
    const isNew = started && at > finishedAt && !state.starts.includes(at);
    let { starts } = state;
    if (isNew) starts = [...starts, at].sort((a, b) => a - b).slice(-this.#test.atLeast);
    if (finished) starts = starts.filter((one) => one > finishedAt);
    return { ...state, starts, finishedAt, end, was: [start, finish] };
  }

  #judge(state: UnfinishedState, now: EpochMs): Step<UnfinishedState> {
    const { atLeast, finishWithin } = this.#test;
    const last = state.starts.at(-1);
    const none = (deadline: EpochMs | undefined): Step<UnfinishedState> => ({
      state: state.since === null ? state : { ...state, since: null },
      verdict: { kind: "ok" },
      deadline,
    });
    if (last === undefined || state.starts.length < atLeast) return none(undefined);
    // A further start while it is a breach does not excuse the ones before it.
    if (state.since !== null) {
      return { state, verdict: { kind: "breach", since: state.since }, deadline: undefined };
    }
    const due = last + finishWithin;
    if (state.end < due) return none(now + (due - state.end));
    return {
      state: { ...state, since: due },
      verdict: { kind: "breach", since: due },
      deadline: undefined,
    };
  }

  explain(state: UnfinishedState, input: DetectorInput): Explanation {
    const { start, finish } = this.#cycle;
    const { atLeast, finishWithin } = this.#test;
    const first = state.starts[0];
    const since = first === undefined ? "" : ` since ${iso(first).slice(0, 10)}`;
    const { signals } = this.wants;
    return {
      observed: `${start.text} happened ${atLeast} times in a row${since} and ${finish.text} did not`,
      expected: `${finish.text} within ${durationText(finishWithin)} of a start`,
      signals,
      limits: [start, finish].flatMap((one) => one.when?.limits ?? []),
      values: knownValues(signals, input.kind === "device" ? undefined : input.view),
      sure: `high: ${atLeast} starts without a finish; a finish that never reached the service would be missing`,
      disproof: this.rule.disproof,
    };
  }
}
