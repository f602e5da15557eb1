import { parse } from "yaml";

/** A value at which a rule begins to apply. */
export interface Limit {
  readonly signal: string;
  readonly value: number;
  readonly above: boolean;
  readonly rule: string;
  readonly title: string;
  readonly level: "watch" | "act";
  readonly severity: string;
  /** The whole condition: a limit may hold in some states only. */
  readonly condition: string;
}

interface RuleText {
  readonly id?: string;
  readonly title?: string;
  readonly level?: "watch" | "act";
  readonly severity?: string;
  readonly when?: unknown;
  readonly levels?: Readonly<
    Record<"watch" | "act", { readonly when?: unknown; readonly title?: string }>
  >;
}

interface RulesFile {
  readonly product?: string;
  readonly rules?: readonly RuleText[];
}

/** What a signal is compared with, and no calculation. */
const COMPARISON = /(?<![\w.])([a-z]\w*)\s*(<=|>=|<|>)\s*(-?\d+(?:\.\d+)?)(?![\w.]|\s*[-+*/])/g;
const ANY_COMPARISON = /<=|>=|<|>/g;

/**
 * Limits that can be drawn as a line, of the rules of one file: those of conditions that compare one
 * signal with one constant, whatever else they say about states and flags.
 */
export function limitsOf(text: string): {
  readonly product: string;
  readonly limits: readonly Limit[];
} {
  const { product = "", rules = [] } = parse(text) as RulesFile;
  return { product, limits: rules.flatMap(limitsOfRule) };
}

function limitsOfRule(rule: RuleText): readonly Limit[] {
  const { id = "", title = "", severity = "normal", level = "act", when, levels } = rule;
  const about = { rule: id, severity };
  const own = limitIn(when, { ...about, title, level });
  const both = (["watch", "act"] as const).flatMap((one) => {
    const part = levels?.[one];
    return limitIn(part?.when, { ...about, title: part?.title ?? title, level: one });
  });
  return [...own, ...both];
}

function limitIn(
  condition: unknown,
  about: Pick<Limit, "rule" | "title" | "level" | "severity">,
): readonly Limit[] {
  if (typeof condition !== "string" || condition.match(ANY_COMPARISON)?.length !== 1) return [];
  return [...condition.matchAll(COMPARISON)].map(([, signal = "", operator = "", value = ""]) => ({
    ...about,
    signal,
    value: Number(value),
    above: operator.startsWith(">"),
    condition: condition.trim(),
  }));
}
