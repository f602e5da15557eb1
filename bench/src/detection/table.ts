import type { Figures } from "./figures.ts";
import type { KnownResult, LabelledSet } from "./labelled-set.ts";
import type { SetKind } from "./set-kinds.ts";
import { figureAt, noLookRules, scoresAt, simpleMethods } from "./set-kinds.ts";

export interface ScoredSet {
  readonly set: LabelledSet;
  readonly kind: SetKind;
  readonly watch: Figures;
  readonly act: Figures;
}

const COLUMNS = ["set", "metric", "watch", "act", "published", "simple", "no look", "must", "aim"];

/** One table over all sets, then for each which method stands in which column and which goals are met. */
export function detectionTable(scored: readonly ScoredSet[]): readonly string[] {
  const blocks = scored.map((one) => ({ one, rivals: rivalsOf(one) }));
  const cells = blocks.flatMap(({ one, rivals }) => rowsOf(one, rivals));
  const widths = COLUMNS.map((title, column) =>
    Math.max(title.length, ...cells.map((row) => (row[column] ?? "").length)),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) =>
        column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("  ")
      .trimEnd();
  return [
    line(COLUMNS),
    ...cells.map(line),
    "",
    ...blocks.flatMap(({ one, rivals }) => notes(one, rivals)),
  ];
}

interface Rivals {
  readonly published: KnownResult | undefined;
  readonly simple: KnownResult | undefined;
  readonly noLook: KnownResult | undefined;
}

/** The best of each sort by the set's first figure. */
function rivalsOf({ set, kind }: ScoredSet): Rivals {
  const [first] = kind.rows;
  const rank = ({ scores }: KnownResult): number => {
    const value = first === undefined ? undefined : figureAt(scoresAt(scores, "act"), first.path);
    return typeof value === "number" ? value : Number.NEGATIVE_INFINITY;
  };
  const best = (list: readonly KnownResult[]) =>
    list.filter((known) => Number.isFinite(rank(known))).sort((a, b) => rank(b) - rank(a))[0];
  const { published } = set.meta;
  const here = published.filter(({ basis }) => basis.includes("this half"));
  return {
    published: best(here.length > 0 ? here : published),
    simple: best(simpleMethods(set)),
    noLook: best(noLookRules(set)),
  };
}

function rowsOf(one: ScoredSet, rivals: Rivals): readonly (readonly string[])[] {
  return one.kind.rows.map(({ label, path, must = "", aim = "" }, index) => {
    const known = [rivals.published, rivals.simple, rivals.noLook].map((rival) =>
      rival === undefined ? "" : shown(figureAt(scoresAt(rival.scores, "act"), path)),
    );
    const own = [one.watch, one.act].map((figures) => shown(figureAt(figures, path)) || "-");
    return [index === 0 ? one.set.name : "", label, ...own, ...known, must, aim];
  });
}

function notes(one: ScoredSet, rivals: Rivals): readonly string[] {
  const named = Object.entries({
    published: rivals.published,
    simple: rivals.simple,
    "no look": rivals.noLook,
  }).flatMap(([column, rival]) => {
    if (rival === undefined) return [];
    const basis = rival.basis === "" ? "" : ` (${rival.basis})`;
    return `${column}: ${rival.method.replace(/^no look: /, "")}${basis}`;
  });
  const goals = goalsOf(one).map(
    ({ what, text, metAt }) =>
      `  ${what}: ${text}: ${metAt.length === 0 ? "NOT met" : `met (${metAt.join(", ")})`}`,
  );
  return [`${one.set.name}  ${named.join("; ")}`, ...goals];
}

export function goalsOf({ set, kind, watch, act }: ScoredSet) {
  const figures = { watch, act };
  const judged = (what: "must" | "aim") =>
    kind[what].map(({ text, levels, met }) => ({
      what,
      text,
      metAt: levels.filter((level) => met(figures[level], set)),
    }));
  return [...judged("must"), ...judged("aim")];
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return value.map(shown).join(" ");
  if (typeof value !== "number") return "";
  if (Number.isInteger(value)) return String(value);
  if (Math.abs(value) >= 100) return value.toFixed(0);
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 3);
}
