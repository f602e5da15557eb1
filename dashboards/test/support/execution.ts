import type { ClassicDashboard } from "../../src/classic-model.ts";
import type { Asked } from "./rendered.ts";
import { alternatives, queriesOf, render, sceneOf } from "./rendered.ts";

export interface Answered {
  readonly columns: readonly string[];
  readonly values: readonly (readonly (number | string | boolean | null)[])[];
}

export type Ask = (query: string) => Promise<readonly Answered[]>;

export interface Outcome extends Pick<Asked, "dashboard" | "what"> {
  readonly series: number;
  /** With a value beside the time that is not null. */
  readonly rows: number;
  /** The query as it was sent last. */
  readonly sent: string;
}

type Variable = ClassicDashboard["templating"]["list"][number];
type Values = ReadonlyMap<string, string>;

/** More than the fleet of the test has of anything. */
const MOST_TRIED = 80;

/**
 * Asks every query of a dashboard. Variables of several values stand on All; those of one value are
 * tried in order until the query answers something: not every device has a case.
 */
export async function execute(
  dashboard: ClassicDashboard,
  { ask, toMs }: { readonly ask: Ask; readonly toMs: number },
): Promise<readonly Outcome[]> {
  const asked = dashboard.templating.list.filter(({ type }) => type === "query");
  const found: Outcome[] = [];
  const about = { dashboard: dashboard.uid };
  let scenes: readonly Values[] = [new Map()];
  for (const variable of asked) {
    const { next, tried } = await choose(variable, scenes, ask);
    found.push({ ...about, what: `variable ${variable.name}`, series: 1, ...tried });
    scenes = next;
  }
  for (const one of queriesOf(dashboard)) {
    found.push(await firstAnswer(dashboard, one, { ask, toMs, scenes }));
  }
  return found;
}

/** Every scene with every value of one more variable. */
async function choose(
  variable: Variable,
  scenes: readonly Values[],
  ask: Ask,
): Promise<{ readonly next: readonly Values[]; readonly tried: { rows: number; sent: string } }> {
  const next: Values[] = [];
  let rows = 0;
  let sent = "";
  for (const scene of scenes) {
    sent = render(String(variable.query), { fromMs: 0, toMs: 0, intervalMs: 0, values: scene });
    const values = valuesOf(variable, await ask(sent));
    rows += values.length;
    const several = variable.multi === true;
    // An answer to a list of values must be one too, if perhaps an empty one.
    const chosen = several ? [".*", alternatives(values.slice(0, 2))] : values;
    for (const value of chosen) next.push(new Map([...scene, [variable.name, value]]));
  }
  return { next: next.slice(0, MOST_TRIED), tried: { rows, sent } };
}

function valuesOf({ query, regex }: Variable, answer: readonly Answered[]): readonly string[] {
  const column = String(query).startsWith("SHOW TAG VALUES") ? 1 : 0;
  const all = answer.flatMap(({ values }) => values.map((row) => String(row[column])));
  const pattern = regex === undefined || regex === "" ? undefined : new RegExp(regex.slice(1, -1));
  return [...new Set(all)].filter((value) => pattern?.test(value) ?? true).sort();
}

async function firstAnswer(
  dashboard: ClassicDashboard,
  one: Asked,
  how: { readonly ask: Ask; readonly toMs: number; readonly scenes: readonly Values[] },
): Promise<Outcome> {
  const { dashboard: uid, what, query, panel } = one;
  let outcome: Outcome = { dashboard: uid, what, series: 0, rows: 0, sent: "" };
  const seen = new Set<string>();
  for (const values of how.scenes) {
    const sent = render(query, sceneOf(dashboard, panel, { toMs: how.toMs, values }));
    if (seen.has(sent)) continue;
    seen.add(sent);
    const answer = await how.ask(sent);
    outcome = { ...outcome, series: answer.length, rows: filledRows(answer), sent };
    if (outcome.rows > 0) break;
  }
  return outcome;
}

const filledRows = (answer: readonly Answered[]): number =>
  answer.reduce(
    (sum, { values }) =>
      sum + values.filter((row) => row.slice(1).some((value) => value !== null)).length,
    0,
  );
