import type { ASTNode } from "@marcbachmann/cel-js";
import { ParseError, parse } from "@marcbachmann/cel-js";
import type { ProductModel } from "@voorzorg/firmware-contracts";
import type { Predicate, Quantity } from "#domain/detect/detector.ts";
import { lower } from "#domain/rules/cel-lower.ts";
import type { CelProblem, Run, Scope, TermType } from "#domain/rules/cel-term.ts";

export type PredicateResult =
  | { readonly ok: true; readonly predicate: Predicate }
  | { readonly ok: false; readonly problems: readonly CelProblem[] };

export type QuantityResult =
  | { readonly ok: true; readonly quantity: Quantity }
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
  const compiled = compileTerm(source, model, {
    noun: "condition",
    type: "bool",
    wrong: (type) =>
      `a condition must be true or false, this is a ${type}; compare it, e.g. "${source.trim()} > 0"`,
  });
  if (!compiled.ok) return compiled;
  const { run, scope } = compiled;
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

/** Compiles a CEL calculation over the signals of a product, e.g. `flow_temp - return_temp`. */
export function compileQuantity(source: string, model: ProductModel): QuantityResult {
  const compiled = compileTerm(source, model, {
    noun: "calculation",
    type: "number",
    wrong: (type) => `a calculation must give a number, this is a ${type}`,
  });
  if (!compiled.ok) return compiled;
  const { run, scope } = compiled;
  return {
    ok: true,
    quantity: {
      source,
      signals: [...scope.signals],
      value: (view) => {
        const value = run(view);
        return typeof value === "number" ? value : undefined;
      },
    },
  };
}

type CompiledTerm =
  | { readonly ok: true; readonly run: Run; readonly scope: Scope }
  | { readonly ok: false; readonly problems: readonly CelProblem[] };

function compileTerm(
  source: string,
  model: ProductModel,
  wanted: { readonly noun: string; readonly type: TermType; wrong(type: TermType): string },
): CompiledTerm {
  const { noun } = wanted;
  if (source.length > MAX_SOURCE) {
    const message = `the ${noun} has ${source.length} characters, at most ${MAX_SOURCE} are allowed`;
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
  if (term.type !== wanted.type && term.type !== "error") {
    scope.problems.push({ message: wanted.wrong(term.type), ...whole });
  }
  if (scope.problems.length === 0 && scope.signals.size === 0) {
    const message = `the ${noun} names no signal, so it could never change`;
    scope.problems.push({ message, ...whole });
  }
  if (scope.problems.length > 0) return { ok: false, problems: scope.problems };
  return { ok: true, run: term.run, scope };
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
