import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { SqliteCaseStore } from "../cases-sqlite/sqlite-case-store.ts";
import { SqliteJournalReader } from "../journal-sqlite/sqlite-journal-reader.ts";
import { SqliteState } from "../state-sqlite/sqlite-state.ts";
import { SystemClock } from "../system-clock/system-clock.ts";
import { Decider } from "#pipeline/decide.ts";
import type { Committed, DecideWorkerData, FromDecide, ToDecide } from "./messages.ts";

/** Pages and snapshots that traffic does not bring along. */
const IDLE_EVERY_MS = 1_000;
/** Records per batch: long enough to share a commit, short enough to answer in between. */
const BATCH = 2_000;

const { dataDir, build, commits } = workerData as DecideWorkerData;
const main = parentPort;
if (main === null) throw new Error("decide-worker is started by the gateway, as a worker thread");

const post = (message: FromDecide): void => main.postMessage(message);
const clock = new SystemClock();
const journal = new SqliteJournalReader(join(dataDir, "journal"));
const cases = new SqliteCaseStore({ path: join(dataDir, "cases.db") });
const state = new SqliteState(join(dataDir, "state.db"));
const decider = new Decider({
  read: (from, limit) => journal.readSync(from, limit),
  cases,
  state,
  now: () => clock.now(),
  build,
});

let newest = 0;
let busy = false;
let closing = false;

/** Works through what is committed, a batch per turn, so that requests are answered in between. */
function work(): void {
  if (busy || closing) return;
  busy = true;
  setImmediate(turn);
}

function turn(): void {
  busy = false;
  if (closing) return;
  const report = decider.step(BATCH);
  post({ kind: "report", report });
  if (!report.caughtUp || report.applied < newest) work();
}

const idle = setInterval(() => {
  if (busy || closing) return;
  const report = decider.idle();
  if (report !== undefined) post({ kind: "report", report });
}, IDLE_EVERY_MS);

function close(): void {
  closing = true;
  clearInterval(idle);
  decider.snapshot();
  for (const resource of [cases, state, journal]) resource[Symbol.dispose]();
  commits.close();
  post({ kind: "closed" });
}

commits.on("message", (message: Committed) => {
  newest = message.newest;
  if (newest > decider.applied) work();
});

main.on("message", (message: ToDecide) => {
  switch (message.kind) {
    case "mark":
      cases.markOutbox(message.id, message.mark);
      return;
    case "due":
      post({ kind: "due", request: message.request, items: cases.dueOutbox(message.limit) });
      return;
    case "close":
      close();
      return;
  }
});

post({ kind: "ready", applied: decider.applied });
work();
