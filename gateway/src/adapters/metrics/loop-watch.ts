import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import type { DurationMs } from "#domain/units.ts";

/** How busy a thread was since the last look. */
export interface LoopLoad {
  /** 99th percentile of how late the thread came to what was due. */
  readonly delayP99Ms: DurationMs;
  /** Share of the time in which it worked, 0 to 1. */
  readonly busy: number;
}

const RESOLUTION_MS: DurationMs = 20;
const NS_PER_MS = 1e6;

/** Watches the event loop of the thread that it is created in, from then on. */
export class LoopWatch implements Disposable {
  readonly #delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  #since = performance.eventLoopUtilization();

  constructor() {
    this.#delays.enable();
  }

  take(): LoopLoad {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, this.#since);
    this.#since = now;
    const p99 = this.#delays.count === 0 ? 0 : this.#delays.percentile(99) / NS_PER_MS;
    this.#delays.reset();
    // The histogram holds the time between its own ticks.
    return { delayP99Ms: Math.max(0, p99 - RESOLUTION_MS), busy: utilization };
  }

  [Symbol.dispose](): void {
    this.#delays.disable();
  }
}
