import type { DetectorInput, DeviceFacts, Step, Verdict } from "#domain/detect/detector.ts";
import type { PeersView } from "#domain/detect/others.ts";
import type { CompiledRule } from "#domain/rules/ruleset.ts";
import type { EpochMs } from "#domain/units.ts";
import type { Values } from "../rules/sources.ts";
import { viewOf } from "../rules/sources.ts";

export const T0 = Date.UTC(2026, 0, 5);

export const facts = (more: Partial<DeviceFacts> = {}): DeviceFacts => ({
  activatedAt: T0,
  presence: "online",
  silenceExpected: false,
  lastSeenAt: T0,
  excusedUntil: 0,
  use: [],
  useObservedFrom: T0,
  ...more,
});

export const samples = (at: EpochMs, values: Values, peers?: PeersView): DetectorInput => ({
  kind: "samples",
  at,
  now: at,
  view: viewOf(values, at),
  ...(peers !== undefined && { peers }),
});

export const event = (
  at: EpochMs,
  code: string,
  more: { late?: boolean; now?: EpochMs; values?: Values } = {},
): DetectorInput => ({
  kind: "event",
  at,
  now: more.now ?? at,
  code,
  attrs: {},
  late: more.late ?? false,
  view: viewOf(more.values ?? {}, at),
});

export const device = (at: EpochMs, more: Partial<DeviceFacts> = {}): DetectorInput => ({
  kind: "device",
  at,
  facts: facts(more),
});

export const deadline = (
  at: EpochMs,
  more: Partial<DeviceFacts> = {},
  values: Values = {},
): DetectorInput => ({
  kind: "deadline",
  at,
  deviceAt: at,
  facts: facts(more),
  view: viewOf(values, at),
});

/** One detector with its memory; `active` is what the alert would say. */
export class Watch {
  state: unknown;
  deadline: EpochMs | undefined;
  readonly #rule: CompiledRule;

  constructor(rule: CompiledRule) {
    this.#rule = rule;
    this.state = rule.detector.start();
  }

  see(input: DetectorInput, active = false): Verdict {
    const step: Step<unknown> = this.#rule.detector.step(this.state, input, active);
    this.state = step.state;
    this.deadline = step.deadline;
    return step.verdict;
  }

  explain(input: DetectorInput) {
    return this.#rule.detector.explain(this.state, input);
  }
}
