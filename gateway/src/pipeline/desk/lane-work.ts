import type { CaseView } from "#domain/case/case.ts";
import type { ActionAnswer } from "#domain/effects.ts";
import type { ProblemView } from "#domain/problem/problem.ts";
import type { Action } from "#domain/record.ts";
import type { DurationMs, EpochMs } from "#domain/units.ts";
import type { DeskLine } from "#pipeline/desk/desk-line.ts";
import type { Subject } from "#pipeline/desk/subject.ts";
import { subjectOfCase, subjectOfProblem } from "#pipeline/desk/subject.ts";
import type { Clock } from "#ports/clock.ts";
import type { DeskCapabilities, DeskOutcome } from "#ports/desk.ts";
import type { DeskSettings } from "#ports/desk-settings.ts";
import type { DeskStore, Lane, LaneMemo, TicketMemo } from "#ports/desk-store.ts";
import type { DossierSource } from "#ports/dossier.ts";
import type { Log } from "#ports/log.ts";
import type { Metrics } from "#ports/metrics.ts";

/** What the bridge needs to know of a desk's configuration. */
export type BridgeSettings = Pick<
  DeskSettings,
  | "name"
  | "url"
  | "webUrl"
  | "openWhen"
  | "queues"
  | "severities"
  | "comments"
  | "pollEveryMs"
  | "requestsPerMinute"
  | "timeZone"
>;

/** Where cases and problems are read; answers are as durable as the journal's. */
export interface SubjectReader {
  case(id: string): Promise<CaseView | undefined>;
  problem(id: string): Promise<ProblemView | undefined>;
}

/**
 * Puts an action into the journal; resolves when it is decided and can be read. The same id again
 * gets the first answer. Rejects when the gateway cannot take it now: it is asked again later.
 */
export type Act = (id: string, by: string, action: Action) => Promise<ActionAnswer>;

export interface LaneDeps {
  readonly line: DeskLine;
  readonly capabilities: DeskCapabilities;
  readonly settings: BridgeSettings;
  readonly cases: SubjectReader;
  readonly dossiers: DossierSource;
  readonly act: Act;
  readonly store: DeskStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Unique among all bridges that share the store. */
  readonly worker: string;
  readonly leaseMs: DurationMs;
  /** Reads the desk's changes to their end; false = somebody else does so now, or it failed. */
  readonly catchUp: () => Promise<boolean>;
  /** A create may have left a ticket without reference behind. */
  readonly suspectOrphan: () => void;
}

/** How the work on a lane ended. */
export type LaneEnd =
  /** The ticket is as it should be; `at`: look again then. */
  | { readonly kind: "settled"; readonly at: EpochMs | null; readonly reason: string }
  /** Tried in vain: again after a while. */
  | { readonly kind: "failed"; readonly reason: string; readonly retryAfterMs?: DurationMs }
  | { readonly kind: "dead"; readonly reason: string }
  /** The lease ran out and somebody else has the lane: nothing more is done to it. */
  | { readonly kind: "lost" };

export const LOST: LaneEnd = { kind: "lost" };
export const failed = (reason: string): LaneEnd => ({ kind: "failed", reason });
export const dead = (reason: string): LaneEnd => ({ kind: "dead", reason });
export const settledUntil = (at: EpochMs | null, reason = ""): LaneEnd => ({
  kind: "settled",
  at,
  reason,
});

export type NotDone = Exclude<DeskOutcome<unknown>, { readonly kind: "done" }>;

/** What to do after an answer that is not `done`. */
export function endOf(outcome: NotDone): LaneEnd {
  const { reason } = outcome;
  if (outcome.kind === "unknown") return failed(reason);
  if (outcome.kind === "later") {
    const { retryAfterMs } = outcome;
    return { kind: "failed", reason, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  }
  // Rights and conflicts pass; the rest needs a person.
  const passes = outcome.code === "denied" || outcome.code === "conflict";
  return passes ? failed(reason) : dead(reason);
}

/** The work on one leased lane: what is learnt is kept at every step, so that a crash loses nothing. */
export class LaneWork {
  readonly deps: LaneDeps;
  lane: Lane;
  memo: LaneMemo;

  constructor(deps: LaneDeps, lane: Lane) {
    this.deps = deps;
    this.lane = lane;
    this.memo = lane.memo;
  }

  get now(): EpochMs {
    return this.deps.clock.now();
  }

  /** False = the lease is lost, and nothing was kept. */
  keep(memo: LaneMemo): boolean {
    const { store, worker, leaseMs } = this.deps;
    const { now } = this;
    const kept = store.save(this.lane, { worker, now, until: now + leaseMs }, memo);
    if (kept) this.memo = memo;
    return kept;
  }

  /** Kept with the next step or the end; for what does no harm when it is done again. */
  noteTicket(patch: Partial<TicketMemo>): void {
    const { ticket } = this.memo;
    if (ticket !== null) this.memo = { ...this.memo, ticket: { ...ticket, ...patch } };
  }

  keepTicket(patch: Partial<TicketMemo>): boolean {
    const { ticket } = this.memo;
    return ticket !== null && this.keep({ ...this.memo, ticket: { ...ticket, ...patch } });
  }

  /** What agents did and the timeline said meanwhile. */
  refresh(): void {
    const fresh = this.deps.store.lane(this.lane);
    if (fresh !== undefined) this.lane = fresh;
  }

  /** Undefined = the gateway knows neither a case nor a problem of this id any more. */
  async subject(): Promise<Subject | undefined> {
    const { cases, settings } = this.deps;
    const view = await cases.case(this.lane.subject);
    if (view !== undefined) return subjectOfCase(view, settings);
    const problem = await cases.problem(this.lane.subject);
    return problem && subjectOfProblem(problem, settings);
  }
}
