import type { DurationMs } from "#domain/units.ts";
import { SECOND_MS } from "#domain/units.ts";
import { adopt } from "#pipeline/desk/adoption.ts";
import type { LaneEnd, LaneWork } from "#pipeline/desk/lane-work.ts";
import { dead, endOf, failed, LOST, settledUntil } from "#pipeline/desk/lane-work.ts";
import type { Subject } from "#pipeline/desk/subject.ts";
import { referenceOf } from "#pipeline/desk/subject.ts";
import { contentHash } from "#pipeline/desk/telling.ts";
import type { NewTicket, Ticket } from "#ports/desk.ts";
import { queueFor } from "#ports/desk-settings.ts";
import type { CreateAttempt } from "#ports/desk-store.ts";

/** Between the writing of a note and the desk's commit lies a request with its longest answer. */
const SLOWEST_MS: DurationMs = 20 * SECOND_MS;
/** A search that lags is asked again at most this often. */
const LOOK_EVERY_MS: DurationMs = 5 * SECOND_MS;

/**
 * Sees to it that the lane has its one ticket: looks first, writes down that it is about to create,
 * creates, reads back. Whoever finds such a note looks again before anything else. Undefined = there
 * is a ticket now.
 */
export async function ensureTicket(work: LaneWork, subject: Subject): Promise<LaneEnd | undefined> {
  const { attempt } = work.memo;
  if (attempt?.ticket) return provenTicket(work, subject, attempt);
  const reference = attempt?.reference ?? referenceOf(subject.id, work.memo.number);
  const looked = await look(work, subject, reference);
  if (looked !== "none") return looked;
  if (attempt !== null) {
    const { searchLagMs } = work.deps.capabilities;
    const seen = attempt.at + searchLagMs + (searchLagMs > 0 ? SLOWEST_MS : 0);
    const left = seen - work.now;
    if (left > 0) {
      const reason = "it is not known whether a ticket was made, and the desk's search lags";
      return settledUntil(work.now + Math.min(left, LOOK_EVERY_MS), reason);
    }
    if (!subject.needsPerson) {
      // Nothing was made, and nothing is needed any more.
      return work.keep({ ...work.memo, attempt: null }) ? settledUntil(null) : LOST;
    }
  }
  return create(work, subject, reference);
}

/** By the ids that the journal knows, else by the reference. "none" = it may be made. */
async function look(
  work: LaneWork,
  subject: Subject,
  reference: string,
): Promise<LaneEnd | undefined | "none"> {
  const { line, capabilities } = work.deps;
  if (!capabilities.readBack) return "none";
  const known = subject.known.filter((id) => !work.memo.earlier.includes(id));
  const newest = known.at(-1);
  // With a create in doubt there may be one more than is known.
  if (newest !== undefined && work.memo.attempt === null) return lookKnown(work, subject, newest);
  const found = await line.call("find", (desk) => desk.find(reference, []));
  if (found.kind !== "done") return endOf(found);
  const holder = chosen(found.value);
  if (holder === undefined) {
    return newest === undefined ? "none" : lookKnown(work, subject, newest);
  }
  const stuck = await putAwayOurs(work, subject, { winner: holder, holders: found.value });
  return stuck ?? adopt(work, subject, { ticket: holder, made: false });
}

/**
 * A create of ours whose answer was lost may have made one of several: what nobody has begun with goes
 * out of the way. Undefined = done.
 */
async function putAwayOurs(
  work: LaneWork,
  subject: Subject,
  { winner, holders }: { readonly winner: Ticket; readonly holders: readonly Ticket[] },
): Promise<LaneEnd | undefined> {
  const { line, metrics, settings } = work.deps;
  const { tries = 0 } = work.memo.attempt ?? {};
  const others = holders.filter((one) => one.id !== winner.id && !isBegun(one));
  for (const { id } of others.slice(0, tries)) {
    const away = await line.call("reject", (desk) => desk.reject(id, madeTwice(winner, subject)));
    if (away.kind !== "done") return endOf(away);
    metrics.count("desk_orphans_rejected_total", { desk: settings.name });
  }
  return undefined;
}

const isBegun = ({ owner, status }: Ticket): boolean => owner !== "" || status !== "new";

const madeTwice = (winner: Ticket, { id }: Subject): string =>
  `Made twice by accident: ticket ${winner.id} stands for ${id}.`;

/** The oldest that lives; a ticket that agents rejected still is the one. */
const chosen = (holders: readonly Ticket[]): Ticket | undefined =>
  holders.find((ticket) => ticket.status !== "rejected") ?? holders[0];

/** The journal knows a ticket: one that cannot be found is an alarm, no licence to make another. */
async function lookKnown(
  work: LaneWork,
  subject: Subject,
  known: string,
): Promise<LaneEnd | undefined> {
  const { line, log, metrics, settings } = work.deps;
  const read = await line.call("read", (desk) => desk.read(known));
  if (read.kind === "done") return adopt(work, subject, { ticket: read.value, made: false });
  if (read.kind !== "refused" || read.code !== "not_found") return endOf(read);
  metrics.count("desk_lookups_short_total", { desk: settings.name });
  log.error(
    { caseId: subject.id, desk: settings.name, ticket: known },
    "a desk does not find a ticket that is known: no other one is made",
  );
  return dead(
    `${settings.name} does not find ticket ${known}, which stood for it: no other one is made. Give the gateway's user the right to see it, then try again`,
  );
}

async function create(
  work: LaneWork,
  subject: Subject,
  reference: string,
): Promise<LaneEnd | undefined> {
  const { line, metrics, settings, suspectOrphan } = work.deps;
  const ticket = await newTicket(work, subject, reference);
  if (ticket === undefined) return settledUntil(null);
  const before = work.memo;
  const tries = (before.attempt?.tries ?? 0) + 1;
  const { revision, link } = ticket;
  const evidence = contentHash(ticket.evidence);
  const sent = { revision, link, evidence, severity: subject.severity };
  const attempt: CreateAttempt = {
    key: reference,
    reference,
    at: work.now,
    sent,
    tries,
    ticket: "",
  };
  if (!work.keep({ ...before, attempt, kind: subject.kind })) return LOST;
  const made = await line.call("create", (desk) => desk.create(ticket, attempt.key));
  switch (made.kind) {
    case "done": {
      const known = { ...attempt, ticket: made.value.id };
      if (!work.keep({ ...work.memo, attempt: known })) return LOST;
      metrics.count("desk_tickets_created_total", { desk: settings.name });
      return provenTicket(work, subject, known);
    }
    case "unknown":
      suspectOrphan();
      return failed(`it is not known whether a ticket was made: ${made.reason}`);
    case "later":
    case "refused":
      // The desk did nothing this time; an earlier try may still have.
      if (!work.keep({ ...work.memo, attempt: before.attempt })) return LOST;
      return endOf(made);
  }
}

async function newTicket(
  work: LaneWork,
  subject: Subject,
  reference: string,
): Promise<NewTicket | undefined> {
  const { settings, dossiers, capabilities, store } = work.deps;
  const { name: desk } = settings;
  const dossier =
    subject.kind === "case"
      ? await dossiers.ofCase(subject.id, { charts: capabilities.attachments, desk })
      : await dossiers.ofProblem(subject.id, { desk });
  if (dossier === undefined) return undefined;
  const earlier = subject.follows && store.lane({ desk, subject: subject.follows });
  const follows = work.memo.earlier.at(-1) ?? (earlier ? (earlier.memo.ticket?.id ?? "") : "");
  return {
    reference,
    dedupKey: subject.dedupKey,
    device: subject.device,
    product: subject.product,
    subject: dossier.subject,
    body: dossier.body,
    queue: queueFor(settings, subject),
    attachments: capabilities.attachments ? dossier.charts : [],
    follows,
    parent: "",
    revision: subject.revision,
    severity: subject.severity,
    link: dossier.link,
    evidence: dossier.evidence,
  };
}

/** A 2xx is no proof: the ticket is read back, and it must be the only one of its reference. */
async function provenTicket(
  work: LaneWork,
  subject: Subject,
  attempt: CreateAttempt,
): Promise<LaneEnd | undefined> {
  const { line, capabilities } = work.deps;
  const { ticket: id, reference } = attempt;
  if (!capabilities.readBack) return adopt(work, subject, { id, made: true });
  const read = await line.call("read", (desk) => desk.read(id));
  if (read.kind !== "done") return endOf(read);
  const ticket = read.value;
  if (ticket.reference === reference && capabilities.fence === "unique_reference") {
    return adopt(work, subject, { ticket, made: true });
  }
  const found = await line.call("find", (desk) =>
    desk.find(reference, ticket.reference === reference ? [id] : []),
  );
  if (found.kind !== "done") return endOf(found);
  const winner = chosen(found.value);
  if (winner !== undefined && winner.id !== ticket.id) {
    return yieldTo(work, subject, { ours: ticket, winner });
  }
  if (ticket.reference === reference) return adopt(work, subject, { ticket, made: true });
  return restoreReference(work, subject, { ticket, reference });
}

/** Somebody else's stands for it: ours goes out of the way, unless an agent took it already. */
export async function yieldTo(
  work: LaneWork,
  subject: Subject,
  { ours, winner }: { readonly ours: Ticket; readonly winner: Ticket },
): Promise<LaneEnd | undefined> {
  const { line, log, metrics, settings } = work.deps;
  const begun = isBegun(ours);
  if (!begun) {
    const reason = madeTwice(winner, subject);
    const away = await line.call("reject", (desk) => desk.reject(ours.id, reason));
    if (away.kind !== "done") return endOf(away);
    metrics.count("desk_orphans_rejected_total", { desk: settings.name });
  }
  log.warn(
    { caseId: subject.id, desk: settings.name, ticket: ours.id, winner: winner.id },
    begun
      ? "a ticket was made twice, and agents work on both: they stay"
      : "a ticket was made twice; the newer one is rejected",
  );
  return adopt(work, subject, { ticket: winner, made: false });
}

/** The desk took the ticket without its reference: it is set once, else a person must look. */
async function restoreReference(
  work: LaneWork,
  subject: Subject,
  { ticket, reference }: { readonly ticket: Ticket; readonly reference: string },
): Promise<LaneEnd | undefined> {
  const { line, settings } = work.deps;
  const { id, version } = ticket;
  const set = await line.call("update", (desk) => desk.update(id, { reference }, version));
  if (set.kind !== "done" && !(set.kind === "refused" && set.code === "invalid")) return endOf(set);
  const read = await line.call("read", (desk) => desk.read(id));
  if (read.kind !== "done") return endOf(read);
  if (read.value.reference === reference) {
    return adopt(work, subject, { ticket: read.value, made: true });
  }
  return dead(
    `ticket ${id} in ${settings.name} keeps no reference: give its queue the field for it and the gateway's user the right to set it (admin desk check ${settings.name} says what is missing), then try again`,
  );
}
