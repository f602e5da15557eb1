import type { EpochMs } from "#domain/units.ts";
import type { Clock } from "#ports/clock.ts";
import type { Log } from "#ports/log.ts";
import type { Ingress } from "#pipeline/ingress.ts";

export interface JournalWatchDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly append: Ingress["append"];
  /** Told when the journal stops taking records and, with undefined, when it takes them again. */
  readonly onChange: (reason: string | undefined) => void;
}

/**
 * Notices that the journal takes no records (disk full, disk gone) and that it does again. The time
 * between is written down as the service's own, so that it is not taken for the fleet's silence.
 */
export class JournalWatch {
  readonly #deps: JournalWatchDeps;
  #downSince: EpochMs | undefined;

  constructor(deps: JournalWatchDeps) {
    this.#deps = deps;
  }

  async guard<T>(append: Promise<T>): Promise<T> {
    try {
      const done = await append;
      if (this.#downSince !== undefined) this.#recovered(this.#downSince);
      return done;
    } catch (error) {
      this.#failed(String(error));
      throw error;
    }
  }

  #failed(reason: string): void {
    if (this.#downSince !== undefined) return;
    this.#downSince = this.#deps.clock.now();
    this.#deps.log.error({ reason }, "the journal takes no records: nothing is acknowledged until it does");
    this.#deps.onChange(`The journal takes no records: ${reason}`);
  }

  #recovered(since: EpochMs): void {
    this.#downSince = undefined;
    this.#deps.onChange(undefined);
    this.#deps.log.info({ downMs: this.#deps.clock.now() - since }, "the journal takes records again");
    const reason = "the journal took no records";
    this.#deps
      .append({ kind: "service", event: "recovered", reason, lastAliveAt: since })
      // It failed again at once: the next recovery writes the longer period.
      .catch(() => {
        this.#downSince = since;
      });
  }
}
