import type { DurationMs } from "#domain/units.ts";
import { MINUTE_MS } from "#domain/units.ts";
import { adopt, announce, dossierOf, foreignTo, tellJournal } from "#pipeline/desk/adoption.ts";
import { spend } from "#pipeline/desk/budget.ts";
import type { LaneEnd, LaneWork } from "#pipeline/desk/lane-work.ts";
import { endOf, failed, LOST, settledUntil } from "#pipeline/desk/lane-work.ts";
import type { Plan, Situation } from "#pipeline/desk/plan.ts";
import { isIdle, planOf } from "#pipeline/desk/plan.ts";
import type { Subject } from "#pipeline/desk/subject.ts";
import { asDocument, contentHash } from "#pipeline/desk/telling.ts";
import { settleStatus, writeTicket } from "#pipeline/desk/write.ts";
import type { Ticket } from "#ports/desk.ts";
import type { TicketMemo } from "#ports/desk-store.ts";
import type { Dossier } from "#ports/dossier.ts";

/** Conflicts in a row before the lane gives others their turn. */
const ROUNDS = 5;
/** A search that does not show the ticket itself proves nothing: it is asked again after this. */
const VERIFY_AGAIN_MS: DurationMs = 10 * MINUTE_MS;
/** Ids of own comments that are remembered. */
const SAID_KEPT = 20;

/** Brings the lane's ticket to what the subject asks for. `again` = the lane needs another ticket now. */
export async function syncTicket(work: LaneWork, subject: Subject): Promise<LaneEnd | "again"> {
  let current: Subject | undefined = subject;
  for (let round = 0; round < ROUNDS && current !== undefined; round++) {
    const step = await syncOnce(work, current);
    if (step !== "conflict") return step;
    work.refresh();
    current = await work.subject();
  }
  return current === undefined ? settledUntil(null) : failed("the ticket changes all the time");
}

type Step = LaneEnd | "again" | "conflict";

async function syncOnce(work: LaneWork, subject: Subject): Promise<Step> {
  const told = await announce(work, subject);
  if (told !== undefined) return told;
  const { ticket: memo } = work.memo;
  if (memo === null) return "again";
  const dossier = await dossierOf(work, subject);
  if (dossier === undefined) return settledUntil(null);
  const assumedTicket = assumed(work, memo);
  const expected = planOf(situationOf(work, subject, { memo, dossier, ticket: assumedTicket }));
  if (isIdle(expected) && !mustRead(work, memo)) return finish(work, expected);
  if (!work.deps.capabilities.readBack) {
    return carryOut(work, subject, { plan: expected, dossier, ticket: assumedTicket });
  }
  const read = await readTicket(work, subject, memo);
  if (read.kind === "end") return read.end;
  const again = await verified(work, subject, read.ticket);
  if (again !== undefined) return again;
  return merge(work, subject, { memo: work.memo.ticket ?? memo, dossier, ticket: read.ticket });
}

/**
 * What agents did must be decided before the bridge decides about the same field. Their changes are read
 * after the ticket was: what comes later than both is a conflict when it is written.
 */
async function merge(
  work: LaneWork,
  subject: Subject,
  given: { readonly memo: TicketMemo; readonly dossier: Dossier; readonly ticket: Ticket },
): Promise<Step> {
  const { ticket, memo } = given;
  const plan = planOf(situationOf(work, subject, given));
  if (plan.status === null || !work.deps.capabilities.changes) {
    return carryOut(work, subject, { plan, dossier: given.dossier, ticket });
  }
  if (!(await work.deps.catchUp())) return failed("the desk's changes cannot be read now");
  work.refresh();
  const current = await work.subject();
  const dossier = current && (await dossierOf(work, current));
  if (current === undefined || dossier === undefined) return settledUntil(null);
  const sure = planOf(situationOf(work, current, { memo, dossier, ticket }));
  return carryOut(work, current, { plan: sure, dossier, ticket });
}

function mustRead({ lane, now }: LaneWork, memo: TicketMemo): boolean {
  const { rechecks, status, ownStatusSeen } = lane.agents;
  // Our newest status is not among the changes that were read yet: which one came last is not known.
  const unsure = memo.statusWrites > ownStatusSeen && status !== "" && status !== memo.status;
  return unsure || rechecks > memo.rechecked || (memo.verifyAt > 0 && now >= memo.verifyAt);
}

const situationOf = (
  { lane, deps, now }: LaneWork,
  subject: Subject,
  about: { readonly memo: TicketMemo; readonly dossier: Dossier; readonly ticket: Ticket },
): Situation => ({
  subject,
  news: lane.news,
  agents: lane.agents,
  memo: about.memo,
  ticket: about.ticket,
  evidence: contentHash(about.dossier.evidence),
  link: about.dossier.link,
  now,
  settings: deps.settings,
});

/** The ticket as it must look by what was written and seen: tells whether reading it is worth a request. */
const assumed = ({ lane }: LaneWork, memo: TicketMemo): Ticket => ({
  id: memo.id,
  url: memo.url,
  reference: memo.reference,
  revision: memo.revision,
  subject: "",
  status: lane.agents.status || memo.status || "new",
  raw: "",
  owner: "",
  queue: "",
  severity: memo.severityWord,
  verdict: null,
  version: "",
  evidenceHash: "",
});

type Read =
  | { readonly kind: "ticket"; readonly ticket: Ticket }
  | { readonly kind: "end"; readonly end: LaneEnd };

/** Follows a merge; a ticket that is gone is not made again. */
async function readTicket(work: LaneWork, subject: Subject, memo: TicketMemo): Promise<Read> {
  const { line, log, settings } = work.deps;
  const { mergedInto } = work.lane.agents;
  const moved = mergedInto !== "" && mergedInto !== memo.id && !memo.shared ? mergedInto : memo.id;
  const end = (is: LaneEnd): Read => ({ kind: "end", end: is });
  const read = await line.call("read", (desk) => desk.read(moved));
  if (read.kind === "refused" && read.code === "not_found") {
    if (!memo.lost) {
      const detail = `${settings.name} does not know ticket ${memo.id} any more; no other one is made for it.`;
      log.warn({ caseId: subject.id, desk: settings.name, ticket: memo.id }, "a ticket is gone");
      const said = await tellJournal(work, subject, { ticket: memo, change: "lost", detail });
      if (said !== undefined) return end(said);
    }
    if (!work.keepTicket({ lost: true, rechecked: work.lane.agents.rechecks })) return end(LOST);
    return end(settledUntil(null, `${settings.name} does not know the ticket any more`));
  }
  if (read.kind !== "done") return end(endOf(read));
  const ticket = read.value;
  const patch = { lost: false, ...settleStatus(memo, ticket, work.now) };
  if (ticket.id === memo.id) {
    return work.keepTicket(patch) ? { kind: "ticket", ticket } : end(LOST);
  }
  const { id, url } = ticket;
  const detail = `Ticket ${memo.id} in ${settings.name} was merged into ticket ${id}.`;
  const said = await tellJournal(work, subject, { ticket, change: "merged", detail });
  if (said !== undefined) return end(said);
  const shared = foreignTo(subject, ticket);
  return work.keepTicket({ ...patch, id, url, shared }) ? { kind: "ticket", ticket } : end(LOST);
}

/** Once a search that lags must have caught up, a second ticket of the reference would be seen. */
async function verified(
  work: LaneWork,
  subject: Subject,
  ticket: Ticket,
): Promise<LaneEnd | undefined> {
  const { line, log, metrics, settings } = work.deps;
  const memo = work.memo.ticket;
  if (memo === null || memo.verifyAt === 0 || work.now < memo.verifyAt) return undefined;
  const later = { verifyAt: work.now + VERIFY_AGAIN_MS };
  if (ticket.reference !== memo.reference) return work.keepTicket(later) ? undefined : LOST;
  const found = await line.call("find", (desk) => desk.find(memo.reference, [memo.id]));
  if (found.kind === "unknown") return work.keepTicket(later) ? undefined : LOST;
  if (found.kind !== "done") return endOf(found);
  const winner = found.value.find(({ status }) => status !== "rejected");
  if (winner === undefined || winner.id === ticket.id) {
    return work.keepTicket({ verifyAt: 0 }) ? undefined : LOST;
  }
  if (ticket.owner !== "" || ticket.status !== "new") {
    log.error(
      { caseId: subject.id, desk: settings.name, ticket: ticket.id, other: winner.id },
      "two tickets have one reference and agents work on the newer one: both stay",
    );
    return work.keepTicket({ verifyAt: 0 }) ? undefined : LOST;
  }
  const reason = `Made twice by accident: ticket ${winner.id} stands for ${subject.id}.`;
  const away = await line.call("reject", (desk) => desk.reject(ticket.id, reason));
  if (away.kind !== "done") return endOf(away);
  metrics.count("desk_orphans_rejected_total", { desk: settings.name });
  return (await adopt(work, subject, { ticket: winner, made: false })) ?? failed("made twice");
}

interface Doing {
  readonly plan: Plan;
  readonly dossier: Dossier;
  readonly ticket: Ticket;
}

async function carryOut(work: LaneWork, subject: Subject, doing: Doing): Promise<Step> {
  const { plan, ticket } = doing;
  if (plan.followUp) {
    const { memo } = work;
    const earlier = [...memo.earlier, ticket.id];
    const next = { ...memo, number: memo.number + 1, ticket: null, earlier };
    return work.keep(next) ? "again" : LOST;
  }
  if (plan.fields || plan.reference || plan.status !== null) {
    const written = await writeTicket(work, subject, doing);
    if (written !== undefined) return written;
  }
  const commented = await say(work, plan);
  return commented ?? finish(work, plan);
}

/** Everything is as it should be; what was decided without a word is remembered too. */
function finish(work: LaneWork, plan: Plan): LaneEnd {
  const memo = work.memo.ticket;
  if (memo === null) return settledUntil(null);
  const untold = work.lane.news.changes > plan.told.changes;
  const untoldSince = untold ? memo.untoldSince || work.now : 0;
  const { told, reopened, severityTheirs } = plan;
  const { rechecks: rechecked } = work.lane.agents;
  const patch = { told, reopened, severityTheirs, untoldSince, rechecked };
  work.noteTicket(patch);
  const verify = memo.verifyAt > 0 ? Math.max(memo.verifyAt, work.now) : null;
  const at = plan.at === null || (verify !== null && verify < plan.at) ? verify : plan.at;
  return settledUntil(at, plan.why);
}

/** Counted before it is sent: a comment whose fate is unknown is not said twice. */
async function say(work: LaneWork, plan: Plan): Promise<LaneEnd | undefined> {
  const memo = work.memo.ticket;
  if (plan.comment === "" || memo === null) return undefined;
  const { line, metrics, log, settings } = work.deps;
  const hash = contentHash(plan.comment);
  const patch = { comments: spend(memo.comments, hash, work.now), told: plan.told, untoldSince: 0 };
  if (!work.keepTicket(patch)) return LOST;
  const sent = await line.call("comment", (desk) =>
    desk.comment(memo.id, asDocument(plan.comment)),
  );
  metrics.count("desk_comments_total", { desk: settings.name, outcome: sent.kind });
  switch (sent.kind) {
    case "done": {
      const said = [...memo.said, sent.value.change].filter((id) => id !== "").slice(-SAID_KEPT);
      return work.keepTicket({ said }) ? undefined : LOST;
    }
    case "later": {
      const { comments, told, untoldSince } = memo;
      return work.keepTicket({ comments, told, untoldSince }) ? endOf(sent) : LOST;
    }
    case "unknown":
      return undefined;
    case "refused":
      log.warn(
        { ticket: memo.id, desk: settings.name, reason: sent.reason },
        "a desk refused a comment",
      );
      return undefined;
  }
}
