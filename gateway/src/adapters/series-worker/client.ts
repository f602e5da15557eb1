import assert from "node:assert";
import type { MessagePort } from "node:worker_threads";
import { Worker } from "node:worker_threads";
import type { EpochMs, Offset } from "#domain/units.ts";
import type { FleetFacts } from "#pipeline/points/fleet-facts.ts";
import type { PointRejection, ServicePoint } from "#ports/point-store.ts";
import type {
  SeriesAnswer,
  SeriesQuery,
  SeriesReader,
  SeriesRejection,
} from "#ports/series-store.ts";
import { SeriesUnavailableError } from "#ports/series-store.ts";
import type { StoreConfig } from "../influx/create-remote-store.ts";
import { reasonOf } from "../sqlite/database.ts";
import type {
  ConsumerFailure,
  ConsumerName,
  FromSeries,
  SeriesReply,
  SeriesRequest,
  SeriesStats,
  SeriesWorkerData,
  ToSeries,
} from "./messages.ts";

export interface SeriesClientOptions {
  readonly journalFolder: string;
  readonly seriesFolder: string;
  readonly store: StoreConfig;
  /** Handed over to the worker. */
  readonly commits: MessagePort;
  /** From here on the local store has everything. */
  readonly recentFrom: () => EpochMs;
  /** Resolved when the rows are in quarantine; rejected = they are offered again. */
  readonly onRejected: (rejected: readonly SeriesRejection[]) => Promise<void>;
  /** undefined: the store takes samples again. */
  readonly onState: (consumer: ConsumerName, failure: ConsumerFailure | undefined) => void;
  /** Points of `cases.db` up to this number are in the remote store, or refused by it. */
  readonly onPointsTold?: (upTo: number) => void;
  readonly onPointsRejected?: (rejected: readonly PointRejection[]) => void;
  /** The thread died; samples stay in the journal. */
  readonly onFailure: (error: SeriesUnavailableError) => void;
}

type ReplyOf<K extends SeriesReply["kind"]> = Extract<SeriesReply, { kind: K }>;

/** The main thread's side of the series worker. Nothing here waits for a disk or a remote store. */
export class SeriesClient implements SeriesReader, AsyncDisposable {
  readonly #options: SeriesClientOptions;
  readonly #worker: Worker;
  readonly #pending = new Map<number, PromiseWithResolvers<SeriesReply>>();
  readonly #ready = Promise.withResolvers<void>();
  readonly #exited: Promise<number>;
  #requests = 0;
  #ended: SeriesUnavailableError | undefined;
  #closing = false;
  #stats: SeriesStats | undefined;

  private constructor(options: SeriesClientOptions) {
    this.#options = options;
    const { journalFolder, seriesFolder, store, commits } = options;
    const workerData: SeriesWorkerData = { journalFolder, seriesFolder, store, commits };
    this.#worker = new Worker(new URL("./worker.ts", import.meta.url), {
      name: "series",
      workerData,
      transferList: [commits],
    });
    this.#exited = new Promise((resolve) => this.#worker.once("exit", resolve));
    this.#worker.on("message", (message: FromSeries) => this.#receive(message));
    this.#worker.on("error", (error) => this.#end(reasonOf(error), error));
    this.#worker.on("exit", (code) => this.#end(`it ended with code ${code}`));
  }

  static async start(options: SeriesClientOptions): Promise<SeriesClient> {
    const client = new SeriesClient(options);
    await client.#ready.promise;
    return client;
  }

  async read(query: SeriesQuery): Promise<SeriesAnswer> {
    const recentFrom = this.#options.recentFrom();
    return expected(await this.#ask({ kind: "read", query, recentFrom }), "series").answer;
  }

  /** Drops local months that ended before. */
  async retain(before: EpochMs): Promise<void> {
    await this.#ask({ kind: "retain", before });
  }

  /** Resolved when the samples of all records up to the offset are in every store. */
  async caughtUp(offset: Offset): Promise<void> {
    await this.#ask({ kind: "caught_up", offset });
  }

  async stats(): Promise<SeriesStats> {
    this.#stats = expected(await this.#ask({ kind: "stats" }), "stats").stats;
    return this.#stats;
  }

  /** From now on the remote store is told about the service; nothing without one. */
  async tell(casesPath: string, facts: FleetFacts): Promise<void> {
    await this.#ask({ kind: "tell", casesPath, facts });
  }

  /** Time to sample the fleet; `points` were sampled elsewhere. */
  async sample(serviceTime: EpochMs, points: readonly ServicePoint[]): Promise<void> {
    await this.#ask({ kind: "sample", serviceTime, points });
  }

  async load(): Promise<ReplyOf<"load">> {
    return expected(await this.#ask({ kind: "load" }), "load");
  }

  /** What every store has, as far as was last heard; the journal keeps the rest. */
  get consumedKnown(): Offset {
    return this.#stats === undefined ? 0 : consumedOf(this.#stats);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#closing) {
      this.#closing = true;
      if (this.#ended === undefined) await this.#ask({ kind: "close" });
      // A request that the remote store does not answer would keep it alive.
      await this.#worker.terminate();
    }
    await this.#exited;
  }

  #ask(body: SeriesRequest): Promise<SeriesReply> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    this.#requests += 1;
    const answer = Promise.withResolvers<SeriesReply>();
    this.#pending.set(this.#requests, answer);
    this.#send({ kind: "ask", id: this.#requests, body });
    return answer.promise;
  }

  #send(message: ToSeries): void {
    this.#worker.postMessage(message);
  }

  #receive(message: FromSeries): void {
    switch (message.kind) {
      case "ready":
        this.#ready.resolve();
        return;
      case "reply":
        this.#take(message.id)?.resolve(message.reply);
        return;
      case "failed": {
        const { problem } = message;
        this.#take(message.id)?.reject(new SeriesUnavailableError(message.message, { problem }));
        return;
      }
      case "rejected":
        void this.#keep(message.id, message.rejected);
        return;
      case "state":
        this.#options.onState(message.consumer, message.failure);
        return;
      case "points_told":
        this.#options.onPointsTold?.(message.upTo);
        return;
      case "points_rejected":
        this.#options.onPointsRejected?.(message.rejected);
    }
  }

  #take(id: number): PromiseWithResolvers<SeriesReply> | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    return pending;
  }

  async #keep(id: number, rejected: readonly SeriesRejection[]): Promise<void> {
    let error = "";
    try {
      await this.#options.onRejected(rejected);
    } catch (cause) {
      error = `rows that the store rejects could not be put into quarantine: ${reasonOf(cause)}`;
    }
    this.#send({ kind: "kept", id, error });
  }

  #end(reason: string, cause?: unknown): void {
    if (this.#ended !== undefined) return;
    const error = new SeriesUnavailableError(`the series worker is gone: ${reason}`, { cause });
    this.#ended = error;
    for (const pending of this.#pending.values()) pending.reject(error);
    this.#pending.clear();
    this.#ready.promise.catch(() => undefined);
    this.#ready.reject(error);
    if (!this.#closing) this.#options.onFailure(error);
  }
}

/** Up to where every store has the samples. */
export const consumedOf = ({ local, remote }: SeriesStats): Offset =>
  Math.min(local.consumed, remote?.consumed ?? local.consumed);

/** A class of another answer is a bug of ours. */
function expected<K extends SeriesReply["kind"]>(reply: SeriesReply, kind: K): ReplyOf<K> {
  assert(isKind(reply, kind), `series worker answered ${reply.kind} instead of ${kind}`);
  return reply;
}

const isKind = <K extends SeriesReply["kind"]>(reply: SeriesReply, kind: K): reply is ReplyOf<K> =>
  reply.kind === kind;
