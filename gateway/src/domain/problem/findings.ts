import type { CaseView } from "#domain/case/case.ts";
import type { CaseState } from "#domain/engine/state.ts";
import type { World } from "#domain/engine/world.ts";
import type { Likeness } from "#domain/problem/likeness.ts";
import { USUAL_DAYS, WINDOW_MS } from "#domain/problem/likeness.ts";
import type { ProblemView } from "#domain/problem/problem.ts";
import { hypergeometricTail, LEAST_P, rateTail } from "#domain/problem/statistics.ts";
import type { EpochMs } from "#domain/units.ts";
import { DAY_MS } from "#domain/units.ts";

/** What cases have in common that is more than chance. */
export interface Finding
  extends Pick<ProblemView, "attribute" | "value" | "summary" | "statistic"> {
  /** Of a burst. */
  readonly usualPerDay?: number;
}

/** Since when a rule judges that was there before the clock ran: since its first cases. */
export const UNKNOWN_SINCE: EpochMs = -1;

/** So unlikely by chance, after the correction, that a common cause is assumed. */
const ALPHA = 0.001;
/** How many times as often as among the others, or as usual, at least. */
const LIFT = 2;
const LEAST_AFFECTED = 4;
const LEAST_BURST_DEVICES = 5;
/** A burst may be seen on any day of a year: so many comparisons are made of one rule. */
const BURST_LOOKS = 365;

/**
 * Is a value of an attribute more common among the affected devices than chance explains? One-sided
 * hypergeometric test (Fisher's exact test), times the number of values compared (Bonferroni).
 */
export function enriched(world: World, likeness: Likeness, state: CaseState): Finding | undefined {
  const { product, rule } = state.view;
  const fleet = likeness.fleetOf(product);
  const group = likeness.groupOf(product, rule);
  if (group.affected < LEAST_AFFECTED) return undefined;
  let best: Finding | undefined;
  for (const attribute of Object.keys(state.traits ?? {}).sort()) {
    const value = state.traits?.[attribute] ?? "";
    const affected = group.affectedWith(attribute, value);
    if (affected < LEAST_AFFECTED || !fleet.isShared(attribute)) continue;
    const exposed = fleet.count(attribute, value);
    const others = fleet.size - exposed;
    const othersAffected = group.affected - affected;
    // Compared crosswise: among the others there may be none.
    if (affected * others < LIFT * othersAffected * exposed) continue;
    const raw = hypergeometricTail({
      population: fleet.size,
      marked: group.affected,
      drawn: exposed,
      found: affected,
    });
    const { compared } = fleet;
    const p = Math.min(1, raw * compared);
    if (p >= ALPHA || (best !== undefined && best.statistic.p <= p)) continue;
    if (isReleased(world, state.view, { attribute, value })) continue;
    const test = "hypergeometric";
    const statistic = { test, p, exposed, affected, others, othersAffected } as const;
    best = {
      attribute,
      value,
      statistic,
      summary: sentence(attribute, value, { statistic, compared, rule }),
    };
  }
  return best;
}

function sentence(
  attribute: string,
  value: string,
  about: {
    readonly statistic: ProblemView["statistic"];
    readonly compared: number;
    readonly rule: string;
  },
): string {
  const { p, exposed, affected, others, othersAffected } = about.statistic;
  const days = WINDOW_MS / DAY_MS;
  const lift = (affected * others) / (othersAffected * exposed);
  const often = othersAffected === 0 ? "" : `, ${rounded(lift)} times as often`;
  return `${affected} of ${exposed} devices with ${attribute} ${value} have had a case of ${about.rule} within ${days} d, and ${othersAffected} of ${others} others${often}; by chance ${chance(p)} (hypergeometric test, ${about.compared} values compared).`;
}

/** Are there suddenly far more cases of the rule than usual, whatever the devices have in common? */
export function burst(world: World, likeness: Likeness, view: CaseView): Finding | undefined {
  const { product, rule } = view;
  const group = likeness.groupOf(product, rule);
  const { recent, recentDevices } = group;
  if (recentDevices < LEAST_BURST_DEVICES) return undefined;
  const days = observedDays(world, view);
  // One more than was seen: a rule that never fired before is no proof that it never would.
  const before = group.usual + 1;
  const usual = days <= 0 ? Number.POSITIVE_INFINITY : before / days;
  if (recent < LIFT * usual) return undefined;
  const p = Math.min(1, rateTail(recent, before, days) * BURST_LOOKS);
  if (p >= ALPHA || isReleased(world, view, { attribute: "", value: "" })) return undefined;
  const exposed = likeness.fleetOf(product).size;
  const statistic = {
    test: "poisson",
    p,
    exposed,
    affected: recentDevices,
    others: 0,
    othersAffected: 0,
  } as const;
  const summary = `${recent} cases of ${rule} on ${recentDevices} of ${exposed} devices within a day, where ${rounded(usual)} a day are usual (${group.usual} in the ${rounded(days)} d before); by chance ${chance(p)} in a year (test of two Poisson rates).`;
  return { attribute: "", value: "", statistic, summary, usualPerDay: usual };
}

/** A burst takes cases in as long as there are far more than were usual before it. */
export const isStillBurst = (likeness: Likeness, view: CaseView, usualPerDay: number): boolean =>
  likeness.groupOf(view.product, view.rule).recent >=
  Math.max(LEAST_BURST_DEVICES, LIFT * usualPerDay);

/** Days before the last one in which the rule judged as it does now. */
function observedDays(world: World, { product, rule, openedAt }: CaseView): number {
  const key = `${product}/${rule}`;
  if (world.rulesSince.get(key) === UNKNOWN_SINCE) {
    world.rulesSince.set(key, openedAt);
    world.unsaved.add("since");
  }
  const since = world.rulesSince.get(key) ?? 0;
  return Math.min(USUAL_DAYS, (world.now - since) / DAY_MS - 1);
}

/** A person said that it was no common cause: it is not assumed again for the window's length. */
function isReleased(
  world: World,
  { product, rule }: CaseView,
  { attribute, value }: Pick<Finding, "attribute" | "value">,
): boolean {
  for (const problem of world.problems.values()) {
    if (problem.status !== "dissolved" || problem.rule !== rule) continue;
    if (problem.product !== product || problem.attribute !== attribute) continue;
    if (problem.value === value && world.now - (problem.resolvedAt ?? 0) < WINDOW_MS) return true;
  }
  return false;
}

const rounded = (n: number): string => (n >= 10 ? n.toFixed(0) : n.toPrecision(2));

/** "1 in 3,200,000", in two digits. */
function chance(p: number): string {
  if (p <= LEAST_P) return "practically never";
  const one = 1 / p;
  return `1 in ${one < 1e15 ? Number(one.toPrecision(2)).toLocaleString("en-US") : one.toExponential(1)}`;
}
