import type { RuleKind, Severity, TicketLink } from "#domain/case/case.ts";
import type { ProblemView } from "#domain/problem/problem.ts";
import type { DurationMs, EpochMs } from "#domain/units.ts";
import { DAY_MS } from "#domain/units.ts";

/** Without an open case for so long, a problem is over. */
export const PROBLEM_SETTLE_MS: DurationMs = DAY_MS;
/** How long one that is over stays in the decision state. */
export const PROBLEM_KEPT_MS: DurationMs = 30 * DAY_MS;

/** Saved under `problem/{id}`. */
export interface ProblemState {
  readonly id: string;
  readonly product: string;
  readonly rule: string;
  readonly kind: RuleKind;
  severity: Severity;
  title: string;
  attribute: string;
  value: string;
  status: ProblemView["status"];
  readonly openedAt: EpochMs;
  updatedAt: EpochMs;
  resolvedAt: EpochMs | null;
  summary: string;
  nextStep: string;
  statistic: ProblemView["statistic"];
  /** Ids of its cases, oldest first. */
  cases: string[];
  openCases: number;
  revision: number;
  tickets: TicketLink[];
  /** Of a burst: how many cases a day were usual when it was found. */
  usualPerDay?: number;
  /** A person commented on it: it is not closed by itself. */
  touched: boolean;
  /** What was told for all of its cases: target and rung. */
  told: string[];
  /** Service clock: when it is looked at again; 0 = never by itself. */
  due: EpochMs;
}

export function problemView(problem: ProblemState): ProblemView {
  const { touched: _t, told: _o, due: _d, usualPerDay: _u, cases, tickets, ...view } = problem;
  return { ...view, cases: [...cases], ...(tickets.length === 0 ? {} : { tickets: [...tickets] }) };
}
