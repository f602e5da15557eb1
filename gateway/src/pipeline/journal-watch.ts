import type { EpochMs } from "#domain/units.ts";
import type { Ingress } from "#pipeline/ingress.ts";
import type { Clock } from "#ports/clock.ts";
import type { Log } from "#ports/log.ts";

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
  /** A record that says that the journal is back is under way. */
  #probing = false;

  constructor(deps: JournalWatchDeps) {
    this.#deps = deps;
  }

  /**
   * Appends. While the journal is down, the record that says so goes first: what is appended first has
   * the lower offset, and what fails takes all behind it along. So no deadline that passed meanwhile
   * is judged before the downtime is known.
   */
  guard<T>(append: () => Promise<T>): Promise<T> {
    if (this.#downSince !== undefined) this.#probe(this.#downSince);
    const appended = append();
    appended.catch((error: unknown) => this.#failed(String(error)));
    return appended;
  }

  #failed(reason: string): void {
    if (this.#downSince !== undefined) return;
    this.#downSince = this.#deps.clock.now();
    this.#deps.log.error(
      { reason },
      "the journal takes no records: nothing is acknowledged until it does",
    );
    this.#deps.onChange(`The journal takes no records: ${reason}`);
  }

  #probe(since: EpochMs): void {
    if (this.#probing) return;
    this.#probing = true;
    const reason = "the journal took no records";
    this.#deps
      .append({ kind: "service", event: "recovered", reason, lastAliveAt: since })
      .then(
        () => {
          this.#downSince = undefined;
          this.#deps.onChange(undefined);
          const downMs = this.#deps.clock.now() - since;
          this.#deps.log.info({ downMs }, "the journal takes records again");
        },
        // Still down: the next record is preceded by another one.
        () => undefined,
      )
      .finally(() => {
        this.#probing = false;
      });
  }
}
