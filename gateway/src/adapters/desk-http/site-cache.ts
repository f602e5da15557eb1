import type { DurationMs } from "#domain/units.ts";
import { MINUTE_MS, SECOND_MS } from "#domain/units.ts";
import type { Clock } from "#ports/clock.ts";
import type { DeskOutcome } from "#ports/desk.ts";
import { done } from "./outcome.ts";

/** Fields and queues get new numbers rarely; that is seen after so long. */
const WHOLE_AGE_MS: DurationMs = 10 * MINUTE_MS;
/** What is missing may be added at any time. */
const INCOMPLETE_AGE_MS: DurationMs = 30 * SECOND_MS;

export interface SiteCacheOptions<S> {
  readonly clock: Clock;
  readonly load: () => Promise<DeskOutcome<S>>;
  /** All that the desk's file names was found. */
  readonly isWhole: (site: S) => boolean;
}

/** What a connector knows of its desk (numbers of fields, queues, statuses), asked for again now and then. */
export class SiteCache<S> {
  readonly #options: SiteCacheOptions<S>;
  #kept: { readonly site: S; readonly at: DurationMs } | undefined;

  constructor(options: SiteCacheOptions<S>) {
    this.#options = options;
  }

  /** The next question goes to the desk. */
  forget(): void {
    this.#kept = undefined;
  }

  async get(): Promise<DeskOutcome<S>> {
    const { clock, load, isWhole } = this.#options;
    const now = clock.elapsed();
    const kept = this.#kept;
    if (kept !== undefined) {
      const maxAge = isWhole(kept.site) ? WHOLE_AGE_MS : INCOMPLETE_AGE_MS;
      if (now - kept.at < maxAge) return done(kept.site);
    }
    const loaded = await load();
    if (loaded.kind === "done") this.#kept = { site: loaded.value, at: now };
    return loaded;
  }
}
