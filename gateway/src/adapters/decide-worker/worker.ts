import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { Decider } from "#pipeline/decide.ts";
import type { Cut } from "../cases-sqlite/retention.ts";
import { SqliteCaseStore } from "../cases-sqlite/sqlite-case-store.ts";
import { SqliteJournalReader } from "../journal-sqlite/sqlite-journal-reader.ts";
import { LoopWatch } from "../metrics/loop-watch.ts";
import { mayPass, reasonOf } from "../sqlite/database.ts";
import { SqliteState } from "../state-sqlite/sqlite-state.ts";
import { SystemClock } from "../system-clock/system-clock.ts";
import type { Committed, DecideWorkerData, FromDecide, ToDecide } from "./messages.ts";

/** Pages and snapshots that traffic does not bring along. */
const IDLE_EVERY_MS = 1_000;
/** Records per batch: long enough to share a commit, short enough to answer in between. */
const BATCH = 2_000;
/** How soon a full disk is tried again. */
const RETRY_MS = 1_000;

const { dataDir, build, commits, snapshotEveryMs, points } = workerData as DecideWorkerData;
const main = parentPort;
if (main === null) throw new Error("decide-worker is started by the gateway, as a worker thread");

const post = (message: FromDecide): void => main.postMessage(message);
const clock = new SystemClock();
const journal = new SqliteJournalReader(join(dataDir, "journal"));
const cases = new SqliteCaseStore({ path: join(dataDir, "cases.db") });
if (!points) cases.forgetPoints();
const state = new SqliteState(join(dataDir, "state.db"));
const decider = new Decider({
  read: (from, limit) => journal.readSync(from, limit),
  cases,
  state,
  now: () => clock.now(),
  build,
  snapshotEveryMs,
  points,
});

let newest = 0;
let busy = false;
let closing = false;
let stalled = false;
/** What is old and may go; undefined = nothing that is known of. */
let cut: Cut | undefined;
/** From the first question on. */
let loopWatch: LoopWatch | undefined;
const marks: Extract<ToDecide, { kind: "mark" }>[] = [];

/** Works through what is committed, a batch per turn, so that requests are answered in between. */
function work(): void {
  if (busy || closing) return;
  busy = true;
  setImmediate(turn);
}

/** False while the disk takes nothing; whatever else is wrong ends the thread. */
function stores(write: () => void): boolean {
  try {
    write();
  } catch (error) {
    if (!mayPass(error)) throw error;
    if (!stalled) post({ kind: "stalled", reason: reasonOf(error) });
    stalled = true;
    return false;
  }
  if (stalled) post({ kind: "stalled", reason: undefined });
  stalled = false;
  return true;
}

function turn(): void {
  if (closing) return;
  const done = stores(() => {
    writeMarks();
    dropSome();
    const report = decider.step(BATCH);
    post({ kind: "report", report });
    busy = !report.caughtUp || report.applied < newest;
  });
  if (!done) setTimeout(turn, RETRY_MS);
  else if (busy) setImmediate(turn);
}

/** Between two batches, so that no decision waits for long. */
function dropSome(): void {
  if (cut !== undefined && !cases.drop(cut)) cut = undefined;
}

function writeMarks(): void {
  for (let first = marks[0]; first !== undefined; first = marks[0]) {
    cases.markOutbox(first.id, first.mark);
    marks.shift();
  }
}

const idle = setInterval(() => {
  if (busy || closing) return;
  stores(() => {
    writeMarks();
    dropSome();
    const report = decider.idle();
    if (report !== undefined) post({ kind: "report", report });
  });
}, IDLE_EVERY_MS);

function close(): void {
  closing = true;
  clearInterval(idle);
  loopWatch?.[Symbol.dispose]();
  // On a full disk the next start decides again from the last snapshot.
  stores(() => {
    writeMarks();
    decider.snapshot();
  });
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
      marks.push(message);
      if (!stalled) stores(writeMarks);
      return;
    case "due":
      post({ kind: "due", request: message.request, items: cases.dueOutbox(message.limit) });
      return;
    case "load":
      loopWatch ??= new LoopWatch();
      post({ kind: "load", request: message.request, load: loopWatch.take() });
      return;
    case "points_told":
      cases.pointsTold(message.upTo);
      return;
    case "drop":
      cut = message.cut;
      return;
    case "close":
      close();
      return;
  }
});

post({ kind: "ready", applied: decider.applied });
work();
