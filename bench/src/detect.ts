import { monotonicMs } from "@voorzorg/device-sim";
import type { UpMessage } from "@voorzorg/firmware-contracts";
import { Engine } from "../../gateway/src/domain/engine/engine.ts";
import { compileRuleset } from "../../gateway/src/domain/rules/compile.ts";
import type { CompiledRuleset } from "../../gateway/src/domain/rules/ruleset.ts";
import type { BenchContext, BenchResult } from "./bench.ts";
import { BenchError, defineBench } from "./bench.ts";
import {
  CONDITION_RULES,
  GAUGES,
  LEARNING_RULES,
  MACHINE,
  PRODUCT,
  TYPICAL_RULES,
} from "./detect-rules.ts";
import { Daily } from "./detect-signals.ts";
import { median, rounded } from "./statistics.ts";

const PERIOD_MS = 15 * 60_000;
const START_MS = Date.UTC(2026, 0, 1);
const NO_PAYLOAD = new Uint8Array(0);
const DISCARD_EVERY = 10_000;

export const detectBench = defineBench({
  name: "detect",
  summary:
    "samples per second and core of the deciding core with twenty rules per product, without IO",
  options: {
    devices: { default: 200, min: 1, max: 100_000, help: "machines, one message each in turn" },
    days: {
      default: 21,
      min: 10,
      max: 365,
      help: "history before the clock runs, so that rules have learned",
    },
    seconds: { default: 3, min: 0.2, max: 600, help: "measured time per round" },
    repeats: { default: 3, min: 1, max: 50, help: "rounds; the median counts" },
  },
  async run(options, context): Promise<BenchResult> {
    const conditions = measure(CONDITION_RULES, options, context);
    const typical = measure(TYPICAL_RULES, options, context);
    const learning = measure(LEARNING_RULES, options, context);
    const figures = { samplesPerMessage: GAUGES.length + 2, conditions, typical, learning };
    return { figures, ok: true };
  },
});

interface Options {
  readonly devices: number;
  readonly days: number;
  readonly seconds: number;
  readonly repeats: number;
}

function measure(rules: string, options: Options, { out, signal, cpuMs }: BenchContext) {
  const fleet = new Fleet(compiled(rules), Math.round(options.devices));
  const before = Math.ceil((options.days * 86_400_000) / PERIOD_MS);
  for (let round = 0; round < before; round++) fleet.step();
  const rounds: { readonly perCpuSecond: number; readonly perSecond: number }[] = [];
  for (let repeat = 0; repeat < options.repeats; repeat++) {
    signal.throwIfAborted();
    rounds.push(playFor(fleet, options.seconds, cpuMs));
  }
  const messagesPerSecond = median(rounds.map(({ perCpuSecond }) => perCpuSecond));
  const samplesPerMessage = GAUGES.length + 2;
  const samples = messagesPerSecond * samplesPerMessage;
  const state = fleet.stateBytes();
  out(`${Math.round(samples)} samples per CPU second, ${state} bytes of state per device`);
  return {
    samplesPerSecond: Math.round(samples),
    messagesPerSecond: Math.round(messagesPerSecond),
    microsecondsPerMessage: rounded(1e6 / messagesPerSecond, 2),
    stateBytesPerDevice: state,
    wallSamplesPerSecond: Math.round(
      samplesPerMessage * median(rounds.map(({ perSecond }) => perSecond)),
    ),
  };
}

/** CPU time of all threads of the process, garbage collection included: other work on the machine does not count. */
function playFor(fleet: Fleet, seconds: number, cpuMs: () => number) {
  const startedMs = monotonicMs();
  const cpuBeforeMs = cpuMs();
  let [messages, tookMs] = [0, 0];
  while (tookMs < seconds * 1_000) {
    messages += fleet.step();
    tookMs = monotonicMs() - startedMs;
  }
  return {
    perCpuSecond: (messages * 1_000) / (cpuMs() - cpuBeforeMs),
    perSecond: (messages * 1_000) / tookMs,
  };
}

function compiled(rules: string): CompiledRuleset {
  const outcome = compileRuleset({
    hash: "bench",
    products: [{ path: "product.yaml", text: PRODUCT }],
    rules: [{ path: "rules.yaml", text: rules }],
  });
  if (outcome.ok) return outcome.ruleset;
  throw new BenchError(
    outcome.problems.map(({ line, message }) => `line ${line}: ${message}`).join("\n"),
  );
}

/** Machines that report in turn; messages are made before the clock runs only as far as values go. */
class Fleet {
  readonly #engine: Engine;
  readonly #machines: { readonly id: string; readonly daily: Daily }[] = [];
  #offset = 0;
  #round = 0;

  constructor(ruleset: CompiledRuleset, devices: number) {
    this.#engine = new Engine([], { ruleset });
    this.#engine.apply(++this.#offset, { kind: "config", appendedAt: 0, clock: "event" });
    for (let index = 0; index < devices; index++) {
      const id = `machine-${index}`;
      const device = { id, product: MACHINE, attrs: {}, cohort: "", owner: "", activatedAt: 0 };
      this.#engine.apply(++this.#offset, {
        kind: "registry",
        appendedAt: 0,
        change: "put",
        device,
        by: "bench",
      });
      this.#machines.push({ id, daily: new Daily(index) });
    }
  }

  /** One message of each machine. Answers how many that were. */
  step(): number {
    const at = START_MS + this.#round * PERIOD_MS;
    for (const { id, daily } of this.#machines) {
      const message: UpMessage = {
        class: "tele",
        ts: at,
        points: [{ offsetMs: 0, values: daily.valuesAt(this.#round) }],
      };
      this.#engine.applyDecoded(
        ++this.#offset,
        {
          kind: "message",
          appendedAt: at,
          product: MACHINE,
          device: id,
          class: "tele",
          qos: 1,
          payload: NO_PAYLOAD,
        },
        () => ({ ok: true, value: message }),
      );
      if (this.#offset % DISCARD_EVERY === 0) this.#engine.discardChanges();
    }
    this.#round += 1;
    return this.#machines.length;
  }

  /** Mean size of what the rules of one device remember, as it is saved (JSON). */
  stateBytes(): number {
    this.#engine.discardChanges();
    this.step();
    let bytes = 0;
    for (const { key, value = "" } of this.#engine.takeUnsaved()) {
      if (!key.startsWith("device/")) continue;
      const { slots } = JSON.parse(value) as { readonly slots: unknown };
      bytes += JSON.stringify(slots).length;
    }
    return Math.round(bytes / this.#machines.length);
  }
}
