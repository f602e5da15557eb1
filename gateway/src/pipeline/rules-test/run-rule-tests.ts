import assert from "node:assert";
import type { Problem } from "@voorzorg/firmware-contracts";
import type { AlertState } from "#domain/alert/advance.ts";
import type { Expectation, RuleTestCase } from "#domain/rules/rule-tests.ts";
import type { CompiledRuleset } from "#domain/rules/ruleset.ts";
import { RuleBench } from "#pipeline/rules-test/rule-bench.ts";

export interface RuleTestResult {
  readonly name: string;
  /** Empty = passed. */
  readonly failures: readonly Problem[];
  /** Rules that fired. */
  readonly fired: readonly string[];
}

/**
 * Plays one test: its inputs in order of time, its expectations when everything of the same moment
 * has happened. A rule that fires without being named in `expect` is a failure too: a new rule must
 * not disturb the old tests unseen.
 */
export function runRuleTest(test: RuleTestCase, ruleset: CompiledRuleset): RuleTestResult {
  const product = ruleset.products.get(test.product);
  assert(product, `test "${test.name}" was read against product ${test.product}`);
  const start = Date.parse(test.start);
  const activatedAt = start - test.activatedBefore;
  const bench = new RuleBench(product, test.rules, { activatedAt, now: start });
  const failures: Problem[] = [];
  const steps = [...test.steps];
  for (const expectation of test.expect) {
    for (let step = steps[0]; step !== undefined && step.at <= expectation.at; step = steps[0]) {
      steps.shift();
      bench.passTo(start + step.at);
      bench.apply(step);
    }
    bench.passTo(start + expectation.at);
    const failure = mismatch(expectation, bench.alertOf(expectation.rule));
    if (failure !== undefined) failures.push(expectation.problem(`${test.name}: ${failure}`));
  }
  for (const step of steps) {
    bench.passTo(start + step.at);
    bench.apply(step);
  }
  const named = new Set(test.expect.map(({ rule }) => rule));
  for (const rule of bench.fired) {
    if (named.has(rule)) continue;
    failures.push(test.problem(`${test.name}: rule ${rule} fired, but no expectation names it`));
  }
  return { name: test.name, failures, fired: [...bench.fired] };
}

function mismatch(expected: Expectation, alert: AlertState): string | undefined {
  const { rule, phase, unknown, atText } = expected;
  if (alert.phase !== phase) {
    const also = alert.unknown ? " and unknown" : "";
    return `at ${atText} rule ${rule} should be ${phase}, but is ${alert.phase}${also}`;
  }
  if (unknown !== undefined && alert.unknown !== unknown) {
    return `at ${atText} rule ${rule} should ${unknown ? "" : "not "}be unknown`;
  }
  return undefined;
}
