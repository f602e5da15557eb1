import type { EpochMs } from "#domain/units.ts";
import type { FleetFacts } from "#pipeline/points/fleet-facts.ts";
import { RULE_WINDOW_MS } from "#pipeline/points/fleet-points.ts";
import type { ValueFigures } from "#pipeline/value/figures.ts";
import { figuresOf, NO_CASES } from "#pipeline/value/figures.ts";
import type { Share, Spread } from "#pipeline/value/statistics.ts";
import type { ServicePoint } from "#ports/point-store.ts";
import type { ValueQuery, ValueTally } from "#ports/value-store.ts";

/** Cases of the days before `day` that its figures are about. */
export const valueWindow = (day: EpochMs): ValueQuery => ({
  from: day - RULE_WINDOW_MS,
  to: day,
  by: "rule",
});

/** A point per rule that opens cases, and per rule that is gone and has cases in the window. */
export function valuePoints(
  { rules }: FleetFacts,
  tallies: readonly ValueTally[],
  at: EpochMs,
): readonly ServicePoint[] {
  const groups = new Map<string, ValueTally>();
  for (const { product, id, kind, level } of rules) {
    if (level === "act") groups.set(`${product}\n${id}`, { ...NO_CASES, product, rule: id, kind });
  }
  for (const tally of tallies) groups.set(`${tally.product}\n${tally.rule}`, tally);
  return [...groups.values()].map((tally) => ({
    measurement: "vz.value",
    tags: { product: tally.product, rule: tally.rule, kind: tally.kind },
    fields: fieldsOf(figuresOf(tally)),
    at,
  }));
}

function fieldsOf(f: ValueFigures): ServicePoint["fields"] {
  const { fixes, verdicts, ownerCalls } = f;
  return {
    cases: f.cases,
    ...counts("found_before", f.foundBefore),
    owner_calls: ownerCalls.known,
    called_later: ownerCalls.later,
    ...spread("lead", f.lead),
    ...spread("detection", f.detection),
    fixes_tried: fixes.tried,
    fixes_pending: fixes.pending,
    fixes_failed: fixes.failed,
    fixes_harmful: fixes.harmful,
    ...counts("verified_fix", f.verifiedFix),
    ...spread("proof", f.proof),
    verdicts: f.judged.count,
    confirmed: verdicts.confirmed,
    ...counts("false_case", f.falseCases),
    escalated: f.escalated.count,
    reopened: f.reopened.count,
    disputed: f.disputed,
    ...counts("response_missed", f.responsesMissed),
    ...counts("solution_missed", f.solutionsMissed),
  };
}

/** A share that is not known has no field; the counts add up over rules. */
const counts = (name: string, { count, of, share }: Share): ServicePoint["fields"] => ({
  [name]: count,
  [`${name}_of`]: of,
  ...(share !== null && { [`${name}_share`]: share }),
});

const spread = (name: string, { medianMs, p90Ms }: Spread): ServicePoint["fields"] =>
  medianMs === null || p90Ms === null
    ? {}
    : { [`${name}_p50_ms`]: medianMs, [`${name}_p90_ms`]: p90Ms };
