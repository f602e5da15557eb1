import type { AlertItem } from "../gateway-views.ts";

const LOOK_EVERY_MS = 3_600_000;

/**
 * Every alert that has fired. The gateway lists only what stands, and a watch leaves no case behind:
 * who looks at the end alone misses what came and went.
 */
export class AlertLog {
  readonly #list: () => Promise<readonly AlertItem[]>;
  readonly #fired = new Map<string, AlertItem>();
  #lookedMs = Number.NEGATIVE_INFINITY;

  constructor(list: () => Promise<readonly AlertItem[]>) {
    this.#list = list;
  }

  /** Looks if an hour of simulated time has passed since the last look. */
  async follow(nowMs: number): Promise<void> {
    if (nowMs - this.#lookedMs < LOOK_EVERY_MS) return;
    this.#lookedMs = nowMs;
    await this.look();
  }

  async look(): Promise<void> {
    for (const alert of await this.#list()) {
      if (alert.evidence === null) continue;
      const episode = `${alert.key} ${alert.evidence.detectedAt}`;
      if (!this.#fired.has(episode)) this.#fired.set(episode, alert);
    }
  }

  /** In the order in which they were seen first. */
  get fired(): readonly AlertItem[] {
    return [...this.#fired.values()];
  }
}
