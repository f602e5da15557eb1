import type { RuleKind } from "#domain/case/case.ts";
import type { DurationMs, EpochMs } from "#domain/units.ts";
import { DAY_MS } from "#domain/units.ts";
import type { FixOutcome } from "#pipeline/value/case-fact.ts";
import { NO_CASES } from "#pipeline/value/figures.ts";
import type { ValueBy, ValueTally } from "#ports/value-store.ts";

/** What is counted of one case. */
export interface CountedCase {
  readonly product: string;
  readonly rule: string;
  readonly kind: RuleKind;
  readonly openedAt: EpochMs;
  readonly open: boolean;
  readonly detectionMs: DurationMs;
  readonly foundBefore: boolean;
  /** From the opening to the owner's call; negative = before it; null = no call is known. */
  readonly calledAfterMs: DurationMs | null;
  readonly verdict: string;
  readonly tried: boolean;
  readonly fix: FixOutcome;
  /** From the opening to the newest proof. */
  readonly proofMs: DurationMs | null;
  readonly escalated: boolean;
  readonly reopened: boolean;
  readonly disputed: boolean;
  readonly response: "none" | "met" | "missed";
  readonly solution: "none" | "met" | "missed";
}

type Mutable<T> = {
  -readonly [K in keyof T]: T[K] extends readonly number[] ? number[] : T[K];
};

const WEEK_MS = 7 * DAY_MS;
/** 1970-01-05 was a Monday. */
const FIRST_MONDAY: EpochMs = 4 * DAY_MS;

/** Monday 00:00 UTC before `at`. */
export const weekOf = (at: EpochMs): EpochMs =>
  at - ((((at - FIRST_MONDAY) % WEEK_MS) + WEEK_MS) % WEEK_MS);

/** Adds cases up in groups. */
export class Counting {
  readonly #by: ValueBy;
  readonly #groups = new Map<string | number, Mutable<ValueTally>>();

  constructor(by: ValueBy) {
    this.#by = by;
  }

  add(one: CountedCase): void {
    const tally = this.#groupOf(one);
    tally.cases += 1;
    tally.open += Number(one.open);
    tally.detectionMs.push(Math.max(0, one.detectionMs));
    this.#addCall(tally, one);
    tally.tried += Number(one.tried);
    if (one.fix !== "") tally[one.fix] += 1;
    if (one.proofMs !== null) tally.proofMs.push(Math.max(0, one.proofMs));
    if (one.verdict !== "") tally[VERDICT[one.verdict] ?? "otherVerdict"] += 1;
    tally.escalated += Number(one.escalated);
    tally.reopened += Number(one.reopened);
    tally.disputed += Number(one.disputed);
    tally.responses += Number(one.response !== "none");
    tally.responsesMissed += Number(one.response === "missed");
    tally.solutions += Number(one.solution !== "none");
    tally.solutionsMissed += Number(one.solution === "missed");
  }

  /** By product, rule and week. */
  tallies(): readonly ValueTally[] {
    return [...this.#groups.values()].sort(
      (a, b) => a.week - b.week || compare(a.product, b.product) || compare(a.rule, b.rule),
    );
  }

  /** A case that is none was not found before anybody called. */
  #addCall(tally: Mutable<ValueTally>, one: CountedCase): void {
    if (one.verdict === "false_alarm" || one.verdict === "sensor_fault") return;
    tally.real += 1;
    tally.foundBefore += Number(one.foundBefore);
    if (one.calledAfterMs === null) return;
    tally.called += 1;
    if (one.calledAfterMs < 0) return;
    tally.calledLater += 1;
    tally.leadMs.push(one.calledAfterMs);
  }

  #groupOf({ product, rule, kind, openedAt }: CountedCase): Mutable<ValueTally> {
    const by = this.#by;
    const week = by === "week" ? weekOf(openedAt) : 0;
    const key = by === "rule" ? `${product}\n${rule}` : by === "product" ? product : week;
    const known = this.#groups.get(key);
    if (known !== undefined) return known;
    const group = {
      ...NO_CASES,
      ...(by === "product" && { product }),
      ...(by === "rule" && { product, rule, kind }),
      week,
      leadMs: [],
      detectionMs: [],
      proofMs: [],
    };
    this.#groups.set(key, group);
    return group;
  }
}

const VERDICT: Readonly<Record<string, "confirmed" | "falseAlarm" | "sensorFault">> = {
  confirmed: "confirmed",
  false_alarm: "falseAlarm",
  sensor_fault: "sensorFault",
};

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
