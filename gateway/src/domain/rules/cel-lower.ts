import type { ASTNode } from "@marcbachmann/cel-js";
import type { ProductModel } from "@voorzorg/firmware-contracts";
import { FUNCTION_NAMES, isFunction, lowerCall } from "#domain/rules/cel-functions.ts";
import { arithmetic, comparison, membership } from "#domain/rules/cel-operators.ts";
import type { Run, Scope, Term } from "#domain/rules/cel-term.ts";
import { named, refuse, UNKNOWN } from "#domain/rules/cel-term.ts";
import { whatIsThere } from "#domain/rules/nearest.ts";

/** Turns a checked AST node into a closure, reporting what does not fit into `scope.problems`. */
export function lower(node: ASTNode, scope: Scope): Term {
  switch (node.op) {
    case "value":
      return literal(node, scope);
    case "id":
      return identifier(node, scope);
    case "&&":
    case "||":
      return logical(node, scope);
    case "!_":
      return negation(node, scope);
    case "-_":
      return minus(node, scope);
    case "<":
    case "<=":
    case ">":
    case ">=":
    case "==":
    case "!=":
      return comparison(node, [lower(node.args[0], scope), lower(node.args[1], scope)], scope);
    case "+":
    case "-":
    case "*":
    case "/":
    case "%":
      return arithmetic(node, [lower(node.args[0], scope), lower(node.args[1], scope)], scope);
    case "in":
      return membership(node, [lower(node.args[0], scope), lower(node.args[1], scope)], scope);
    case "?:":
      return ternary(node, scope);
    case "list":
      return list(node, scope);
    case "call":
      return call(node, { name: node.args[0], args: node.args[1], method: false }, scope);
    case "rcall":
      return call(
        node,
        { name: node.args[0], args: [node.args[1], ...node.args[2]], method: true },
        scope,
      );
    case ".":
    case ".?":
    case "[]":
    case "[?]":
    case "map":
      return refuse(scope, node, "signals are plain values: there are no fields, indexes or maps");
  }
}

const isSignal = (model: ProductModel, name: string): boolean => Object.hasOwn(model.signals, name);

function literal(node: ASTNode & { op: "value" }, scope: Scope): Term {
  const value = node.args;
  if (typeof value === "bigint") {
    const number = Number(value);
    if (!Number.isSafeInteger(number)) return refuse(scope, node, "the number is too large");
    return { type: "number", run: () => number, node, constant: number, whole: true };
  }
  if (typeof value === "number") {
    return { type: "number", run: () => value, node, constant: value };
  }
  if (typeof value === "string") {
    return { type: "string", run: () => value, node, constant: value };
  }
  if (typeof value === "boolean") {
    return { type: "bool", run: () => value, node, constant: value };
  }
  if (value === null) {
    const message = "there is no null: a condition over an unknown signal is unknown by itself";
    return refuse(scope, node, message);
  }
  return refuse(scope, node, "only numbers, texts in quotes, true and false are allowed here");
}

function identifier(node: ASTNode & { op: "id" }, scope: Scope): Term {
  const name = node.args;
  const { model } = scope;
  const signal = isSignal(model, name) ? model.signals[name] : undefined;
  if (signal === undefined) {
    const hint = whatIsThere(name, Object.keys(model.signals), "signal");
    return refuse(scope, node, `product "${model.id}" has no signal "${name}"; ${hint}`);
  }
  scope.signals.add(name);
  switch (signal.kind) {
    case "gauge":
    case "counter":
      return { type: "number", run: numberOf(name), node, signal: name };
    case "flag":
      return { type: "bool", run: flagOf(name), node, signal: name };
    case "text":
      return { type: "string", run: textOf(name), node, signal: name };
    case "state": {
      const values = signal.values === undefined ? {} : { values: signal.values };
      return { type: "string", run: textOf(name), node, signal: name, ...values };
    }
  }
}

const numberOf =
  (name: string): Run =>
  (view) => {
    const value = view.get(name);
    return typeof value === "number" ? value : undefined;
  };
const flagOf =
  (name: string): Run =>
  (view) => {
    const value = view.get(name);
    return typeof value === "boolean" ? value : undefined;
  };
const textOf =
  (name: string): Run =>
  (view) => {
    const value = view.get(name);
    return typeof value === "string" ? value : undefined;
  };

function logical(node: ASTNode & { op: "&&" | "||" }, scope: Scope): Term {
  const left = needBool(lower(node.args[0], scope), scope);
  const right = needBool(lower(node.args[1], scope), scope);
  const [a, b] = [left.run, right.run];
  if (left.type === "error" || right.type === "error") return { type: "error", run: UNKNOWN, node };
  // `decisive` settles the result alone, whatever the other side is.
  const decisive = node.op === "||";
  const run: Run = (view) => {
    const x = a(view);
    if (x === decisive) return decisive;
    const y = b(view);
    if (y === decisive) return decisive;
    return x === undefined || y === undefined ? undefined : !decisive;
  };
  return { type: "bool", run, node };
}

function needBool(term: Term, scope: Scope): Term {
  if (term.type === "bool" || term.type === "error") return term;
  return refuse(scope, term.node, `${named(scope, term)}, but true or false is needed here`);
}

function negation(node: ASTNode & { op: "!_" }, scope: Scope): Term {
  scope.negated = !scope.negated;
  const inner = needBool(lower(node.args, scope), scope);
  scope.negated = !scope.negated;
  if (inner.type === "error") return { ...inner, node };
  const a = inner.run;
  const run: Run = (view) => {
    const x = a(view);
    return x === undefined ? undefined : !x;
  };
  return { type: "bool", run, node };
}

function minus(node: ASTNode & { op: "-_" }, scope: Scope): Term {
  const inner = lower(node.args, scope);
  if (inner.type === "error") return { ...inner, node };
  if (inner.type !== "number") {
    return refuse(scope, node, `${named(scope, inner)}, a minus sign needs a number`);
  }
  const a = inner.run;
  const run: Run = (view) => {
    const x = a(view);
    return typeof x === "number" ? -x : undefined;
  };
  const constant = typeof inner.constant === "number" ? { constant: -inner.constant } : {};
  return { type: "number", run, node, whole: inner.whole === true, ...constant };
}

function ternary(node: ASTNode & { op: "?:" }, scope: Scope): Term {
  const condition = needBool(lower(node.args[0], scope), scope);
  const yes = lower(node.args[1], scope);
  const no = lower(node.args[2], scope);
  if ([condition, yes, no].some((term) => term.type === "error")) {
    return { type: "error", run: UNKNOWN, node };
  }
  if (yes.type !== no.type || yes.type === "list") {
    const message = `both results must be of one kind: ${named(scope, yes)}, ${named(scope, no)}`;
    return refuse(scope, node, message);
  }
  const [c, a, b] = [condition.run, yes.run, no.run];
  const run: Run = (view) => {
    const x = c(view);
    if (x === undefined) return undefined;
    return x ? a(view) : b(view);
  };
  return { type: yes.type, run, node, whole: yes.whole === true && no.whole === true };
}

function list(node: ASTNode & { op: "list" }, scope: Scope): Term {
  const elements = node.args.map((element) => lower(element, scope));
  const first = elements[0];
  if (first === undefined) return refuse(scope, node, "the list is empty: nothing can be in it");
  const odd = elements.find((term) => term.type !== first.type && term.type !== "error");
  if (odd !== undefined && first.type !== "error") {
    const message = `a list holds one kind of value: ${named(scope, first)}, ${named(scope, odd)}`;
    return refuse(scope, odd.node, message);
  }
  if (elements.some((term) => term.type === "error")) return { type: "error", run: UNKNOWN, node };
  return { type: "list", run: UNKNOWN, node, elements };
}

interface CallNodes {
  readonly name: string;
  readonly args: readonly ASTNode[];
  readonly method: boolean;
}

function call(node: ASTNode, { name, args, method }: CallNodes, scope: Scope): Term {
  if (!isFunction(name)) {
    const hint = whatIsThere(name, FUNCTION_NAMES, "function");
    return refuse(scope, node, `there is no function "${name}" in conditions; ${hint}`);
  }
  const terms = args.map((arg) => lower(arg, scope));
  if (terms.some((term) => term.type === "error")) return { type: "error", run: UNKNOWN, node };
  return lowerCall(node, { name, args: terms, method }, scope);
}
