import type { SignalValue } from "@voorzorg/firmware-contracts";
import type { DetectorInput } from "#domain/detect/detector.ts";
import type { PeerReading, PeersView } from "#domain/detect/others.ts";
import type { CompiledProduct, CompiledRule } from "#domain/rules/ruleset.ts";
import { DeviceSignals } from "#domain/telemetry/signal-view.ts";
import type { EpochMs } from "#domain/units.ts";

/** The device under test among its peers. */
const SELF = "";

/** The other devices of a test: each runs only the rules that compare devices, and raises no alert. */
export class PeerBench {
  readonly #product: CompiledProduct;
  /** By rule, then by peer. */
  readonly #told = new Map<string, Map<string, PeerReading>>();
  readonly #states = new Map<string, unknown>();
  readonly #signals = new Map<string, Record<string, readonly [SignalValue, EpochMs]>>();

  constructor(product: CompiledProduct) {
    this.#product = product;
  }

  /** What the device under test sees of them, or one of them of the others. */
  viewOf({ rule }: CompiledRule, device = SELF): PeersView {
    const told = this.#told.get(rule.id) ?? new Map<string, PeerReading>();
    return {
      batch: "",
      readings: () => [...told].flatMap(([peer, reading]) => (peer === device ? [] : reading)),
    };
  }

  /** The device under test tells the others. */
  tell({ rule }: CompiledRule, tells: { at: EpochMs; value: number }, device = SELF): void {
    const told = this.#told.get(rule.id) ?? new Map<string, PeerReading>();
    told.set(device, { ...tells, batch: "" });
    this.#told.set(rule.id, told);
  }

  samples(peer: string, at: EpochMs, values: Readonly<Record<string, SignalValue>>): void {
    const signals = this.#signals.get(peer) ?? {};
    for (const [name, value] of Object.entries(values)) signals[name] = [value, at];
    this.#signals.set(peer, signals);
    const view = new DeviceSignals(this.#product.model, { signals, presence: "online" }, at);
    for (const compiled of this.#product.rules) {
      const { wants } = compiled.detector;
      if (wants.cohort === undefined || !wants.signals.some((name) => name in values)) continue;
      const peers = this.viewOf(compiled, peer);
      const input: DetectorInput = { kind: "samples", at, now: at, view, peers };
      const key = `${peer}/${compiled.rule.id}`;
      const state = this.#states.get(key) ?? compiled.detector.start();
      const step = compiled.detector.step(state, input, false);
      this.#states.set(key, step.state);
      if (step.tells !== undefined) this.tell(compiled, step.tells, peer);
    }
  }
}
