import assert from "node:assert";
import type { ASTNode } from "@marcbachmann/cel-js";
import { calculated } from "#domain/rules/cel-operators.ts";
import type { Run, Scope, Term } from "#domain/rules/cel-term.ts";
import { named, refuse } from "#domain/rules/cel-term.ts";

interface Call {
  readonly name: string;
  /** For `s.f(x)`: s first. None of them is an error. */
  readonly args: readonly Term[];
  readonly method: boolean;
}

interface NumberFunction {
  readonly kind: "number";
  readonly arity: number;
  readonly whole: boolean;
  readonly of: (x: number, y: number) => number;
}
interface TextFunction {
  readonly kind: "text";
  readonly of: (text: string, part: string) => boolean;
}

const FUNCTIONS: Readonly<Record<string, NumberFunction | TextFunction>> = {
  int: { kind: "number", arity: 1, whole: true, of: (x) => Math.trunc(x) },
  double: { kind: "number", arity: 1, whole: false, of: (x) => x },
  abs: { kind: "number", arity: 1, whole: false, of: (x) => Math.abs(x) },
  min: { kind: "number", arity: 2, whole: false, of: (x, y) => Math.min(x, y) },
  max: { kind: "number", arity: 2, whole: false, of: (x, y) => Math.max(x, y) },
  startsWith: { kind: "text", of: (text, part) => text.startsWith(part) },
  endsWith: { kind: "text", of: (text, part) => text.endsWith(part) },
  contains: { kind: "text", of: (text, part) => text.includes(part) },
};

export const FUNCTION_NAMES: readonly string[] = Object.keys(FUNCTIONS);
export const isFunction = (name: string): boolean => Object.hasOwn(FUNCTIONS, name);

/**
 * The functions of the dialect. Few on purpose: a regular expression (`matches`) could stall the
 * whole detection, and clocks or random values would break that the same journal decides the same.
 */
export function lowerCall(node: ASTNode, call: Call, scope: Scope): Term {
  const known = FUNCTIONS[call.name];
  assert(known, `function ${call.name} was looked up before`);
  const { args } = call;
  if (known.kind === "text") return textCall(node, { ...call, of: known.of }, scope);
  if (call.method || args.length !== known.arity) {
    const form = known.arity === 1 ? `${call.name}(x)` : `${call.name}(x, y)`;
    return refuse(scope, node, `write it as ${form}`);
  }
  const odd = args.find((arg) => arg.type !== "number");
  if (odd !== undefined) {
    return refuse(scope, node, `${call.name} takes numbers, but ${named(scope, odd)}`);
  }
  return calculated(node, { run: numberRun(known, args), whole: known.whole, parts: args }, scope);
}

function numberRun(known: NumberFunction, args: readonly Term[]): Run {
  const first = args[0]?.run ?? (() => undefined);
  const second = args[1]?.run ?? first;
  return (view) => {
    const x = first(view);
    const y = second(view);
    return typeof x === "number" && typeof y === "number" ? known.of(x, y) : undefined;
  };
}

interface TextCall extends Call {
  readonly of: TextFunction["of"];
}

function textCall(node: ASTNode, call: TextCall, scope: Scope): Term {
  const [text, part] = call.args;
  if (!call.method || text === undefined || part === undefined || call.args.length !== 2) {
    return refuse(scope, node, `write it as text.${call.name}('part')`);
  }
  const odd = [text, part].find((arg) => arg.type !== "string");
  if (odd !== undefined) {
    return refuse(scope, node, `${call.name} takes texts, but ${named(scope, odd)}`);
  }
  const [a, b] = [text.run, part.run];
  const run: Run = (view) => {
    const x = a(view);
    const y = b(view);
    return typeof x === "string" && typeof y === "string" ? call.of(x, y) : undefined;
  };
  return { type: "bool", run, node };
}
