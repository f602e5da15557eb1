import type { DurationMs, EpochMs } from "#domain/units.ts";
import { DAY_MS } from "#domain/units.ts";
import type { DecideReport } from "#pipeline/decide.ts";
import type { Ingress } from "#pipeline/ingress.ts";
import type { Clock } from "#ports/clock.ts";

/** Timers of the platform hold at most 24 days; a longer one would fire at once, and again and again. */
const LONGEST_SLEEP_MS: DurationMs = DAY_MS;

export interface TickerDeps {
  readonly clock: Clock;
  readonly append: Ingress["append"];
}

/**
 * Appends a tick when a deadline of the decision state passes without traffic, so that silence is
 * found while nothing is said. In `event` mode only traffic moves the clock.
 */
export class Ticker implements Disposable {
  readonly #deps: TickerDeps;
  #waiting: AbortController | undefined;
  #deadline: EpochMs | undefined;
  #closed = false;

  constructor(deps: TickerDeps) {
    this.#deps = deps;
  }

  take(report: Pick<DecideReport, "deadline" | "clock" | "caughtUp">): void {
    const deadline =
      report.clock === "live" && report.deadline !== null ? report.deadline : undefined;
    if (deadline === this.#deadline && this.#waiting !== undefined) return;
    this.#waiting?.abort();
    this.#waiting = undefined;
    this.#deadline = deadline;
    if (deadline !== undefined && report.caughtUp && !this.#closed) this.#wait(deadline);
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    this.#waiting?.abort();
  }

  #wait(deadline: EpochMs): void {
    const waiting = new AbortController();
    this.#waiting = waiting;
    const { append } = this.#deps;
    this.#sleepUntil(deadline, waiting.signal)
      .then(async () => {
        this.#waiting = undefined;
        this.#deadline = undefined;
        await append({ kind: "tick" });
      })
      // Aborted, or the journal is down: then its recovery brings the next record.
      .catch(() => undefined);
  }

  async #sleepUntil(deadline: EpochMs, signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps;
    do {
      const left = Math.max(1, deadline - clock.now());
      await clock.sleep(Math.min(left, LONGEST_SLEEP_MS), signal);
    } while (clock.now() < deadline);
  }
}
