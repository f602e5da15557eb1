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
  /** With a value beside the time. */
  readonly rows: number;
  /** Columns without any value. */
  readonly empty: readonly string[];
  /** The query as it was sent when it answered most. */
  readonly sent: string;
}

type Variable = ClassicDashboard["templating"]["list"][number];
type Values = ReadonlyMap<string, string>;

interface Grafana {
  readonly ask: Ask;
  /** End of the range. */
  readonly toMs: number;
}

/** More than the fleet of the test has of anything. */
const MOST_TRIED = 80;

/** Answered with rows, and every column has a value somewhere. */
export const isAnswered = ({ rows, empty }: Outcome): boolean => rows > 0 && empty.length === 0;

/**
 * Asks every query of a dashboard. Variables of several values stand on All; those of one value are
 * tried in order until every column has a value: not every device has a case.
 */
export async function execute(
  dashboard: ClassicDashboard,
  grafana: Grafana,
): Promise<readonly Outcome[]> {
  const found: Outcome[] = [];
  let scenes: readonly Values[] = [new Map()];
  for (const variable of dashboard.templating.list.filter(({ type }) => type === "query")) {
    const { next, rows, sent } = await choose(variable, scenes, grafana.ask);
    const what = `variable ${variable.name}`;
    found.push({ dashboard: dashboard.uid, what, series: 1, rows, empty: [], sent });
    scenes = next;
  }
  for (const one of queriesOf(dashboard)) {
    found.push(await answerOf(dashboard, one, { ...grafana, scenes }));
  }
  return found;
}

/** Every scene with every value of one more variable. */
async function choose(
  variable: Variable,
  scenes: readonly Values[],
  ask: Ask,
): Promise<{ readonly next: readonly Values[]; readonly rows: number; readonly sent: string }> {
  const next: Values[] = [];
  let rows = 0;
  let sent = "";
  for (const scene of scenes) {
    sent = render(String(variable.query), { fromMs: 0, toMs: 0, intervalMs: 0, values: scene });
    const values = valuesOf(variable, await ask(sent));
    rows += values.length;
    // A list of values must be understood too.
    const chosen = variable.multi === true ? [".*", alternatives(values.slice(0, 2))] : values;
    for (const value of chosen) next.push(new Map([...scene, [variable.name, value]]));
  }
  return { next: next.slice(0, MOST_TRIED), rows, sent };
}

function valuesOf({ query, regex }: Variable, answer: readonly Answered[]): readonly string[] {
  const column = String(query).startsWith("SHOW TAG VALUES") ? 1 : 0;
  const all = answer.flatMap(({ values }) => values.map((row) => String(row[column])));
  const pattern = regex === undefined || regex === "" ? undefined : new RegExp(regex.slice(1, -1));
  return [...new Set(all)].filter((value) => pattern?.test(value) ?? true).sort();
}

async function answerOf(
  dashboard: ClassicDashboard,
  { what, query, panel }: Asked,
  { ask, toMs, scenes }: Grafana & { readonly scenes: readonly Values[] },
): Promise<Outcome> {
  const unasked = { dashboard: dashboard.uid, what, series: 0, rows: 0, empty: [], sent: "" };
  const texts = scenes.map((values) => render(query, sceneOf(dashboard, panel, { toMs, values })));
  const distinct = [...new Set(texts)];
  let best: Outcome = unasked;
  let missing: readonly string[] | undefined;
  for (const sent of distinct) {
    const outcome = outcomeOf({ ...unasked, sent }, await ask(sent));
    if (outcome.rows > best.rows || best.sent === "") best = outcome;
    if (outcome.rows > 0) {
      missing = missing?.filter((column) => outcome.empty.includes(column)) ?? outcome.empty;
    }
    if (missing?.length === 0) break;
  }
  // The last one is a list of values where there is a variable of several: it must be understood.
  await ask(distinct.at(-1) ?? "");
  return { ...best, empty: missing ?? [] };
}

export function outcomeOf(about: Outcome, answer: readonly Answered[]): Outcome {
  const columns = [...new Set(answer.flatMap((one) => one.columns.slice(1)))];
  const isFilled = (column: string): boolean =>
    answer.some(({ columns: names, values }) => {
      const at = names.indexOf(column);
      return values.some((row) => (row[at] ?? null) !== null);
    });
  return {
    ...about,
    series: answer.length,
    rows: answer.reduce((sum, { values }) => sum + values.filter(hasValue).length, 0),
    empty: columns.filter((column) => !isFilled(column)),
  };
}

const hasValue = (row: Answered["values"][number]): boolean =>
  row.slice(1).some((value) => value !== null);
