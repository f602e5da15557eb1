import type { ASTNode } from "@marcbachmann/cel-js";
import type { ProductModel } from "@voorzorg/firmware-contracts";
import type { EvidenceLimit } from "#domain/case/case.ts";
import type { SignalView } from "#domain/detect/detector.ts";

/** A problem of one condition; `start` and `end` are offsets into its source. */
export interface CelProblem {
  readonly message: string;
  readonly start: number;
  readonly end: number;
}

export type CelValue = number | string | boolean;
export type Run = (view: SignalView) => CelValue | undefined;

/** `error`: a problem was reported already; the term fits everywhere, so one slip is told once. */
export type TermType = "number" | "string" | "bool" | "list" | "error";

export interface Term {
  readonly type: TermType;
  readonly run: Run;
  readonly node: ASTNode;
  /** Set when no signal is involved. */
  readonly constant?: CelValue;
  /** Set when the term is a signal and nothing else. */
  readonly signal?: string;
  /** Allowed values, when the term is a state. */
  readonly values?: readonly string[];
  /** A number that is always whole: what `%` takes. */
  readonly whole?: boolean;
  readonly elements?: readonly Term[];
}

export interface Scope {
  readonly model: ProductModel;
  readonly source: string;
  /** Signals in the order of their appearance. */
  readonly signals: Set<string>;
  readonly limits: EvidenceLimit[];
  readonly problems: CelProblem[];
  /** Inside an odd number of `!`: limits are collected the other way round. */
  negated: boolean;
}

export const UNKNOWN: Run = () => undefined;

export function refuse(scope: Scope, node: ASTNode, message: string): Term {
  scope.problems.push({ message, start: node.start, end: Math.max(node.end, node.start + 1) });
  return { type: "error", run: UNKNOWN, node };
}

/** How a term is called in a message: its source text and type. */
export function named(scope: Scope, term: Term): string {
  const kind = { number: "number", string: "text", bool: "yes/no value", list: "list", error: "?" };
  return `"${scope.source.slice(term.node.start, term.node.end)}" is a ${kind[term.type]}`;
}
