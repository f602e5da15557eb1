import type { CaseView, RuleKind } from "#domain/case/case.ts";
import type { DurationMs, EpochMs } from "#domain/units.ts";

/** What is counted together. `week`: by the Monday (UTC) of the opening. */
export type ValueBy = "all" | "product" | "rule" | "week";

export interface ValueQuery {
  /** Cases opened at or after it. */
  readonly from: EpochMs;
  /** And before it. */
  readonly to: EpochMs;
  /** Absent = all. */
  readonly products?: readonly string[];
  readonly rule?: string;
  readonly by: ValueBy;
}

/** Counts over cases that were opened within a period; the figures are made of it (`figuresOf`). */
export interface ValueTally {
  /** "" where it is not what is grouped by. */
  readonly product: string;
  readonly rule: string;
  readonly kind: RuleKind | "";
  /** Start of the week; 0 where it is not what is grouped by. */
  readonly week: EpochMs;
  readonly cases: number;
  readonly open: number;
  /** Not judged false by a person. */
  readonly real: number;
  /** Of `real`, without a call of the owner that is known from before they opened. */
  readonly foundBefore: number;
  /** Of `real`, with any call that is known. */
  readonly called: number;
  readonly calledLater: number;
  /** From the opening to the owner's call, of those that were called later. */
  readonly leadMs: readonly DurationMs[];
  /** From the onset to the opening. */
  readonly detectionMs: readonly DurationMs[];
  /** With a step that was carried out. */
  readonly tried: number;
  readonly verified: number;
  readonly pending: number;
  readonly failed: number;
  readonly harmful: number;
  /** From the opening to the newest proof. */
  readonly proofMs: readonly DurationMs[];
  readonly confirmed: number;
  readonly falseAlarm: number;
  readonly sensorFault: number;
  readonly otherVerdict: number;
  readonly escalated: number;
  readonly reopened: number;
  readonly disputed: number;
  /** Targets of the service clocks: over (met or breached), and breached. */
  readonly responses: number;
  readonly responsesMissed: number;
  readonly solutions: number;
  readonly solutionsMissed: number;
}

/** What waits for people now. */
export interface Backlog {
  readonly open: number;
  readonly escalated: number;
  /** Steps that wait for an engineer's word. */
  readonly approval: number;
  /** Oldest first among those that wait for people, at most as many as asked for. */
  readonly oldest: readonly CaseView[];
}

export interface MissedTarget {
  readonly caseId: string;
  readonly device: string;
  readonly title: string;
  readonly target: "first response" | "solution";
  readonly breachedAt: EpochMs;
  /** null = still not met. */
  readonly metAt: EpochMs | null;
}

/** Counts over all cases, beside the writer; answers within 0.3 s over 100,000 cases. */
export interface ValueReader {
  tallies(query: ValueQuery): Promise<readonly ValueTally[]>;
  backlog(products: readonly string[], limit: number): Promise<Backlog>;
  /** Targets that were breached within [from, to), newest first. */
  missed(query: {
    readonly products: readonly string[];
    readonly from: EpochMs;
    readonly to: EpochMs;
    readonly limit: number;
  }): Promise<readonly MissedTarget[]>;
}
