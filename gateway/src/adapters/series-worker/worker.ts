import { randomInt } from "node:crypto";
import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import type { SeriesRejection } from "#ports/series-store.ts";
import { SeriesUnavailableError } from "#ports/series-store.ts";
import { createRemoteStore } from "../influx/create-remote-store.ts";
import { SqliteJournalReader } from "../journal-sqlite/sqlite-journal-reader.ts";
import { LoopWatch } from "../metrics/loop-watch.ts";
import { ConsumedFile } from "../series-sqlite/consumed-file.ts";
import { SqliteSeries } from "../series-sqlite/sqlite-series.ts";
import { reasonOf } from "../sqlite/database.ts";
import { SystemClock } from "../system-clock/system-clock.ts";
import { ConsumerLoop } from "./consumer-loop.ts";
import { JournalLook } from "./journal-span.ts";
import { readLayered } from "./layered-series.ts";
import type {
  ConsumerName,
  FromSeries,
  SeriesReply,
  SeriesRequest,
  SeriesWorkerData,
  ToSeries,
} from "./messages.ts";
import { SeriesConsumer } from "./series-consumer.ts";
import { ServiceTelling } from "./service-telling.ts";

/** What is not stored by then at a stop comes from the journal at the next start. */
const LAST_PAGES_MS = 2_000;

/** Entry of the thread that stores samples: here, and in a remote store if there is one. */
const { journalFolder, seriesFolder, store, commits } = workerData as SeriesWorkerData;
const main = parentPort;
if (main === null) throw new Error("series-worker is started by the gateway, as a worker thread");

const post = (message: FromSeries): void => main.postMessage(message);
const clock = new SystemClock();
const stack = new AsyncDisposableStack();
const kept = new Map<number, PromiseWithResolvers<void>>();
let rejections = 0;
const random = () => randomInt(1_000) / 1_000;

function keepRejected(rejected: readonly SeriesRejection[]): Promise<void> {
  rejections += 1;
  const answer = Promise.withResolvers<void>();
  kept.set(rejections, answer);
  post({ kind: "rejected", id: rejections, rejected });
  return answer.promise;
}

/** Each with a journal reader of its own: they are at different places. */
function consumerOf(name: ConsumerName, file: string, to: SqliteSeries | typeof remote) {
  const journal = stack.use(new SqliteJournalReader(journalFolder));
  const consumed = stack.use(new ConsumedFile(join(seriesFolder, file)));
  if (to === undefined) throw new Error(`${name} has no store`);
  const consumer = new SeriesConsumer({
    read: (from, limit) => journal.readSync(from, limit),
    store: to,
    file: consumed,
    keepRejected,
  });
  return new ConsumerLoop({
    consumer,
    clock,
    ...(to instanceof SqliteSeries ? { upkeep: (ms: number) => to.upkeepSync(ms) } : {}),
    onState: (failure) => post({ kind: "state", consumer: name, failure }),
    random,
  });
}

const local = stack.use(new SqliteSeries(seriesFolder));
const remote = store.kind === "embedded" ? undefined : stack.use(createRemoteStore(store));
const localLoop = consumerOf("local", "meta.db", local);
const remoteLoop =
  remote === undefined ? undefined : consumerOf("remote", `${store.kind}.db`, remote);
const loops = remoteLoop === undefined ? [localLoop] : [localLoop, remoteLoop];

let telling: ServiceTelling | undefined;
let loopWatch: LoopWatch | undefined;
let journalLook: JournalLook | undefined;

function tell({ casesPath, facts }: Extract<SeriesRequest, { kind: "tell" }>): void {
  if (remote === undefined || telling !== undefined) return;
  telling = new ServiceTelling({
    store: remote,
    storeName: store.kind,
    seriesFolder,
    casesPath,
    facts,
    clock,
    random,
    onTold: (upTo) => post({ kind: "points_told", upTo }),
    onRejected: (rejected) => post({ kind: "points_rejected", rejected }),
  });
}

/** Watched from the first question on: nobody asks where nobody is told. */
function load(): SeriesReply {
  loopWatch ??= stack.use(new LoopWatch());
  if (journalLook === undefined) {
    const journal = stack.use(new SqliteJournalReader(journalFolder));
    journalLook = new JournalLook(journalFolder, (from, limit) => journal.readSync(from, limit));
  }
  return { kind: "load", load: loopWatch.take(), journal: journalLook.span() };
}

async function answer(request: SeriesRequest): Promise<SeriesReply> {
  switch (request.kind) {
    case "read":
      return { kind: "series", answer: await readLayered(local, remote, request) };
    case "retain":
      local.retainSync(request.before);
      return { kind: "done" };
    case "caught_up":
      await Promise.all(loops.map((loop) => loop.caughtUp(request.offset)));
      return { kind: "done" };
    case "stats": {
      const stats = {
        local: localLoop.consumer.stats,
        remote: remoteLoop?.consumer.stats ?? null,
        points: telling?.stats ?? null,
      };
      return { kind: "stats", stats };
    }
    case "tell":
      tell(request);
      return { kind: "done" };
    case "sample":
      telling?.sample(request.serviceTime, request.points);
      return { kind: "done" };
    case "load":
      return load();
    case "close":
      await Promise.all([
        ...loops.map((loop) => loop.close(LAST_PAGES_MS)),
        telling?.[Symbol.asyncDispose](),
      ]);
      await stack.disposeAsync();
      return { kind: "done" };
  }
}

async function ask(id: number, body: SeriesRequest): Promise<void> {
  try {
    post({ kind: "reply", id, reply: await answer(body) });
  } catch (error) {
    const problem = error instanceof SeriesUnavailableError ? error.problem : "unreachable";
    post({ kind: "failed", id, problem, message: reasonOf(error) });
  }
  if (body.kind !== "close") return;
  commits.close();
  main?.close();
}

commits.on("message", ({ newest }: { readonly newest: number }) => {
  for (const loop of loops) loop.committed(newest);
});

main.on("message", (message: ToSeries) => {
  if (message.kind === "ask") {
    void ask(message.id, message.body);
    return;
  }
  const answered = kept.get(message.id);
  kept.delete(message.id);
  if (message.error === "") answered?.resolve();
  else answered?.reject(new SeriesUnavailableError(message.error));
});

for (const loop of loops) loop.start();
post({ kind: "ready" });
