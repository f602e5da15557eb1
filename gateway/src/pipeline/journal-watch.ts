import type { DurationMs, EpochMs } from "#domain/units.ts";
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

/** Near a full disk a short record may fit and the next reading not: it is back when none failed for so long. */
const CALM_MS: DurationMs = 5_000;

/**
 * Notices that the journal takes no records (disk full, disk gone) and that it does again. The time
 * between is written down as the service's own, so that it is not taken for the fleet's silence.
 */
export class JournalWatch {
  readonly #deps: JournalWatchDeps;
  #downSince: EpochMs | undefined;
  /** A record that says that the journal is back is under way. */
  #probing = false;
  /** That record is written, and nothing has failed since. */
  #calm: AbortController | undefined;

  constructor(deps: JournalWatchDeps) {
    this.#deps = deps;
  }

  /**
   * Appends. While the journal is down, the record that says so goes first: what is appended first has
   * the lower offset, and what fails takes all behind it along. So no deadline that passed meanwhile
   * is judged before the downtime is known.
   */
  async guard<T>(append: () => Promise<T>): Promise<T> {
    if (this.#downSince !== undefined && this.#calm === undefined) this.#probe(this.#downSince);
    try {
      return await append();
    } catch (error) {
      this.#failed(String(error));
      throw error;
    }
  }

  #failed(reason: string): void {
    if (this.#calm !== undefined) {
      // It was told and still stands; the time until now is in the journal already.
      this.#calm.abort();
      this.#calm = undefined;
      this.#downSince = this.#deps.clock.now();
      return;
    }
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
        () => this.#calmDown(since),
        // Still down: the next record is preceded by another one.
        () => undefined,
      )
      .finally(() => {
        this.#probing = false;
      });
  }

  #calmDown(since: EpochMs): void {
    const { clock, log, onChange } = this.#deps;
    const downMs = clock.now() - since;
    const calm = new AbortController();
    this.#calm = calm;
    clock.sleep(CALM_MS, calm.signal).then(
      () => {
        this.#calm = undefined;
        this.#downSince = undefined;
        onChange(undefined);
        log.info({ downMs }, "the journal takes records again");
      },
      // Something failed again.
      () => undefined,
    );
  }
}
