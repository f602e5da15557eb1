import type { ASTNode } from "@marcbachmann/cel-js";
import type { EvidenceLimit } from "#domain/case/case.ts";
import type { CelValue, Run, Scope, Term } from "#domain/rules/cel-term.ts";
import { named, refuse, UNKNOWN } from "#domain/rules/cel-term.ts";
import { nearest } from "#domain/rules/nearest.ts";

type Compare = EvidenceLimit["op"];
type Pair = readonly [Term, Term];

const MIRRORED: Readonly<Record<Compare, Compare>> = {
  "<": ">",
  "<=": ">=",
  ">": "<",
  ">=": "<=",
  "==": "==",
  "!=": "!=",
};
const OPPOSITE: Readonly<Record<Compare, Compare>> = {
  "<": ">=",
  "<=": ">",
  ">": "<=",
  ">=": "<",
  "==": "!=",
  "!=": "==",
};

const errorOf = (node: ASTNode): Term => ({ type: "error", run: UNKNOWN, node });

export function comparison(node: ASTNode & { op: Compare }, pair: Pair, scope: Scope): Term {
  const [left, right] = pair;
  if (left.type === "error" || right.type === "error") return errorOf(node);
  const op = node.op;
  if (left.type !== right.type || left.type === "list") {
    const chained = left.type === "bool" && right.type === "number";
    const hint = chained ? '; write "1 < x && x < 3" for a range' : "";
    return refuse(
      scope,
      node,
      `${named(scope, left)} and ${named(scope, right)}: they never compare${hint}`,
    );
  }
  if (op !== "==" && op !== "!=" && left.type !== "number") {
    return refuse(scope, node, `"${op}" compares numbers, but ${named(scope, left)}`);
  }
  if (!(allowedValue(left, right, scope) && allowedValue(right, left, scope))) return errorOf(node);
  noteLimit(op, pair, scope);
  return { type: "bool", run: compareRun(op, pair), node };
}

/** A state can only ever have one of its values: a misspelt one would silently never match. */
function allowedValue(state: Term, other: Term, scope: Scope): boolean {
  if (state.values === undefined || typeof other.constant !== "string") return true;
  if (state.values.includes(other.constant)) return true;
  const near = nearest(other.constant, state.values);
  const hint = near === undefined ? "" : `; did you mean '${near}'?`;
  const message = `${state.signal} is never '${other.constant}': its values are ${state.values.join(", ")}${hint}`;
  refuse(scope, other.node, message);
  return false;
}

function noteLimit(op: Compare, [left, right]: Pair, scope: Scope): void {
  const add = (signal: string, seen: Compare, value: CelValue): void => {
    scope.limits.push({ signal, op: scope.negated ? OPPOSITE[seen] : seen, value });
  };
  if (left.signal !== undefined && right.constant !== undefined) {
    add(left.signal, op, right.constant);
  } else if (right.signal !== undefined && left.constant !== undefined) {
    add(right.signal, MIRRORED[op], left.constant);
  }
}

/** The usual form, signal against number, gets a closure of its own: it is most of all evaluations. */
function compareRun(op: Compare, [left, right]: Pair): Run {
  if (left.signal !== undefined && typeof right.constant === "number") {
    return signalAgainst(left.signal, op, right.constant);
  }
  const [a, b] = [left.run, right.run];
  const holds = HOLDS[op];
  return (view) => {
    const x = a(view);
    if (x === undefined) return undefined;
    const y = b(view);
    return y === undefined ? undefined : holds(x, y);
  };
}

/** What each comparison means, on values of one type. */
export const HOLDS: Readonly<Record<Compare, (x: CelValue, y: CelValue) => boolean>> = {
  "<": (x, y) => x < y,
  "<=": (x, y) => x <= y,
  ">": (x, y) => x > y,
  ">=": (x, y) => x >= y,
  "==": (x, y) => x === y,
  "!=": (x, y) => x !== y,
};

function signalAgainst(signal: string, op: Compare, limit: number): Run {
  const known = (test: (x: number) => boolean): Run => {
    return (view) => {
      const x = view.get(signal);
      return typeof x === "number" ? test(x) : undefined;
    };
  };
  switch (op) {
    case "<":
      return known((x) => x < limit);
    case "<=":
      return known((x) => x <= limit);
    case ">":
      return known((x) => x > limit);
    case ">=":
      return known((x) => x >= limit);
    case "==":
      return known((x) => x === limit);
    case "!=":
      return known((x) => x !== limit);
  }
}

type Arithmetic = "+" | "-" | "*" | "/" | "%";
const CALCULATE: Readonly<Record<Arithmetic, (x: number, y: number) => number>> = {
  "+": (x, y) => x + y,
  "-": (x, y) => x - y,
  "*": (x, y) => x * y,
  "/": (x, y) => x / y,
  "%": (x, y) => x % y,
};

export function arithmetic(node: ASTNode & { op: Arithmetic }, pair: Pair, scope: Scope): Term {
  const [left, right] = pair;
  if (left.type === "error" || right.type === "error") return errorOf(node);
  const odd = left.type === "number" ? right : left;
  if (odd.type !== "number") {
    return refuse(scope, node, `"${node.op}" calculates with numbers, but ${named(scope, odd)}`);
  }
  const fraction = left.whole === true ? right : left;
  if (node.op === "%" && fraction.whole !== true) {
    const text = scope.source.slice(fraction.node.start, fraction.node.end);
    const message = `"%" is defined for whole numbers only; write int(${text}) to cut off decimals`;
    return refuse(scope, node, message);
  }
  const whole = node.op !== "/" && left.whole === true && right.whole === true;
  return calculated(node, { run: calculateRun(node.op, pair), whole, parts: pair }, scope);
}

function calculateRun(op: Arithmetic, [left, right]: Pair): Run {
  const [a, b] = [left.run, right.run];
  const calculate = CALCULATE[op];
  return (view) => {
    const x = a(view);
    const y = b(view);
    if (typeof x !== "number" || typeof y !== "number") return undefined;
    return finite(calculate(x, y));
  };
}

/** Division by zero and overflow say nothing about the device: unknown, never a breach. */
const finite = (x: number): number | undefined => (Number.isFinite(x) ? x : undefined);

interface Calculation {
  readonly run: Run;
  readonly whole: boolean;
  readonly parts: readonly Term[];
}

/** A number made from other terms; folded when all of them are constant. */
export function calculated(node: ASTNode, calculation: Calculation, scope: Scope): Term {
  const { run, whole, parts } = calculation;
  if (parts.some((part) => part.constant === undefined)) {
    return { type: "number", run, node, whole };
  }
  const value = run({ at: 0, get: () => undefined });
  if (value === undefined) return refuse(scope, node, "this is not a finite number");
  return { type: "number", run: () => value, node, whole, constant: value };
}

export function membership(node: ASTNode & { op: "in" }, [item, list]: Pair, scope: Scope): Term {
  if (item.type === "error" || list.type === "error") return errorOf(node);
  const elements = list.elements;
  const first = elements?.[0];
  if (elements === undefined || first === undefined) {
    return refuse(scope, node, `"in" needs a list in brackets, but ${named(scope, list)}`);
  }
  if (first.type !== item.type) {
    return refuse(scope, node, `${named(scope, item)}, but ${named(scope, first)}`);
  }
  const allowed = elements.map((element) => allowedValue(item, element, scope));
  if (allowed.includes(false)) return errorOf(node);
  return { type: "bool", run: membershipRun(item, elements), node };
}

function membershipRun(item: Term, elements: readonly Term[]): Run {
  const a = item.run;
  const constants = elements.map((element) => element.constant);
  if (!constants.includes(undefined)) {
    const set: ReadonlySet<CelValue | undefined> = new Set(constants);
    return (view) => {
      const x = a(view);
      return x === undefined ? undefined : set.has(x);
    };
  }
  return (view) => {
    const x = a(view);
    if (x === undefined) return undefined;
    let unknown = false;
    for (const element of elements) {
      const y = element.run(view);
      if (y === x) return true;
      unknown ||= y === undefined;
    }
    return unknown ? undefined : false;
  };
}
