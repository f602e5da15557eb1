import type { MemoryUse } from "./memory.ts";
import { growth, hasLeaked, memoryInUse } from "./memory.ts";
import { Rng } from "./rng.ts";
import type { FuzzTarget } from "./target.ts";

export interface FuzzRun {
  readonly seed: number;
  readonly count: number;
  /** Index of the first input; with `count` 1 a single input is replayed. */
  readonly from?: number;
  /** An input that keeps the processor busy for longer is a finding; a busy machine is none. */
  readonly slowMs?: number;
  readonly progress?: (line: string) => void;
  /** Told before each input, for whoever watches from outside whether it ever ends. */
  readonly began?: (index: number) => void;
}

export interface FuzzFailure {
  readonly index: number;
  readonly reason: string;
  readonly input: string;
}

export interface FuzzSummary {
  readonly target: string;
  readonly seed: number;
  readonly count: number;
  readonly seconds: number;
  readonly perSecond: number;
  readonly slowestMs: number;
  readonly grown: MemoryUse;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly failure: FuzzFailure | undefined;
  readonly ok: boolean;
}

const DEFAULT_SLOW_MS = 1_000;
const PROGRESS_MS = 5_000;
/** The share of inputs after which caches count as full. */
const WARM = 0.2;

function cpuMs(): number {
  const { system, user } = process.threadCpuUsage();
  return (system + user) / 1_000;
}

/** Feeds the target until it fails or all is done. Stops at the first finding: the rest may follow from it. */
export async function runTarget<Input>(
  target: FuzzTarget<Input>,
  run: FuzzRun,
): Promise<FuzzSummary> {
  const feeder = new Feeder(target, run);
  await feeder.feed();
  return feeder.summary();
}

class Feeder<Input> {
  readonly #target: FuzzTarget<Input>;
  readonly #run: FuzzRun;
  readonly #outcomes = new Map<string, number>();
  readonly #started = performance.now();
  #saidAt = this.#started;
  #done = 0;
  #slowestMs = 0;
  #warm: MemoryUse | undefined;
  #failure: FuzzFailure | undefined;

  constructor(target: FuzzTarget<Input>, run: FuzzRun) {
    this.#target = target;
    this.#run = run;
  }

  async feed(): Promise<void> {
    const { count, from = 0 } = this.#run;
    const warmAt = Math.floor(count * WARM);
    while (this.#done < count && this.#failure === undefined) {
      if (this.#done === warmAt) {
        this.#warm = this.#memory();
      }
      await this.#one(from + this.#done);
      this.#done += 1;
      this.#say();
    }
  }

  async #one(index: number): Promise<void> {
    this.#run.began?.(index);
    const input = this.#target.make(new Rng(this.#run.seed, index));
    const began = cpuMs();
    try {
      const answer = this.#target.run(input);
      const outcome = typeof answer === "string" ? answer : await answer;
      this.#outcomes.set(outcome, (this.#outcomes.get(outcome) ?? 0) + 1);
    } catch (error) {
      this.#fail(index, input, error instanceof Error ? (error.stack ?? "") : String(error));
    }
    const took = cpuMs() - began;
    this.#slowestMs = Math.max(this.#slowestMs, took);
    if (took > (this.#run.slowMs ?? DEFAULT_SLOW_MS)) {
      this.#fail(index, input, `kept the processor busy for ${Math.round(took)} ms`);
    }
  }

  #fail(index: number, input: Input, reason: string): void {
    this.#failure ??= { index, reason, input: this.#target.show(input) };
  }

  #memory(): MemoryUse {
    this.#target.tidy?.();
    return memoryInUse();
  }

  #say(): void {
    const now = performance.now();
    if (now - this.#saidAt < PROGRESS_MS) {
      return;
    }
    this.#target.tidy?.();
    this.#saidAt = now;
    const rate = Math.round((this.#done / (now - this.#started)) * 1_000);
    const rssMiB = Math.round(process.memoryUsage().rss / 2 ** 20);
    this.#run.progress?.(
      `${this.#target.name}: ${this.#done} of ${this.#run.count}, ${rate}/s, slowest ${Math.round(this.#slowestMs)} ms, ${rssMiB} MiB`,
    );
  }

  summary(): FuzzSummary {
    const seconds = (performance.now() - this.#started) / 1_000;
    const last = this.#memory();
    const grown = growth(this.#warm ?? last, last);
    const sorted = [...this.#outcomes].sort(([, a], [, b]) => b - a);
    return {
      target: this.#target.name,
      seed: this.#run.seed,
      count: this.#done,
      seconds: Math.round(seconds * 10) / 10,
      perSecond: Math.round(this.#done / seconds),
      slowestMs: Math.round(this.#slowestMs * 10) / 10,
      grown,
      outcomes: Object.fromEntries(sorted),
      failure: this.#failure,
      ok: this.#failure === undefined && !hasLeaked(grown),
    };
  }
}
