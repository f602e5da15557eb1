import type { ProblemView } from "#domain/problem/problem.ts";
import type { FixView, RemedySwitch } from "#domain/remedy/fix.ts";
import type { Team } from "#domain/service/service-file.ts";
import type { EpochMs } from "#domain/units.ts";
import { DAY_MS } from "#domain/units.ts";
import type { ValueFigures } from "#pipeline/value/figures.ts";
import type { ValueReport } from "#pipeline/value/report.ts";
import { valueReport } from "#pipeline/value/report.ts";
import type { CaseReader } from "#ports/case-store.ts";
import type { RuleInForce } from "#ports/gateway-api.ts";
import type { Backlog, MissedTarget, ValueReader } from "#ports/value-store.ts";

export interface DigestSources {
  readonly value: ValueReader;
  readonly cases: Pick<CaseReader, "problems" | "fixes" | "remedies">;
  readonly rules: readonly RuleInForce[];
  /** Of the ruleset in force. */
  readonly products: readonly string[];
  readonly teams: readonly Team[];
}

const DIGEST_PERIOD_MS = 7 * DAY_MS;

/** A rule with the figures of its cases in the week. */
export interface RuleWeek {
  readonly product: string;
  readonly rule: string;
  readonly title: string;
  readonly figures: ValueFigures;
}

export interface Attention {
  readonly product: string;
  readonly rule: string;
  readonly title: string;
  /** A sentence each. */
  readonly why: readonly string[];
}

/** All that a digest says, before it is put into words. */
export interface DigestContent {
  readonly team: string;
  /** That its times are said in. */
  readonly timeZone: string;
  readonly products: readonly string[];
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly figures: ValueFigures;
  /** Of the week before. */
  readonly before: ValueFigures;
  /** Rules with cases, most cases first. */
  readonly rules: readonly RuleWeek[];
  readonly backlog: Backlog;
  readonly missed: readonly MissedTarget[];
  /** Open ones, and those that opened or ended in the week. */
  readonly problems: readonly ProblemView[];
  readonly attention: readonly Attention[];
  /** Switched off now. */
  readonly off: readonly RemedySwitch[];
}

const OLDEST_SHOWN = 5;
const MISSED_SHOWN = 5;
const PROBLEMS_READ = 50;

/** The products that the team has, as the service file says it. */
export function productsOf(
  team: Team,
  { teams, products }: Pick<DigestSources, "teams" | "products">,
): readonly string[] {
  if (team.products !== "all") return team.products;
  const named = new Set(teams.flatMap((one) => (one.products === "all" ? [] : one.products)));
  return products.filter((product) => !named.has(product));
}

export async function digestContent(
  team: Team,
  sources: DigestSources,
  to: EpochMs,
): Promise<DigestContent> {
  const { value, cases, rules } = sources;
  const products = productsOf(team, sources);
  const from = to - DIGEST_PERIOD_MS;
  const [week, before, backlog, missed, problems, fixes, switches] = await Promise.all([
    valueReport(value, { from, to, products, by: "rule" }),
    valueReport(value, { from: from - DIGEST_PERIOD_MS, to: from, products, by: "all" }),
    value.backlog(products, OLDEST_SHOWN),
    value.missed({ products, from, to, limit: MISSED_SHOWN }),
    cases.problems({ limit: PROBLEMS_READ }),
    cases.fixes({}),
    cases.remedies(),
  ]);
  const ours = new Set(products);
  const rulesOfWeek = rulesOf(week, rules);
  return {
    team: team.name,
    timeZone: team.digest?.timeZone ?? "UTC",
    products,
    from,
    to,
    figures: week.total,
    before: before.total,
    rules: rulesOfWeek,
    backlog,
    missed,
    problems: problems.items.filter((one) => ours.has(one.product) && isNews(one, from)),
    attention: attentionOf(
      rulesOfWeek,
      rules.filter(({ product }) => ours.has(product)),
      fixes.filter(({ product, withdrawnAt }) => ours.has(product) && (withdrawnAt ?? 0) >= from),
    ),
    off: switches.filter(
      ({ product, enabled }) => !enabled && (product === "" || ours.has(product)),
    ),
  };
}

const isNews = ({ status, updatedAt }: ProblemView, from: EpochMs): boolean =>
  status === "open" || updatedAt >= from;

function rulesOf({ groups }: ValueReport, rules: readonly RuleInForce[]): readonly RuleWeek[] {
  return groups
    .map(({ tally: { product, rule }, figures }) => ({
      product,
      rule,
      title: titleOf(rules, product, rule),
      figures,
    }))
    .toSorted((a, b) => b.figures.cases - a.figures.cases);
}

/** Rules come and go; the cases of one that is gone stay. */
const titleOf = (rules: readonly RuleInForce[], product: string, rule: string): string =>
  rules.find((one) => one.id === rule && one.product === product)?.title ?? rule;

const FEW = 3;

/** Rules that do harm to trust or work; with few cases nothing is said. */
function attentionOf(
  week: readonly RuleWeek[],
  rules: readonly RuleInForce[],
  withdrawn: readonly FixView[],
): readonly Attention[] {
  const found = new Map<string, { product: string; rule: string; title: string; why: string[] }>();
  const say = (product: string, rule: string, why: string): void => {
    const key = `${product}\n${rule}`;
    const known = found.get(key) ?? {
      product,
      rule,
      title: titleOf(rules, product, rule),
      why: [],
    };
    known.why.push(why);
    found.set(key, known);
  };
  for (const { product, id, stopped } of rules) {
    if (stopped !== null) say(product, id, `It failed and judges nothing: ${stopped.reason}.`);
  }
  for (const { product, rule, step, what, withdrawnWhy } of withdrawn) {
    say(product, rule, `Its step ${what || step} was withdrawn: ${withdrawnWhy}.`);
  }
  for (const { product, rule, figures } of week) {
    for (const why of complaints(figures)) say(product, rule, why);
  }
  return [...found.values()];
}

function complaints({
  falseCases,
  verifiedFix,
  reopened,
  disputed,
}: ValueFigures): readonly string[] {
  const isHigh = ({ of, share }: ValueFigures["falseCases"], from: number): boolean =>
    of >= FEW && share !== null && share >= from;
  const failed = verifiedFix.of - verifiedFix.count;
  return [
    isHigh(falseCases, 0.3) && `${falseCases.count} of ${falseCases.of} judged cases were false.`,
    verifiedFix.of >= FEW &&
      failed > verifiedFix.count &&
      `${failed} of ${verifiedFix.of} fixes did not help or did not last.`,
    isHigh(reopened, 0.3) && `${reopened.count} of ${reopened.of} cases came back.`,
    disputed > 0 && `In ${disputed} an agent and telemetry disagreed.`,
  ].filter((why) => why !== false);
}
