const MAX_ENTRIES = 10_000;

/** A map that forgets its oldest entries: keys come from strangers. */
class BoundedMap<V> {
  readonly #entries = new Map<string, V>();

  get(key: string): V | undefined {
    return this.#entries.get(key);
  }

  set(key: string, value: V): void {
    this.#entries.delete(key);
    if (this.#entries.size >= MAX_ENTRIES) {
      const oldest = this.#entries.keys().next();
      if (oldest.done !== true) {
        this.#entries.delete(oldest.value);
      }
    }
    this.#entries.set(key, value);
  }
}

const FAILURE_BURST = 20;
const FAILURES_PER_MS = 1 / 1_000;

/**
 * Failed sign-ins per address: 20 at once, then one a second; beyond that nobody from there is asked for a secret.
 * Only failures cost, so one lost device does not lock out the fleet behind the same router.
 */
export class AuthBackoff {
  readonly #byAddress = new BoundedMap<{ readonly tokens: number; readonly at: number }>();

  allows(address: string, now: number): boolean {
    return this.#tokens(address, now) >= 1;
  }

  failed(address: string, now: number): void {
    const tokens = Math.max(0, this.#tokens(address, now) - 1);
    this.#byAddress.set(address, { tokens, at: now });
  }

  #tokens(address: string, now: number): number {
    const entry = this.#byAddress.get(address);
    if (entry === undefined) {
      return FAILURE_BURST;
    }
    return Math.min(FAILURE_BURST, entry.tokens + (now - entry.at) * FAILURES_PER_MS);
  }
}

const STORM_WINDOW_MS = 60_000;

/** Takeovers per device: many within a minute mean two devices with one id (a clone, or a copied configuration). */
export class TakeoverWatch {
  readonly #limit: number;
  readonly #byDevice = new BoundedMap<{ readonly since: number; readonly count: number }>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** True once per minute and device, when the limit is reached. */
  takenOver(device: string, now: number): boolean {
    const entry = this.#byDevice.get(device);
    const running = entry !== undefined && now - entry.since < STORM_WINDOW_MS;
    const next = running
      ? { since: entry.since, count: entry.count + 1 }
      : { since: now, count: 1 };
    this.#byDevice.set(device, next);
    return next.count === this.#limit;
  }
}

const REPEAT_MS = 60_000;

/** The same line at most once a minute: a device that fails every second must not fill the log. */
export class RepeatFilter {
  readonly #lastAt = new BoundedMap<number>();

  isNew(what: string, now: number): boolean {
    const lastAt = this.#lastAt.get(what);
    if (lastAt !== undefined && now - lastAt < REPEAT_MS) {
      return false;
    }
    this.#lastAt.set(what, now);
    return true;
  }
}
