import type { ASTNode } from "@marcbachmann/cel-js";
import { ParseError, parse } from "@marcbachmann/cel-js";
import type { ProductModel } from "@voorzorg/firmware-contracts";
import type { Predicate } from "#domain/detect/detector.ts";
import { lower } from "#domain/rules/cel-lower.ts";
import type { CelProblem, Scope } from "#domain/rules/cel-term.ts";

export type PredicateResult =
  | { readonly ok: true; readonly predicate: Predicate }
  | { readonly ok: false; readonly problems: readonly CelProblem[] };

/** Longest condition accepted, in characters; keeps one rule from costing what a hundred do. */
const MAX_SOURCE = 2_000;

/**
 * Compiles a CEL condition over the signals of a product into a three-valued predicate.
 *
 * cel-js parses; types are checked here, because in a rule every number is a double (`x > 135` must
 * work next to a gauge) and a state knows its allowed values. The result evaluates with Kleene logic:
 * `false && unknown` is false, `true || unknown` is true, anything else over an unknown is unknown.
 * Nothing throws: every problem is returned with its range within `source`.
 */
export function compilePredicate(source: string, model: ProductModel): PredicateResult {
  if (source.length > MAX_SOURCE) {
    const message = `the condition has ${source.length} characters, at most ${MAX_SOURCE} are allowed`;
    return { ok: false, problems: [{ message, start: 0, end: 1 }] };
  }
  const parsed = parseCel(source);
  if (!parsed.ok) return parsed;
  const scope: Scope = {
    model,
    source,
    signals: new Set(),
    limits: [],
    problems: [],
    negated: false,
  };
  const term = lower(parsed.ast, scope);
  const whole = { start: 0, end: source.length };
  if (term.type !== "bool" && term.type !== "error") {
    const message = `a condition must be true or false, this is a ${term.type}; compare it, e.g. "${source.trim()} > 0"`;
    scope.problems.push({ message, ...whole });
  }
  if (scope.problems.length === 0 && scope.signals.size === 0) {
    scope.problems.push({
      message: "the condition names no signal, so it could never change",
      ...whole,
    });
  }
  if (scope.problems.length > 0) return { ok: false, problems: scope.problems };
  const run = term.run;
  return {
    ok: true,
    predicate: {
      source,
      signals: [...scope.signals],
      limits: scope.limits,
      test: (view) => {
        const value = run(view);
        return typeof value === "boolean" ? value : undefined;
      },
    },
  };
}

type Parsed =
  | { readonly ok: true; readonly ast: ASTNode }
  | { readonly ok: false; readonly problems: readonly CelProblem[] };

function parseCel(source: string): Parsed {
  try {
    return { ok: true, ast: parse(source).ast };
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    const start = Math.min(error.range?.start ?? 0, source.length);
    const end = Math.max(error.range?.end ?? start + 1, start + 1);
    return { ok: false, problems: [{ message: plain(error.summary), start, end }] };
  }
}

/** The parser speaks in token names; a rule author reads characters. */
function plain(summary: string): string {
  const tokens: Readonly<Record<string, string>> = {
    EOF: "the end",
    RPAREN: '")"',
    LPAREN: '"("',
    RBRACKET: '"]"',
    COLON: '":"',
    IDENTIFIER: "a name",
  };
  const named = summary.replace(/\b[A-Z]{2,}\b/g, (token) => tokens[token] ?? token);
  if (/character: '?=/.test(summary)) {
    return `${named}; equality is written "=="`;
  }
  return named.charAt(0).toLowerCase() + named.slice(1);
}
