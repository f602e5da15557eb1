import type { AckSink, Random } from "@voorzorg/device-sim";
import { every, monotonicMs, sleepMs } from "@voorzorg/device-sim";
import { BenchError } from "./bench.ts";
import { Boiler } from "./boiler.ts";

const REPORT_EVERY_MS = 100;
/** Latest moment of a boiler's first fault after it joined; some lie before a kill, some after. */
const BREAKS_WITHIN_MS = 2_500;
/** The second fault shows that an episode is told from the one before, also across a kill. */
const FAULTS_EACH = 2;

/** Boilers that break twice each, at seeded moments, through kills and restarts. */
export class CrashFleet implements AsyncDisposable {
  readonly #mqttUrl: string;
  readonly #acks: AckSink;
  readonly #random: Random;
  readonly #onCommand: () => void;
  readonly #stop = new AbortController();
  readonly #clock: Disposable;
  readonly #boilers: { readonly boiler: Boiler; readonly breaksAtMs: number }[] = [];

  constructor(options: {
    readonly mqttUrl: string;
    readonly acks: AckSink;
    readonly random: Random;
    /** A command arrived; its answer is not on its way yet. */
    readonly onCommand?: () => void;
  }) {
    this.#onCommand = options.onCommand ?? (() => {});
    this.#mqttUrl = options.mqttUrl;
    this.#acks = options.acks;
    this.#random = options.random;
    this.#clock = every(REPORT_EVERY_MS, () => this.#tick());
  }

  get faults(): number {
    return this.#boilers.reduce((sum, { boiler }) => sum + boiler.faults, 0);
  }

  get commands(): number {
    return this.#boilers.reduce((sum, { boiler }) => sum + boiler.commands, 0);
  }

  /** `count` more boilers connect and will break soon. */
  join(count: number): void {
    for (let i = 0; i < count; i += 1) {
      const id = `boiler-${String(this.#boilers.length + 1).padStart(5, "0")}`;
      const boiler = new Boiler({
        id,
        mqttUrl: this.#mqttUrl,
        acks: this.#acks,
        onCommand: this.#onCommand,
      });
      const breaksAtMs = monotonicMs() + this.#random.between(0, BREAKS_WITHIN_MS);
      this.#boilers.push({ boiler, breaksAtMs });
      // Ends with the fleet; a bug in it must be seen, so nothing catches it.
      void boiler.connect(this.#stop.signal);
    }
  }

  /** How many faults each device has sent. */
  truth(): ReadonlyMap<string, number> {
    return new Map(this.#boilers.map(({ boiler }) => [boiler.id, boiler.faults]));
  }

  /** @throws BenchError when a boiler has not had all its faults and been cured in time. */
  async allCured(withinMs: number): Promise<void> {
    const endMs = monotonicMs() + withinMs;
    for (;;) {
      const open = this.#boilers.filter(({ boiler }) => boiler.faults < FAULTS_EACH || boiler.hot);
      if (open.length === 0) return;
      if (monotonicMs() > endMs) {
        const ids = open.slice(0, 5).map(({ boiler }) => boiler.id);
        throw new BenchError(
          `${open.length} boilers were not broken and cured within ${withinMs} ms, e.g. ${ids.join(", ")}`,
        );
      }
      await sleepMs(50);
    }
  }

  /** Ends the reports and waits until every message is acknowledged. */
  async settled(): Promise<void> {
    this.#clock[Symbol.dispose]();
    await Promise.all(this.#boilers.map(({ boiler }) => boiler.settled()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    this.#clock[Symbol.dispose]();
    await Promise.all(this.#boilers.map(({ boiler }) => boiler.close()));
  }

  #tick(): void {
    const now = monotonicMs();
    for (const { boiler, breaksAtMs } of this.#boilers) {
      const due = boiler.faults === 0 ? now >= breaksAtMs : boiler.isKnownCool;
      if (boiler.faults < FAULTS_EACH && due && boiler.break()) continue;
      boiler.report();
    }
  }
}
