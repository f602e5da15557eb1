import type { SignalValue } from "@voorzorg/firmware-contracts";
import type { AlertState } from "#domain/alert/advance.ts";
import { advance, INACTIVE } from "#domain/alert/advance.ts";
import type { DetectorInput, DeviceFacts } from "#domain/detect/detector.ts";
import type { AlertsView } from "#domain/detect/others.ts";
import type { Presence } from "#domain/device-view.ts";
import type { TestStep } from "#domain/rules/rule-tests.ts";
import type { CompiledProduct, CompiledRule } from "#domain/rules/ruleset.ts";
import { DeviceSignals } from "#domain/telemetry/signal-view.ts";
import type { EpochMs } from "#domain/units.ts";
import { DAY_MS, MINUTE_MS } from "#domain/units.ts";
import {
  featureEvent,
  featureSamples,
  startUse,
  useDays,
  useEvent,
  useSamples,
} from "#domain/usage/use-tally.ts";
import { PeerBench } from "#pipeline/rules-test/peer-bench.ts";

interface Slot {
  readonly compiled: CompiledRule;
  detector: unknown;
  alert: AlertState;
  /** False: this rule has not met a single input yet. */
  judged: boolean;
  /** When to judge again without news; undefined = no need. */
  due: EpochMs | undefined;
}

/**
 * One device with its rules, its detectors and its alerts, and nothing behind them: no journal, no
 * cases. Device clock and service clock run together, as on a device that is online.
 */
export class RuleBench {
  /** Rules that fired, in the order of their first time. */
  readonly fired = new Set<string>();
  readonly #product: CompiledProduct;
  readonly #slots: readonly Slot[];
  readonly #peers: PeerBench;
  readonly #moved = new Set<string>();
  readonly #activatedAt: EpochMs;
  readonly #signals: Record<string, readonly [SignalValue, EpochMs]> = {};
  #presence: Presence = "never_seen";
  #silenceExpected = false;
  #lastSeenAt: EpochMs | undefined;
  #excusedUntil: EpochMs = 0;
  #observedFrom: EpochMs | undefined;
  #use = startUse();
  #now: EpochMs;

  constructor(
    product: CompiledProduct,
    rules: readonly string[] | undefined,
    times: { readonly activatedAt: EpochMs; readonly now: EpochMs },
  ) {
    this.#product = product;
    this.#peers = new PeerBench(product);
    this.#activatedAt = times.activatedAt;
    this.#now = times.now;
    // A device that was in use before the test was heard of until it begins.
    if (times.activatedAt < times.now) this.#lastSeenAt = times.now;
    this.#slots = product.rules
      .filter(({ rule }) => rules?.includes(rule.id) ?? true)
      .map((compiled) => ({
        compiled,
        detector: compiled.detector.start(),
        alert: INACTIVE,
        judged: false,
        due: undefined,
      }));
    this.#deviceNews();
  }

  alertOf(rule: string): AlertState {
    return this.#slots.find((slot) => slot.compiled.rule.id === rule)?.alert ?? INACTIVE;
  }

  /** Lets time pass: every deadline up to `until` comes due at its own moment, in order. */
  passTo(until: EpochMs): void {
    for (let slot = this.#nextDue(until); slot !== undefined; slot = this.#nextDue(until)) {
      this.#now = Math.max(this.#now, slot.due ?? until);
      slot.due = undefined;
      const at = this.#now;
      this.#judge(slot, {
        kind: "deadline",
        at,
        deviceAt: at,
        facts: this.#facts(),
        view: this.#view(),
        alerts: this.#alerts(),
      });
      this.#settle();
    }
    this.#now = Math.max(this.#now, until);
  }

  apply(step: TestStep): void {
    switch (step.kind) {
      case "samples":
        if (step.peer === undefined) this.#samples(step.values);
        else this.#peers.samples(step.peer, this.#now, step.values);
        return;
      case "event":
        this.#event(step.code);
        return;
      case "status":
        this.#status(step.status);
        return;
      case "downtime":
        this.#now += step.lasted;
        this.#excusedUntil = this.#now + 10 * MINUTE_MS;
        this.#deviceNews();
        return;
    }
  }

  #samples(values: Readonly<Record<string, SignalValue>>): void {
    this.#seen();
    const at = this.#now;
    for (const [name, value] of Object.entries(values)) this.#signals[name] = [value, at];
    const view = this.#view();
    const used = useSamples(this.#product, this.#use, { at, view, values });
    this.#use = featureSamples(this.#product, used, view);
    for (const slot of this.#slots) {
      if (!slot.compiled.detector.wants.signals.some((name) => values[name] !== undefined))
        continue;
      const input: DetectorInput = { kind: "samples", at, now: at, view };
      const compares = slot.compiled.detector.wants.cohort !== undefined;
      this.#judge(slot, compares ? { ...input, peers: this.#peers.viewOf(slot.compiled) } : input);
    }
    this.#deviceNews();
  }

  #event(code: string): void {
    this.#seen();
    const at = this.#now;
    const used = useEvent(this.#product, this.#use, { at, code });
    this.#use = featureEvent(this.#product, used, { at, code });
    for (const slot of this.#slots) {
      if (!slot.compiled.detector.wants.events.includes(code)) continue;
      const view = this.#view();
      this.#judge(slot, { kind: "event", at, now: at, code, attrs: {}, late: false, view });
    }
    this.#deviceNews();
  }

  #status(status: "online" | "offline" | "planned" | "sleeping"): void {
    this.#seen();
    this.#silenceExpected = status === "planned" || status === "sleeping";
    this.#presence = status === "planned" ? "offline" : status;
    this.#deviceNews();
  }

  #seen(): void {
    this.#lastSeenAt = this.#now;
    this.#observedFrom ??= Math.floor(this.#now / DAY_MS) * DAY_MS;
    this.#presence = "online";
    this.#silenceExpected = false;
  }

  #deviceNews(): void {
    for (const slot of this.#slots) {
      if (!slot.compiled.detector.wants.device) continue;
      this.#judge(slot, { kind: "device", at: this.#now, facts: this.#facts() });
    }
    this.#settle();
  }

  /** Rules made of rules judge when the others have, as in the gateway. */
  #settle(): void {
    if (this.#moved.size === 0) return;
    for (const slot of this.#slots) {
      const { rules } = slot.compiled.detector.wants;
      if (rules?.some((rule) => this.#moved.has(rule)) !== true) continue;
      const input = { kind: "device", at: this.#now, facts: this.#facts() } as const;
      this.#judge(slot, { ...input, alerts: this.#alerts() });
    }
    this.#moved.clear();
  }

  #alerts(): AlertsView {
    return {
      get: (rule) => {
        const slot = this.#slots.find(({ compiled }) => compiled.rule.id === rule);
        if (slot === undefined || !slot.judged) return undefined;
        const { phase, unknown } = slot.alert;
        return { active: phase === "firing" || phase === "clearing", unknown, evidence: null };
      },
    };
  }

  #judge(slot: Slot, input: DetectorInput): void {
    const { detector, rule } = slot.compiled;
    const active = slot.alert.phase === "firing" || slot.alert.phase === "clearing";
    const step = detector.step(slot.detector, input, active);
    const { alert, change, deadline } = advance(rule, slot.alert, step.verdict, this.#now);
    if (alert !== slot.alert) this.#moved.add(rule.id);
    if (step.tells !== undefined) this.#peers.tell(slot.compiled, step.tells);
    slot.judged = true;
    slot.detector = step.state;
    slot.alert = alert;
    slot.due = earlier(step.deadline, deadline);
    if (change === "fired") this.fired.add(rule.id);
  }

  #nextDue(until: EpochMs): Slot | undefined {
    let next: Slot | undefined;
    for (const slot of this.#slots) {
      if (slot.due === undefined || slot.due > until) continue;
      if (next?.due === undefined || slot.due < next.due) next = slot;
    }
    return next;
  }

  #view(): DeviceSignals {
    const known = { signals: this.#signals, presence: this.#presence };
    return new DeviceSignals(this.#product.model, known, this.#now);
  }

  #facts(): DeviceFacts {
    return {
      activatedAt: this.#activatedAt,
      presence: this.#presence,
      silenceExpected: this.#silenceExpected,
      lastSeenAt: this.#lastSeenAt,
      excusedUntil: this.#excusedUntil,
      use: useDays(this.#use),
      useObservedFrom: this.#observedFrom,
      useTotal: this.#use.total ?? 0,
      features: this.#use.features ?? {},
    };
  }
}

const earlier = (a: EpochMs | undefined, b: EpochMs | undefined): EpochMs | undefined => {
  if (a === undefined) return b;
  return b === undefined ? a : Math.min(a, b);
};
