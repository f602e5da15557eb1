import type { AlertView } from "#domain/alert/alert.ts";
import type { CaseEvent, CaseStage, CaseStatus, CaseView, RuleKind } from "#domain/case/case.ts";
import type { DeviceView } from "#domain/device-view.ts";
import type { ChangedViews, Effects, OutboxEntry, QuarantineEntry } from "#domain/effects.ts";
import { GatewayError } from "#domain/errors.ts";
import type { ProblemView } from "#domain/problem/problem.ts";
import type { FixView, RemedySwitch } from "#domain/remedy/fix.ts";
import type { EpochMs, Offset } from "#domain/units.ts";
import type { ServicePoint } from "#ports/point-store.ts";

/** Thrown when a replay decides otherwise than the live run did (same offset and n, other content). */
export class ReplayDivergedError extends GatewayError {
  readonly code = "VZ_REPLAY_DIVERGED";
}

/**
 * The writing side, owned by the deciding thread. One transaction per call.
 * Effects at or before `applied()` are compared with what is stored (ReplayDivergedError when they
 * differ) and write nothing; later ones are inserted. Deterministic ids and (offset, n) are unique.
 */
export interface CaseStore extends Disposable {
  applied(): Offset;
  /** `points`: what the new effects and views are worth telling; kept in order until it is told. */
  commit(
    upTo: Offset,
    effects: readonly Effects[],
    views: ChangedViews,
    points?: readonly ServicePoint[],
  ): void;
  /** Delivery bookkeeping of the outbox; never read by decisions. */
  markOutbox(id: string, mark: OutboxMark): void;
  /** Entries still owed, oldest first. */
  dueOutbox(limit: number): readonly OutboxItem[];
  outboxOf(device: string): readonly OutboxItem[];
}

export interface OutboxMark {
  readonly state: "done" | "failed" | "retry";
  readonly at: EpochMs;
  readonly attempts: number;
  readonly error: string;
  /** Wall clock of the next try, for `retry`. */
  readonly nextAt: EpochMs;
}

export interface OutboxItem {
  readonly entry: OutboxEntry;
  readonly attempts: number;
  readonly nextAt: EpochMs;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

export interface CaseFilter {
  readonly status?: CaseStatus;
  readonly stage?: CaseStage;
  readonly kind?: RuleKind;
  readonly device?: string;
  readonly rule?: string;
  /** Id of the problem that they belong to. */
  readonly problem?: string;
  readonly limit: number;
  readonly cursor?: string;
}

export interface ProblemFilter {
  readonly status?: ProblemView["status"];
  readonly product?: string;
  readonly rule?: string;
  readonly limit: number;
  readonly cursor?: string;
}

/** The reading side: short pages, newest first unless said; safe beside the writer. */
export interface CaseReader extends Disposable {
  cases(filter: CaseFilter): Promise<Page<CaseView>>;
  case(id: string): Promise<CaseView | undefined>;
  /** Of a case or a problem, oldest first. */
  timeline(caseId: string): Promise<readonly CaseEvent[]>;
  alerts(filter: {
    readonly level?: "watch" | "act";
    readonly device?: string;
    readonly limit: number;
    readonly cursor?: string;
  }): Promise<Page<AlertView>>;
  /** Worst first: safety, urgent, normal, lost or silent, healthy; then by id. */
  devices(filter: {
    readonly product?: string;
    readonly limit: number;
    readonly cursor?: string;
  }): Promise<Page<DeviceView>>;
  device(id: string): Promise<DeviceView | undefined>;
  quarantine(filter: {
    readonly device?: string;
    readonly code?: string;
    readonly limit: number;
    readonly cursor?: string;
  }): Promise<Page<QuarantineEntry>>;
  problems(filter: ProblemFilter): Promise<Page<ProblemView>>;
  problem(id: string): Promise<ProblemView | undefined>;
  /** All steps of playbooks that were ever tried, by product, rule and step. */
  fixes(filter: { readonly product?: string; readonly rule?: string }): Promise<readonly FixView[]>;
  /** The off switch as it was last turned, per product; empty = never turned. */
  remedies(): Promise<readonly RemedySwitch[]>;
  counts(): Promise<{
    readonly devices: number;
    readonly online: number;
    readonly openCases: Readonly<Record<RuleKind, number>>;
    readonly escalated: number;
    readonly quarantined: number;
    readonly outboxDue: number;
  }>;
}
