import { Worker } from "node:worker_threads";
import { GatewayError } from "#domain/errors.ts";
import type { DurationMs } from "#domain/units.ts";
import type { Clock } from "#ports/clock.ts";
import type { DeskSide, HookAnswer } from "#ports/desk-side.ts";
import type { Log } from "#ports/log.ts";
import type { Metrics } from "#ports/metrics.ts";
import type { SeriesReader } from "#ports/series-store.ts";
import { Calls } from "./calls.ts";
import type { DeskThread, DeskWorkerData, MainSide } from "./messages.ts";

/** The thread that works with the desks died; the gateway cannot go on and stops with this reason. */
export class DeskThreadError extends GatewayError {
  readonly code = "VZ_DESK_THREAD";
}

export interface DeskClientOptions {
  readonly data: DeskWorkerData;
  readonly act: MainSide["act"];
  readonly series: SeriesReader;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly clock: Clock;
  /** A desk cannot be worked with; undefined = it can again. */
  readonly onTrouble: (desk: string, reason: string | undefined) => void;
  readonly onFailure: (error: DeskThreadError) => void;
}

/** A burst of decisions wakes the thread once. */
const CHANGED_WITHIN_MS: DurationMs = 200;

/** The main thread's end of the thread that works with the desks. */
export class DeskClient implements DeskSide, AsyncDisposable {
  readonly #options: DeskClientOptions;
  readonly #worker: Worker;
  readonly #calls: Calls<MainSide, DeskThread>;
  readonly #exited: Promise<void>;
  #closing = false;
  #told = false;

  constructor(options: DeskClientOptions) {
    this.#options = options;
    this.#worker = new Worker(new URL("./worker.ts", import.meta.url), {
      name: "desks",
      workerData: options.data,
    });
    this.#calls = new Calls<MainSide, DeskThread>(this.#worker, this.#mainSide());
    this.#exited = new Promise((resolve) => this.#worker.once("exit", () => resolve()));
    this.#worker.on("error", (cause) => {
      const reason = cause instanceof Error ? cause.message : String(cause);
      this.#calls.end(reason);
      if (!this.#closing) options.onFailure(failed(reason, cause));
    });
    this.#worker.on("exit", (code) => {
      const reason = `it ended with code ${code}`;
      this.#calls.end(reason);
      if (!this.#closing) options.onFailure(failed(reason, undefined));
    });
  }

  /** Resolved when the thread follows the cases. */
  async start(): Promise<void> {
    await this.#calls.call("start", null);
  }

  /** Cases or problems changed: the thread looks for itself, soon. */
  changed(): void {
    if (this.#told || this.#closing) return;
    this.#told = true;
    void this.#options.clock.sleep(CHANGED_WITHIN_MS).then(() => {
      this.#told = false;
      // A thread that ended is told by its own way.
      if (!this.#closing) this.#calls.call("changed", null).catch(() => undefined);
    });
  }

  status(): ReturnType<DeskSide["status"]> {
    return this.#calls.call("status", null);
  }

  hook(desk: string, given: Parameters<DeskSide["hook"]>[1]): Promise<HookAnswer> {
    return this.#calls.call("hook", { desk, ...given });
  }

  retry(desk: string, subject: string): Promise<boolean> {
    return this.#calls.call("retry", { desk, subject });
  }

  check(desk: string): ReturnType<DeskSide["check"]> {
    return this.#calls.call("check", { desk });
  }

  /** What is under way is finished or left as "may have been done". */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#closing) {
      this.#closing = true;
      await this.#calls.call("close", null).catch(() => undefined);
      await this.#worker.terminate();
    }
    await this.#exited;
  }

  #mainSide(): MainSide {
    const { act, series, log, metrics, onTrouble } = this.#options;
    return {
      act,
      series: (query) => series.read(query),
      trouble: ({ desk, reason }) => onTrouble(desk, reason === "" ? undefined : reason),
      log: ({ level, fields, message }) => log[level](fields, message),
      count: ({ name, labels, by }) => metrics.count(name, labels, by),
      gauge: ({ name, value, labels }) => metrics.gauge(name, value, labels),
      observe: ({ name, seconds, labels }) => metrics.observe(name, seconds, labels),
    };
  }
}

const failed = (reason: string, cause: unknown): DeskThreadError =>
  new DeskThreadError(
    `The thread that works with the desks stopped: ${reason}. Nothing is lost; restart the gateway.`,
    { cause },
  );
