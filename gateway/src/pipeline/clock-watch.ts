import type { DurationMs, EpochMs } from "#domain/units.ts";
import { SECOND_MS } from "#domain/units.ts";
import type { Ingress } from "#pipeline/ingress.ts";
import type { Clock } from "#ports/clock.ts";
import type { Log } from "#ports/log.ts";

/** Smaller corrections of the machine's clock bring no deadline forward that anybody would notice. */
const STEP_MS: DurationMs = 5 * SECOND_MS;

export interface ClockWatchDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly append: Ingress["append"];
}

/**
 * Notices that the machine's clock was set forward, or that the machine slept: more time on the clock
 * than has passed. Nobody lived through that time, so it is written down as the service's own before
 * the next record, and no deadline comes due by it. A clock that is set back needs nothing: the service
 * clock stands until it has caught up.
 */
export class ClockWatch {
  readonly #deps: ClockWatchDeps;
  #watching = false;
  #wall: EpochMs = 0;
  #elapsed: DurationMs = 0;

  constructor(deps: ClockWatchDeps) {
    this.#deps = deps;
  }

  /** Only where the time of the append decides: in `event` it means nothing. */
  start(): void {
    this.#watching = true;
    this.#wall = this.#deps.clock.now();
    this.#elapsed = this.#deps.clock.elapsed();
  }

  /** Called before every append, in the same tick: what is appended here has the lower offset. */
  look(): void {
    if (!this.#watching) return;
    const { clock } = this.#deps;
    const wall = clock.now();
    const elapsed = clock.elapsed();
    const expected = this.#wall + elapsed - this.#elapsed;
    this.#wall = wall;
    this.#elapsed = elapsed;
    if (wall - expected >= STEP_MS) this.#tell(Math.round(expected), wall);
  }

  #tell(lastAliveAt: EpochMs, wall: EpochMs): void {
    const { log, append } = this.#deps;
    const reason = "the machine's clock was set forward, or it slept";
    log.warn({ aheadMs: wall - lastAliveAt }, `${reason}: nothing is taken for silence by that`);
    append({ kind: "service", event: "recovered", reason, lastAliveAt }).catch((error: unknown) => {
      // The journal is down: the record that says that it is back excuses this time too.
      log.debug({ reason: String(error) }, "the step of the clock could not be written");
    });
  }
}
