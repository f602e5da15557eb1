import { once } from "node:events";
import type { MessagePort } from "node:worker_threads";
import { Worker } from "node:worker_threads";
import { GatewayError } from "#domain/errors.ts";
import type { DurationMs } from "#domain/units.ts";
import type { DecideReport } from "#pipeline/decide.ts";
import type { OutboxItem, OutboxMark } from "#ports/case-store.ts";
import type { Cut } from "../cases-sqlite/retention.ts";
import type { LoopLoad } from "../metrics/loop-watch.ts";
import type { DecideWorkerData, FromDecide, ToDecide } from "./messages.ts";

/** The deciding thread died; the gateway cannot go on and stops with this reason. */
export class DecideThreadError extends GatewayError {
  readonly code = "VZ_DECIDE_FAILED";
}

/** The code, where there is one, says more than the class: docs/errors.md has it. */
const causeText = (cause: unknown): string =>
  cause instanceof Error && "code" in cause
    ? `${String(cause.code)}: ${cause.message}`
    : String(cause);

export interface DecideClientOptions {
  readonly dataDir: string;
  readonly build: string;
  readonly commits: MessagePort;
  /** More often than in service only for tests. */
  readonly snapshotEveryMs?: DurationMs | undefined;
  /** What is decided is told as points too. */
  readonly points: boolean;
  readonly onReport: (report: DecideReport) => void;
  /** Deciding waits for the disk; undefined = it goes on. */
  readonly onStalled: (reason: string | undefined) => void;
  readonly onFailure: (error: DecideThreadError) => void;
}

/** The main thread's end of the deciding thread. */
export class DecideClient implements AsyncDisposable {
  readonly #options: DecideClientOptions;
  readonly #requests = new Map<number, (items: readonly OutboxItem[]) => void>();
  readonly #loads = new Map<number, (load: LoopLoad) => void>();
  #worker: Worker | undefined;
  #request = 0;
  #closing = false;

  constructor(options: DecideClientOptions) {
    this.#options = options;
  }

  /** Resolved when the snapshot is loaded; the journal is read from there on. */
  async start(): Promise<void> {
    const { dataDir, build, commits, snapshotEveryMs, points } = this.#options;
    const workerData: DecideWorkerData = { dataDir, build, commits, snapshotEveryMs, points };
    const worker = new Worker(new URL("./worker.ts", import.meta.url), {
      workerData,
      transferList: [commits],
    });
    this.#worker = worker;
    const ready = Promise.withResolvers<void>();
    worker.on("message", (message: FromDecide) => {
      if (message.kind === "ready") ready.resolve();
      this.#take(message);
    });
    worker.on("error", (cause) => {
      const error = new DecideThreadError(
        `The deciding thread stopped: ${causeText(cause)}. Nothing acknowledged is lost; restart the gateway.`,
        { cause },
      );
      ready.reject(error);
      this.#options.onFailure(error);
    });
    worker.on("exit", () => {
      if (this.#closing) return;
      this.#options.onFailure(new DecideThreadError("The deciding thread ended unexpectedly."));
    });
    await ready.promise;
  }

  mark(id: string, mark: OutboxMark): void {
    this.#post({ kind: "mark", id, mark });
  }

  /** How busy the thread was since the last question. */
  load(): Promise<LoopLoad> {
    this.#request += 1;
    const request = this.#request;
    return new Promise((resolve) => {
      this.#loads.set(request, resolve);
      this.#post({ kind: "load", request });
    });
  }

  /** Dropped a little at a time, between decisions. */
  drop(cut: Cut): void {
    this.#post({ kind: "drop", cut });
  }

  /** Points up to this number need not be kept any longer. */
  pointsTold(upTo: number): void {
    this.#post({ kind: "points_told", upTo });
  }

  due(limit: number): Promise<readonly OutboxItem[]> {
    this.#request += 1;
    const request = this.#request;
    return new Promise((resolve) => {
      this.#requests.set(request, resolve);
      this.#post({ kind: "due", request, limit });
    });
  }

  /** Saves a snapshot and closes the files. */
  async [Symbol.asyncDispose](): Promise<void> {
    const worker = this.#worker;
    if (worker === undefined) return;
    this.#closing = true;
    this.#post({ kind: "close" });
    await once(worker, "exit");
  }

  #post(message: ToDecide): void {
    this.#worker?.postMessage(message);
  }

  #take(message: FromDecide): void {
    switch (message.kind) {
      case "report":
        this.#options.onReport(message.report);
        return;
      case "due":
        this.#requests.get(message.request)?.(message.items);
        this.#requests.delete(message.request);
        return;
      case "load":
        this.#loads.get(message.request)?.(message.load);
        this.#loads.delete(message.request);
        return;
      case "stalled":
        this.#options.onStalled(message.reason);
        return;
      case "closed":
        void this.#worker?.terminate();
        return;
      case "ready":
        return;
    }
  }
}
