import type { DurationMs, EpochMs } from "#domain/units.ts";
import { MINUTE_MS, SECOND_MS } from "#domain/units.ts";
import { backOffMs } from "#pipeline/desk/back-off.ts";
import type { Clock } from "#ports/clock.ts";
import type { Desk, DeskOutcome } from "#ports/desk.ts";
import type { Metrics } from "#ports/metrics.ts";

export interface DeskLineDeps {
  readonly desk: Desk;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly random: () => number;
  /** Told when the desk begins to fail (with the reason) and when it works again (undefined). */
  readonly onState: (reason: string | undefined) => void;
  readonly signal: AbortSignal;
}

/** So many failures in a row are the desk's, not a ticket's. */
const FAILURES_OF_A_DESK = 5;
/** Timers are late by a little, and the desk counts by its own clock. */
const MARGIN = 1.01;
/** A call that must wait longer for its turn is given back instead of holding up its lane. */
const LONGEST_WAIT_MS: DurationMs = 30 * SECOND_MS;

/**
 * The way to one desk: calls are spread so that they stay below its limit, a request to wait holds for
 * all of them, and a desk that fails again and again is asked less and less often.
 */
export class DeskLine {
  readonly #deps: DeskLineDeps;
  readonly #gapMs: number;
  /** By `clock.elapsed`: when the next call may start. */
  #nextAt: DurationMs = 0;
  #quietUntil: EpochMs = 0;
  #failures = 0;
  #limited = false;
  #trouble = "";

  constructor(deps: DeskLineDeps) {
    this.#deps = deps;
    const { requestsPerMinute } = deps.desk.capabilities.limits;
    this.#gapMs = (MINUTE_MS / Math.max(1, requestsPerMinute)) * MARGIN;
  }

  /** Why nothing goes through; "" = it works. */
  get trouble(): string {
    return this.#trouble;
  }

  /** Nothing is asked before. */
  get quietUntil(): EpochMs {
    return this.#quietUntil;
  }

  /** A desk that asked to wait, or fails, is tried with one lane at a time until it answers well. */
  get isCareful(): boolean {
    return this.#limited || this.isDown;
  }

  get isDown(): boolean {
    return this.#failures >= FAILURES_OF_A_DESK;
  }

  async call<T>(
    name: string,
    work: (desk: Desk) => Promise<DeskOutcome<T>>,
  ): Promise<DeskOutcome<T>> {
    const { desk, clock, metrics, signal } = this.#deps;
    const quiet = this.#quietUntil - clock.now();
    if (quiet > 0) {
      return {
        kind: "later",
        reason: this.#trouble || "the desk asked to wait",
        retryAfterMs: quiet,
      };
    }
    const wait = this.#turn();
    if (wait > LONGEST_WAIT_MS || signal.aborted) {
      return { kind: "later", reason: "too many requests wait for the desk", retryAfterMs: wait };
    }
    this.#nextAt = Math.max(this.#nextAt, clock.elapsed()) + this.#gapMs;
    if (wait > 0) {
      try {
        await clock.sleep(Math.ceil(wait), signal);
      } catch {
        return { kind: "later", reason: "the gateway stops", retryAfterMs: 0 };
      }
    }
    const outcome = await work(desk);
    metrics.count("desk_calls_total", { desk: desk.name, call: name, outcome: outcome.kind });
    this.#judge(outcome);
    return outcome;
  }

  #turn(): DurationMs {
    return Math.max(0, this.#nextAt - this.#deps.clock.elapsed());
  }

  #judge(outcome: DeskOutcome<unknown>): void {
    const { clock, random } = this.#deps;
    const denied = outcome.kind === "refused" && outcome.code === "denied";
    if (outcome.kind === "done" || (outcome.kind === "refused" && !denied)) {
      this.#failures = 0;
      this.#limited = false;
      this.#tell("");
      return;
    }
    if (outcome.kind === "later" && outcome.retryAfterMs !== undefined) {
      this.#limited = true;
      this.#quietUntil = Math.max(this.#quietUntil, clock.now() + outcome.retryAfterMs);
      return;
    }
    this.#failures += 1;
    if (!this.isDown) return;
    const tries = this.#failures - FAILURES_OF_A_DESK + 1;
    this.#quietUntil = clock.now() + Math.min(backOffMs(tries, undefined, random), MINUTE_MS);
    this.#tell(outcome.reason);
  }

  #tell(reason: string): void {
    if (reason === this.#trouble) return;
    const changed = (reason === "") !== (this.#trouble === "");
    this.#trouble = reason;
    if (changed) this.#deps.onState(reason === "" ? undefined : reason);
  }
}
