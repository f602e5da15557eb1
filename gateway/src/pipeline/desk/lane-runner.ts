import { backOffMs } from "#pipeline/desk/back-off.ts";
import { ensureTicket } from "#pipeline/desk/creation.ts";
import type { LaneDeps, LaneEnd } from "#pipeline/desk/lane-work.ts";
import { endOf, failed, LaneWork, LOST, settledUntil } from "#pipeline/desk/lane-work.ts";
import type { Subject } from "#pipeline/desk/subject.ts";
import { syncTicket } from "#pipeline/desk/sync.ts";
import type { Lane, LaneResult } from "#ports/desk-store.ts";

/** Cases of a problem that are woken with one call. */
const CHILDREN_PAGE = 500;

/** A lane that fails so often while its desk works needs a person; about an hour and a half. */
const MOST_TRIES = 25;

/** Works on one leased lane until its ticket is as it should be, or says why it is not. Never throws. */
export async function runLane(deps: LaneDeps, lane: Lane, random: () => number): Promise<void> {
  const work = new LaneWork(deps, lane);
  const end = await workedOn(work).catch((error: unknown): LaneEnd => {
    return failed(`the bridge failed on it: ${String(error)}`);
  });
  if (end.kind === "lost") return;
  const result = resultOf(end, work, random);
  const { log, metrics, settings, store, worker } = deps;
  const about = { caseId: lane.subject, desk: settings.name, reason: result.reason };
  if (result.state === "dead") {
    metrics.count("desk_dead_letters_total", { desk: settings.name });
    log.error(about, "a case cannot be brought into a desk: a person must look");
  } else if (result.attempts > 0) log.debug(about, "a lane of a desk is tried again");
  const { now } = work;
  store.settle(lane, { worker, now, until: now }, result);
}

function resultOf(
  end: Exclude<LaneEnd, { kind: "lost" }>,
  { lane, memo, now, deps }: LaneWork,
  random: () => number,
): LaneResult {
  // What was worked upon is what the newest look at the lane showed.
  const base = { memo, worked: lane.wanted, reason: end.reason, attempts: 0, dueAt: now };
  if (end.kind === "settled") {
    return end.at === null
      ? { ...base, state: "idle" }
      : { ...base, state: "later", dueAt: end.at };
  }
  if (end.kind === "dead") return { ...base, state: "dead", attempts: lane.attempts + 1 };
  const { reason, retryAfterMs } = end;
  // A desk that asks to wait did not fail.
  const attempts = lane.attempts + (retryAfterMs === undefined ? 1 : 0);
  if (attempts >= MOST_TRIES && !deps.line.isDown) {
    const last = `tried ${attempts} times in vain, the last time: ${reason}`;
    return { ...base, state: "dead", attempts, reason: last };
  }
  const dueAt = now + backOffMs(Math.max(0, attempts - 1), retryAfterMs, random);
  return { ...base, state: "owed", attempts, dueAt };
}

async function workedOn(work: LaneWork): Promise<LaneEnd> {
  const subject = await work.subject();
  if (subject === undefined) return settledUntil(null);
  const regrouped = followProblem(work, subject);
  if (regrouped !== undefined) return regrouped;
  if (work.memo.ticket === null) {
    const { attempt } = work.memo;
    const wanted = attempt !== null || subject.needsPerson || isKnown(work, subject);
    if (!wanted) return settledUntil(null);
    const stuck = await ensureTicket(work, subject);
    if (stuck !== undefined) return stuck;
    wakeChildren(work, subject);
  }
  const end = await syncTicket(work, subject);
  if (end === "again") return workedOn(work);
  if (end.kind !== "settled") return end;
  return (await linkToProblem(work, subject)) ?? end;
}

/** Made before this file was: it is brought up to date, also when the case is over. */
const isKnown = ({ memo }: LaneWork, subject: Subject): boolean =>
  subject.known.some((id) => !memo.earlier.includes(id));

/** The problem's own ticket shows its cases: it is looked at when one comes or goes. */
function followProblem(work: LaneWork, subject: Subject): LaneEnd | undefined {
  const { memo, deps, now } = work;
  if (subject.kind !== "case" || memo.problem === subject.problem) return undefined;
  const { store, settings } = deps;
  const keys = [memo.problem, subject.problem]
    .filter((id) => id !== "")
    .map((id) => ({ desk: settings.name, subject: id }));
  store.wake(keys, now);
  return work.keep({ ...memo, problem: subject.problem }) ? undefined : LOST;
}

/** Tickets that cases had before are linked to the problem's new one. */
function wakeChildren(work: LaneWork, { children }: Subject): void {
  const { store, settings } = work.deps;
  for (let i = 0; i < children.length; i += CHILDREN_PAGE) {
    const page = children.slice(i, i + CHILDREN_PAGE);
    store.wake(
      page.map((subject) => ({ desk: settings.name, subject })),
      work.now,
    );
  }
}

/** Undefined = there is nothing to link, or it is linked. */
async function linkToProblem(work: LaneWork, subject: Subject): Promise<LaneEnd | undefined> {
  const { line, capabilities, store, settings } = work.deps;
  const { ticket } = work.memo;
  if (!capabilities.links || ticket === null || subject.problem === "") return undefined;
  const parent = store.lane({ desk: settings.name, subject: subject.problem })?.memo.ticket;
  if (!parent || parent.id === ticket.linkedTo || parent.id === ticket.id) return undefined;
  const linked = await line.call("link", (desk) => desk.link(ticket.id, parent.id));
  if (linked.kind !== "done") return endOf(linked);
  return work.keepTicket({ linkedTo: parent.id }) ? undefined : LOST;
}
