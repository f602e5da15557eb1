import type { Share, Spread } from "#pipeline/value/statistics.ts";
import { shareOf, spreadOf } from "#pipeline/value/statistics.ts";
import type { ValueTally } from "#ports/value-store.ts";

/** What the service was worth over some cases. How each is counted, and its weakness: docs/value.md. */
export interface ValueFigures {
  readonly cases: number;
  readonly open: number;
  /** Share null while no call of any owner is known at all: then nobody can say. */
  readonly foundBefore: Share;
  readonly ownerCalls: {
    readonly known: number;
    readonly before: number;
    readonly later: number;
  };
  readonly calledLater: Share;
  /** From the opening to the owner's call, where they called later. */
  readonly lead: Spread;
  readonly detection: Spread;
  readonly fixes: {
    readonly tried: number;
    readonly verified: number;
    readonly pending: number;
    readonly failed: number;
    readonly harmful: number;
  };
  /** Proved by telemetry and held, of those tried whose outcome is known. */
  readonly verifiedFix: Share;
  readonly proof: Spread;
  readonly verdicts: {
    readonly confirmed: number;
    readonly falseAlarm: number;
    readonly sensorFault: number;
    readonly other: number;
  };
  /** Of all cases, those with a verdict. */
  readonly judged: Share;
  /** Of the cases that were judged right or wrong, those judged wrong. */
  readonly falseCases: Share;
  readonly escalated: Share;
  readonly reopened: Share;
  readonly disputed: number;
  readonly responsesMissed: Share;
  readonly solutionsMissed: Share;
}

export function figuresOf(tally: ValueTally): ValueFigures {
  const { cases, real, foundBefore, called, calledLater } = tally;
  const { tried, verified, pending, failed, harmful } = tally;
  const { confirmed, falseAlarm, sensorFault, otherVerdict: other } = tally;
  const wrong = falseAlarm + sensorFault;
  return {
    cases,
    open: tally.open,
    foundBefore:
      called === 0 ? { ...NOBODY_KNOWS, count: foundBefore, of: real } : shareOf(foundBefore, real),
    ownerCalls: { known: called, before: called - calledLater, later: calledLater },
    calledLater: called === 0 ? { ...NOBODY_KNOWS, of: real } : shareOf(calledLater, real),
    lead: spreadOf(tally.leadMs),
    detection: spreadOf(tally.detectionMs),
    fixes: { tried, verified, pending, failed, harmful },
    verifiedFix: shareOf(verified, tried - pending),
    proof: spreadOf(tally.proofMs),
    verdicts: { confirmed, falseAlarm, sensorFault, other },
    judged: shareOf(confirmed + wrong + other, cases),
    falseCases: shareOf(wrong, confirmed + wrong),
    escalated: shareOf(tally.escalated, cases),
    reopened: shareOf(tally.reopened, cases),
    disputed: tally.disputed,
    responsesMissed: shareOf(tally.responsesMissed, tally.responses),
    solutionsMissed: shareOf(tally.solutionsMissed, tally.solutions),
  };
}

const NOBODY_KNOWS: Share = { count: 0, of: 0, share: null, low: null, high: null };

export const NO_CASES: ValueTally = {
  product: "",
  rule: "",
  kind: "",
  week: 0,
  cases: 0,
  open: 0,
  real: 0,
  foundBefore: 0,
  called: 0,
  calledLater: 0,
  leadMs: [],
  detectionMs: [],
  tried: 0,
  verified: 0,
  pending: 0,
  failed: 0,
  harmful: 0,
  proofMs: [],
  confirmed: 0,
  falseAlarm: 0,
  sensorFault: 0,
  otherVerdict: 0,
  escalated: 0,
  reopened: 0,
  disputed: 0,
  responses: 0,
  responsesMissed: 0,
  solutions: 0,
  solutionsMissed: 0,
};

/** All groups as one. */
export function sumOf(tallies: readonly ValueTally[]): ValueTally {
  const sum = (of: (tally: ValueTally) => number): number =>
    tallies.reduce((total, tally) => total + of(tally), 0);
  return {
    ...NO_CASES,
    cases: sum((t) => t.cases),
    open: sum((t) => t.open),
    real: sum((t) => t.real),
    foundBefore: sum((t) => t.foundBefore),
    called: sum((t) => t.called),
    calledLater: sum((t) => t.calledLater),
    leadMs: tallies.flatMap((t) => t.leadMs),
    detectionMs: tallies.flatMap((t) => t.detectionMs),
    tried: sum((t) => t.tried),
    verified: sum((t) => t.verified),
    pending: sum((t) => t.pending),
    failed: sum((t) => t.failed),
    harmful: sum((t) => t.harmful),
    proofMs: tallies.flatMap((t) => t.proofMs),
    confirmed: sum((t) => t.confirmed),
    falseAlarm: sum((t) => t.falseAlarm),
    sensorFault: sum((t) => t.sensorFault),
    otherVerdict: sum((t) => t.otherVerdict),
    escalated: sum((t) => t.escalated),
    reopened: sum((t) => t.reopened),
    disputed: sum((t) => t.disputed),
    responses: sum((t) => t.responses),
    responsesMissed: sum((t) => t.responsesMissed),
    solutions: sum((t) => t.solutions),
    solutionsMissed: sum((t) => t.solutionsMissed),
  };
}
