import type { CaseEvent, Severity } from "#domain/case/case.ts";
import type { EpochMs, Offset } from "#domain/units.ts";
import type { DeskChange, TicketStatus } from "#ports/desk.ts";

/** The last case event that was followed; `START` of a feed is before the first. */
export interface FeedPosition {
  readonly offset: Offset;
  readonly n: number;
}
export const FEED_START: FeedPosition = { offset: 0, n: -1 };

/** Case events in the order of the journal, a page at a time. */
export interface CaseEventFeed extends Disposable {
  /** Events after `position`, oldest first; empty = none yet. */
  after(position: FeedPosition, limit: number): readonly CaseEvent[];
  /** The newest event; `FEED_START` when there is none. */
  newest(): FeedPosition;
}

/** One case or problem in one desk. Everything about it is done by one worker at a time, in order. */
export interface LaneKey {
  readonly desk: string;
  /** Id of a case or a problem. */
  readonly subject: string;
}

/** What the timeline said about the subject, as far as tickets need to know. */
export interface LaneNews {
  /** Times that its state changed: fired again, reopened, cleared, closed by a person. */
  readonly changes: number;
  /** Its alert cleared by telemetry, and fired again. */
  readonly clearedAt: EpochMs;
  readonly againAt: EpochMs;
  readonly againWhy: string;
  readonly reopenedAt: EpochMs;
  readonly reopenedWhy: string;
  readonly resolvedAt: EpochMs;
  readonly resolvedBy: string;
  readonly resolvedWhy: string;
  /** Person who took, judged or commented on it, here or in a desk; "" = nobody. */
  readonly touchedBy: string;
}

/** A create that may have been done: written before the request, gone once the ticket is known. */
export interface CreateAttempt {
  /** Idempotency key, the same over all tries. */
  readonly key: string;
  readonly reference: string;
  /** When the newest request was about to be sent. */
  readonly at: EpochMs;
  /** What the newest request held. */
  readonly sent: {
    readonly revision: number;
    readonly severity: Severity;
    readonly link: string;
    /** Hash of the evidence block. */
    readonly evidence: string;
  };
  /** Requests that were sent, or were about to be. */
  readonly tries: number;
  /** Id that the desk answered; "" = no answer. */
  readonly ticket: string;
}

/** Comments of the last day on one ticket. */
export interface CommentBudget {
  /** When they were sent, oldest first. */
  readonly sentAt: readonly EpochMs[];
  /** Hash of the newest one. */
  readonly last: string;
}

/** What the bridge last wrote to the ticket: the base of the merge. */
export interface TicketMemo {
  readonly id: string;
  readonly url: string;
  readonly reference: string;
  /** Merged into a ticket of something else: it gets comments, nothing of it is written. */
  readonly shared: boolean;
  /** The desk does not know it any more; it is not made again. */
  readonly lost: boolean;
  readonly revision: number;
  readonly severity: Severity | "";
  /** The desk's own word for it, as it was read back. */
  readonly severityWord: string;
  /** Written with a request whose fate is not known; "" = none. */
  readonly severityTried: Severity | "";
  /** An agent chose another severity: theirs from then on. */
  readonly severityTheirs: boolean;
  readonly link: string;
  /** Hash of the evidence block. */
  readonly evidence: string;
  readonly evidenceAt: EpochMs;
  /** Last status that the bridge wrote, as far as that is proved; "" = never. */
  readonly status: "open" | "resolved" | "";
  /** Being written, or written with an answer that was lost: reading the ticket tells; "" = none. */
  readonly statusTried: "open" | "resolved" | "";
  readonly statusWrites: number;
  /** When, of the last day. */
  readonly statusAt: readonly EpochMs[];
  /** Number of the case's reopenings that the ticket's status has followed. */
  readonly reopened: number;
  /** What the agents have been told of, as the timeline and the case say it. */
  readonly told: {
    readonly againAt: EpochMs;
    readonly resolvedAt: EpochMs;
    readonly clearedAt: EpochMs;
    readonly severity: Severity | "";
    readonly changes: number;
  };
  /** First change of state that no comment told of; 0 = none. */
  readonly untoldSince: EpochMs;
  readonly comments: CommentBudget;
  /** Change ids of the newest comments of our own. */
  readonly said: readonly string[];
  /** The problem's ticket that it was linked to; "" = none. */
  readonly linkedTo: string;
  /** When the search must have caught up: a second ticket would be seen then; 0 = checked. */
  readonly verifyAt: EpochMs;
  /** The journal knows about the ticket. */
  readonly announced: boolean;
  /** Of `AgentMemo.rechecks`: how many were answered by reading the ticket. */
  readonly rechecked: number;
}

/** Owned by the worker that has the lane. */
export interface LaneMemo {
  readonly kind: "case" | "problem";
  /** 1, 2 …: raised when the ticket is closed for good and another follows it. */
  readonly number: number;
  readonly attempt: CreateAttempt | null;
  readonly ticket: TicketMemo | null;
  /** Earlier tickets of this lane. */
  readonly earlier: readonly string[];
  /** Problem that the case belonged to when it was last looked at; "" = none. */
  readonly problem: string;
  /** Answers that said done and were not kept, in a row. */
  readonly notKept: number;
}

/** What agents did to the ticket, in the order of the desk. Owned by whoever polls the desk. */
export interface AgentMemo {
  readonly touchedBy: string;
  readonly severity: boolean;
  /** Newest status in the desk's order, whoever set it; "" = none seen. */
  readonly status: TicketStatus | "";
  /** Newest status that an agent set; "" = none. */
  readonly agentStatus: TicketStatus | "";
  /** Status writes of the bridge that were seen in the desk's changes. */
  readonly ownStatusSeen: number;
  /** The desk's clock: newest comment of our own. */
  readonly ownCommentAt: EpochMs;
  readonly mergedInto: string;
  /** Times that the ticket must be looked at: merged, moved, its reference changed. */
  readonly rechecks: number;
  /** When agents' reopenings were passed on, of the last day. */
  readonly reopenedAt: readonly EpochMs[];
}

/**
 * `owed`: something is to be done, or was tried in vain. `later`: nothing before `dueAt` on purpose
 * (comment budget, search that lags). `dead`: a person must look.
 */
export type LaneState = "idle" | "owed" | "later" | "dead";

export interface Lane extends LaneKey {
  readonly state: LaneState;
  /** Raised with everything that may ask for a change of the ticket. */
  readonly wanted: number;
  /** Value of `wanted` up to which the ticket is as it should be. */
  readonly done: number;
  readonly owedSince: EpochMs;
  readonly dueAt: EpochMs;
  /** Tries in a row that failed. */
  readonly attempts: number;
  /** Why it waits or is dead; "" = it does not. */
  readonly reason: string;
  readonly leaseBy: string;
  readonly leaseUntil: EpochMs;
  readonly news: LaneNews;
  readonly memo: LaneMemo;
  readonly agents: AgentMemo;
}

export interface LaneWish extends LaneKey {
  readonly note: (news: LaneNews) => LaneNews;
  /** False: only noted, nothing to do because of it. */
  readonly wakes: boolean;
}

export interface LaneResult {
  readonly memo: LaneMemo;
  readonly state: LaneState;
  /** Value of `wanted` that was worked upon. */
  readonly worked: number;
  readonly dueAt: EpochMs;
  readonly attempts: number;
  readonly reason: string;
}

export interface LaneLease {
  readonly worker: string;
  readonly now: EpochMs;
  readonly until: EpochMs;
}

export interface AgentNote {
  readonly subject: string;
  readonly agents: AgentMemo;
  /** The lane has something to do because of it. */
  readonly wakes: boolean;
}

export interface DeskFigures {
  readonly owed: number;
  readonly oldestOwedAt: EpochMs | null;
  readonly tickets: number;
  readonly dead: number;
}

/**
 * Memory of the desk bridge: what each ticket should look like, who works on it, what was written and
 * seen. Each call is one durable transaction, safe between several processes with the same file.
 * Throws StoreUnavailableError when the disk does not answer.
 */
export interface DeskStore extends Disposable {
  position(): FeedPosition;
  /** Notes what case events ask for, together with the position after them. */
  follow(position: FeedPosition, wishes: readonly LaneWish[], now: EpochMs): void;
  /** Something else than a case event asks to look at known lanes; unknown ones are left out. */
  wake(keys: readonly LaneKey[], now: EpochMs): void;

  /** Leases lanes that are due, longest owed first, also those whose lease ran out. */
  take(desk: string, lease: LaneLease, limit: number): readonly Lane[];
  /** When the next lane is due; null = none is owed. A leased one is due when its lease ends. */
  nextDueAt(desk: string): EpochMs | null;
  /** Keeps what was learnt while working and renews the lease; false = the lease is somebody else's. */
  save(key: LaneKey, lease: LaneLease, memo: LaneMemo): boolean;
  /** Ends the work on a lane. A lane that was woken meanwhile stays owed. False as above. */
  settle(key: LaneKey, lease: LaneLease, result: LaneResult): boolean;
  lane(key: LaneKey): Lane | undefined;
  /** All lanes that stand behind a ticket: several after a merge. */
  lanesOfTicket(desk: string, ticket: string): readonly Lane[];
  /** A create is under way or may have been done. */
  hasAttempts(desk: string): boolean;
  /** Dead letters, newest first. */
  dead(desk: string, limit: number): readonly Lane[];
  /** Tries a dead letter again; false = it is none. */
  retry(key: LaneKey, now: EpochMs): boolean;

  /** null = the desk was never asked for changes. */
  cursor(desk: string): string | null;
  setCursor(desk: string, cursor: string): void;
  /** Only one polls a desk at a time; false = somebody else does. */
  leasePoll(desk: string, lease: LaneLease): boolean;
  endPoll(desk: string, worker: string): void;
  seen(desk: string, change: string): boolean;
  /** The change is dealt with: its actions are in the journal. */
  noteChange(desk: string, change: string, notes: readonly AgentNote[], now: EpochMs): void;
  /** A change of a ticket that no lane knows yet: it may turn out to be one of ours. */
  park(desk: string, change: DeskChange, now: EpochMs): void;
  /** Parked changes of tickets that lanes know meanwhile, oldest first; they stay until `unpark`. */
  parkedKnown(desk: string, limit: number): readonly DeskChange[];
  unpark(desk: string, change: string): void;

  /** Remembers the tickets without reference that exist now, and answers since when each was seen. */
  orphans(desk: string, ids: readonly string[], now: EpochMs): ReadonlyMap<string, EpochMs>;

  figures(desk: string): DeskFigures;
  /** Forgets what is too old to matter: seen and parked changes, lanes idle for half a year. */
  prune(now: EpochMs): void;
}
