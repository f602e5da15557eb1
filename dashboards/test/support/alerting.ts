import type { Answered } from "./execution.ts";
import type { AlertRule } from "./provisioning.ts";

/** Whether Grafana would say that the rule applies; undefined: no data. */
export function applies({ data }: AlertRule, answer: readonly Answered[]): boolean | undefined {
  const [, { model: reduced }, { model: compared }] = data;
  if (reduced.type !== "reduce" || compared.type !== "threshold") {
    throw new Error("a rule reduces first and compares then");
  }
  const values = answer
    .flatMap(({ values: rows }) => rows.map((row) => row[1]))
    .filter((value) => typeof value === "number");
  if (values.length === 0) return undefined;
  const value = REDUCERS[reduced.reducer](values);
  const { type, params } = compared.conditions[0].evaluator;
  return type === "gt" ? value > params[0] : value < params[0];
}

const sum = (values: readonly number[]): number => values.reduce((total, one) => total + one, 0);

const REDUCERS = {
  last: (values: readonly number[]): number => values.at(-1) ?? 0,
  max: (values: readonly number[]): number => Math.max(...values),
  mean: (values: readonly number[]): number => sum(values) / values.length,
  min: (values: readonly number[]): number => Math.min(...values),
  sum,
};
