import type { DurationMs } from "#domain/units.ts";
import { SECOND_MS } from "#domain/units.ts";
import type { Clock } from "#ports/clock.ts";
import type { Log } from "#ports/log.ts";

/** A lane whose worker failed is tried again after this. */
const PAUSE_MS: DurationMs = 5 * SECOND_MS;

export interface LanesOptions<T> {
  /** For the log. */
  readonly name: string;
  readonly idOf: (item: T) => string;
  /** Works until the lane is empty or must not go on; a throw makes the lane rest. */
  readonly drain: (key: string) => Promise<void>;
  /** False: nothing can go out now, and whoever knows better wakes the lane. */
  readonly isOpen?: (key: string) => boolean;
  readonly clock: Clock;
  readonly log: Log;
  readonly stopped: AbortSignal;
}

/** Queues of what is owed, each in order and with one worker at a time; lanes do not wait for each other. */
export class Lanes<T> {
  readonly #options: LanesOptions<T>;
  /** By id, in the order of adding. */
  readonly #lanes = new Map<string, Map<string, T>>();
  /** Lane of each id. */
  readonly #keys = new Map<string, string>();
  readonly #busy = new Set<string>();

  constructor(options: LanesOptions<T>) {
    this.#options = options;
  }

  /** A known id is ignored. */
  add(key: string, item: T): void {
    const lane = this.#lanes.get(key) ?? new Map<string, T>();
    const id = this.#options.idOf(item);
    if (this.#keys.has(id)) return;
    lane.set(id, item);
    this.#keys.set(id, key);
    this.#lanes.set(key, lane);
    this.wake(key);
  }

  head(key: string): T | undefined {
    return this.#lanes.get(key)?.values().next().value;
  }

  items(key: string): readonly T[] {
    return [...(this.#lanes.get(key)?.values() ?? [])];
  }

  remove(id: string): void {
    const key = this.#keys.get(id);
    if (key === undefined) return;
    this.#keys.delete(id);
    const lane = this.#lanes.get(key);
    lane?.delete(id);
    if (lane?.size === 0) this.#lanes.delete(key);
  }

  *entries(): Generator<readonly [key: string, items: Iterable<T>]> {
    for (const [key, lane] of this.#lanes) yield [key, lane.values()];
  }

  wake(key: string): void {
    const { isOpen, drain, clock, log, name, stopped } = this.#options;
    if (this.#busy.has(key) || !this.#lanes.has(key) || isOpen?.(key) === false) return;
    this.#busy.add(key);
    drain(key)
      .catch((error: unknown) => {
        if (!stopped.aborted) {
          log.warn({ lane: `${name}/${key}`, reason: String(error) }, "an outbox lane rests");
        }
        return clock.sleep(PAUSE_MS, stopped);
      })
      .then(
        () => {
          this.#busy.delete(key);
          // What was added while the worker was leaving found the lane taken.
          if (!stopped.aborted) this.wake(key);
        },
        () => this.#busy.delete(key),
      );
  }
}
