import type { EpochMs } from "#domain/units.ts";
import { ofLastDay } from "#pipeline/desk/budget.ts";
import { yieldTo } from "#pipeline/desk/creation.ts";
import { isClosed } from "#pipeline/desk/echo.ts";
import type { LaneEnd, LaneWork } from "#pipeline/desk/lane-work.ts";
import { dead, endOf, failed, LOST, settledUntil } from "#pipeline/desk/lane-work.ts";
import type { Plan } from "#pipeline/desk/plan.ts";
import type { Subject } from "#pipeline/desk/subject.ts";
import { contentHash } from "#pipeline/desk/telling.ts";
import type { Ticket, TicketChange } from "#ports/desk.ts";
import type { TicketMemo } from "#ports/desk-store.ts";
import type { Dossier } from "#ports/dossier.ts";

/** Answers of one ticket that said done and were not kept, before a person must look. */
const NOT_KEPT = 3;

interface Doing {
  readonly plan: Plan;
  readonly dossier: Dossier;
  readonly ticket: Ticket;
}

/** One update, read back and compared. Undefined = done; "conflict" = read, merge and try again. */
export async function writeTicket(
  work: LaneWork,
  subject: Subject,
  doing: Doing,
): Promise<LaneEnd | "again" | "conflict" | undefined> {
  const { plan, ticket } = doing;
  const before = work.memo.ticket;
  if (before === null) return settledUntil(null);
  // Before the request: whatever comes of it, the change will be known as ours.
  const note = {
    // Until it is proved, the ticket is looked at again before anything is assumed of it.
    ...(plan.status === null ? {} : { statusTried: plan.status, rechecked: -1 }),
    ...(plan.severity ? { severityTried: subject.severity } : {}),
    severity: plan.written.severity,
    severityWord: plan.written.word,
  };
  if (!work.keepTicket(note)) return LOST;
  const change = changeOf(subject, before, doing);
  const { line, capabilities, settings } = work.deps;
  const outcome = await line.call("update", (desk) =>
    desk.update(before.id, change, ticket.version),
  );
  if (outcome.kind === "done") {
    return capabilities.readBack
      ? compare(work, subject, doing, before)
      : remember(work, subject, { ...doing, ticket });
  }
  const nothingDone = outcome.kind === "refused" || outcome.kind === "later";
  const { rechecked } = before;
  if (nothingDone && !work.keepTicket({ statusTried: "", rechecked })) return LOST;
  if (outcome.kind !== "refused") return endOf(outcome);
  if (outcome.code === "conflict") return "conflict";
  if (outcome.code === "closed") return closedForGood(work, subject, { before, plan, ticket });
  if (outcome.code === "not_found") return failed(outcome.reason);
  return endOf(
    outcome.code === "invalid"
      ? {
          ...outcome,
          reason: `${settings.name} refuses to change ticket ${before.id}: ${outcome.reason}`,
        }
      : outcome,
  );
}

/** The write is proved: it counts against the changes of status of a day. */
const provenStatus = (
  { statusWrites, statusAt }: TicketMemo,
  status: "open" | "resolved",
  now: EpochMs,
): Partial<TicketMemo> => ({
  status,
  statusTried: "",
  statusWrites: statusWrites + 1,
  statusAt: [...ofLastDay(statusAt, now), now],
});

/** What became of a status whose answer was lost, now that the ticket was read. */
export function settleStatus(
  memo: TicketMemo,
  ticket: Pick<Ticket, "status">,
  now: EpochMs,
): Partial<TicketMemo> {
  const { statusTried: tried } = memo;
  if (tried === "") return {};
  const there = isClosed(ticket.status) === (tried === "resolved");
  return there ? provenStatus(memo, tried, now) : { statusTried: "" };
}

function changeOf(subject: Subject, memo: TicketMemo, { plan, dossier }: Doing): TicketChange {
  const fields = {
    revision: subject.revision,
    // "" = whatever stands there stays.
    severity: plan.severity ? subject.severity : "",
    link: dossier.link,
    evidence: dossier.evidence,
  };
  return {
    ...(plan.fields ? { fields } : {}),
    ...(plan.status === null ? {} : { status: plan.status }),
    ...(plan.reference ? { reference: memo.reference } : {}),
  };
}

/** Its time is over: a case that goes on gets another ticket that follows it. */
function closedForGood(
  work: LaneWork,
  subject: Subject,
  { before, plan, ticket }: { before: TicketMemo; plan: Plan; ticket: Ticket },
): LaneEnd | "again" {
  const { memo } = work;
  if (plan.status === "open" && subject.resolvedAt === null) {
    const earlier = [...memo.earlier, ticket.id];
    return work.keep({ ...memo, number: memo.number + 1, ticket: null, earlier }) ? "again" : LOST;
  }
  const { evidence, link, severity } = before;
  const kept = { evidence, link, severity, reopened: plan.reopened };
  return work.keepTicket(kept) ? settledUntil(null, "the ticket is closed for good") : LOST;
}

async function compare(
  work: LaneWork,
  subject: Subject,
  doing: Doing,
  before: TicketMemo,
): Promise<LaneEnd | undefined> {
  const { line, log, settings } = work.deps;
  const { plan } = doing;
  const { id } = doing.ticket;
  const read = await line.call("read", (desk) => desk.read(id));
  if (read.kind !== "done") return endOf(read);
  const { value: ticket } = read;
  const { reference = "" } = work.memo.ticket ?? {};
  if (plan.reference && ticket.reference !== reference) {
    // Another bridge may have made a ticket while ours had no reference.
    const found = await line.call("find", (desk) => desk.find(reference, []));
    if (found.kind !== "done") return endOf(found);
    const holder = found.value.find((one) => one.id !== ticket.id);
    if (holder !== undefined) {
      const stuck = await yieldTo(work, subject, { ours: ticket, winner: holder });
      return stuck ?? settledUntil(work.now, "another ticket has its reference");
    }
  }
  const wrong = notKept(subject, plan, ticket, reference);
  if (wrong === "") return remember(work, subject, { ...doing, ticket });
  const tries = work.memo.notKept + 1;
  const kept = { ...(work.memo.ticket ?? before), statusTried: "" as const };
  if (!work.keep({ ...work.memo, ticket: kept, notKept: tries })) return LOST;
  const reason = `${settings.name} answered that ticket ${id} was changed, but ${wrong}`;
  log.warn({ caseId: subject.id, desk: settings.name, ticket: id, reason }, "a desk kept less");
  return tries < NOT_KEPT
    ? failed(reason)
    : dead(`${reason}: look at its fields, workflow and rights, then try again`);
}

/** Fields that a desk does not have come back empty; that is said by the check, not here. */
function notKept(subject: Subject, plan: Plan, ticket: Ticket, reference: string): string {
  if (plan.status !== null && isClosed(ticket.status) !== (plan.status === "resolved")) {
    return `its status is ${ticket.raw}`;
  }
  if (plan.reference && ticket.reference !== reference) return "its reference is still missing";
  const older = ticket.revision !== 0 && ticket.revision < subject.revision;
  return plan.fields && older ? `its revision is ${ticket.revision}` : "";
}

function remember(
  work: LaneWork,
  subject: Subject,
  { plan, dossier, ticket }: Doing,
): LaneEnd | undefined {
  const { settings } = work.deps;
  const memo = work.memo.ticket;
  if (memo === null) return LOST;
  const word = plan.severity ? ticket.severity : memo.severityWord;
  const expected = settings.severities[subject.severity];
  const other = plan.severity && expected !== undefined && word !== "" && word !== expected;
  const written: Partial<TicketMemo> = plan.fields
    ? {
        revision: subject.revision,
        link: dossier.link,
        evidence: contentHash(dossier.evidence),
        evidenceAt: work.now,
        severity: plan.severity ? subject.severity : memo.severity,
        severityTried: "",
        severityWord: word,
        severityTheirs: plan.severityTheirs || other,
      }
    : {};
  const status = plan.status === null ? {} : provenStatus(memo, plan.status, work.now);
  const ticketMemo = { ...memo, ...written, ...status, reopened: plan.reopened };
  const proven = plan.status !== null || plan.reference;
  const notKept = proven ? 0 : work.memo.notKept;
  return work.keep({ ...work.memo, ticket: ticketMemo, notKept }) ? undefined : LOST;
}
