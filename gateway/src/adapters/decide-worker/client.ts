import { once } from "node:events";
import type { MessagePort } from "node:worker_threads";
import { Worker } from "node:worker_threads";
import { GatewayError } from "#domain/errors.ts";
import type { DurationMs } from "#domain/units.ts";
import type { DecideReport } from "#pipeline/decide.ts";
import type { OutboxItem, OutboxMark } from "#ports/case-store.ts";
import type { DecideWorkerData, FromDecide, ToDecide } from "./messages.ts";

/** The deciding thread died; the gateway cannot go on and stops with this reason. */
export class DecideThreadError extends GatewayError {
  readonly code = "VZ_DECIDE_FAILED";
}

export interface DecideClientOptions {
  readonly dataDir: string;
  readonly build: string;
  readonly commits: MessagePort;
  /** More often than in service only for tests. */
  readonly snapshotEveryMs?: DurationMs | undefined;
  readonly onReport: (report: DecideReport) => void;
  /** Deciding waits for the disk; undefined = it goes on. */
  readonly onStalled: (reason: string | undefined) => void;
  readonly onFailure: (error: DecideThreadError) => void;
}

/** The main thread's end of the deciding thread. */
export class DecideClient implements AsyncDisposable {
  readonly #options: DecideClientOptions;
  readonly #requests = new Map<number, (items: readonly OutboxItem[]) => void>();
  #worker: Worker | undefined;
  #request = 0;
  #closing = false;

  constructor(options: DecideClientOptions) {
    this.#options = options;
  }

  /** Resolved when the snapshot is loaded; the journal is read from there on. */
  async start(): Promise<void> {
    const { dataDir, build, commits, snapshotEveryMs } = this.#options;
    const workerData: DecideWorkerData = { dataDir, build, commits, snapshotEveryMs };
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
        `The deciding thread stopped: ${String(cause)}. Nothing acknowledged is lost; restart the gateway.`,
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
