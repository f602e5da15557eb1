import assert from "node:assert";
import type { Problem } from "@voorzorg/firmware-contracts";
import type { AlertState } from "#domain/alert/advance.ts";
import type { CaseView } from "#domain/case/case.ts";
import type { PlaybookStep } from "#domain/rules/rule.ts";
import type { Expectation, RuleTestCase, TestStep } from "#domain/rules/rule-tests.ts";
import type { CompiledRuleset } from "#domain/rules/ruleset.ts";
import { CaseBench, stepsOf } from "#pipeline/rules-test/case-bench.ts";
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
  const times = { activatedAt, now: start };
  const bench = new RuleBench(product, test.rules, times);
  // Only a test that asks for it pays for the whole deciding core.
  const cases = test.expect.some(asksForCases) ? new CaseBench(product, test, times) : undefined;
  const playbookOf = ({ rule }: Expectation) =>
    product.rules.find((compiled) => compiled.rule.id === rule)?.rule.playbook ?? [];
  const failures: Problem[] = [];
  const steps = [...test.steps];
  const play = (step: TestStep): void => {
    for (const one of cases === undefined ? [bench] : [bench, cases]) {
      one.passTo(start + step.at);
      one.apply(step);
    }
  };
  for (const expectation of test.expect) {
    for (let step = steps[0]; step !== undefined && step.at <= expectation.at; step = steps[0]) {
      steps.shift();
      play(step);
    }
    bench.passTo(start + expectation.at);
    cases?.passTo(start + expectation.at);
    const failed = [
      mismatch(expectation, bench.alertOf(expectation.rule)),
      ...caseMismatches(
        expectation,
        cases?.casesOf(expectation.rule) ?? [],
        playbookOf(expectation),
      ),
    ].filter((failure) => failure !== undefined);
    failures.push(...failed.map((why) => expectation.problem(`${test.name}: ${why}`)));
  }
  for (const step of steps) play(step);
  const named = new Set(test.expect.map(({ rule }) => rule));
  for (const rule of bench.fired) {
    if (named.has(rule)) continue;
    failures.push(test.problem(`${test.name}: rule ${rule} fired, but no expectation names it`));
  }
  return { name: test.name, failures, fired: [...bench.fired] };
}

const asksForCases = ({ steps, escalated, resolved }: Expectation): boolean =>
  steps !== undefined || escalated !== undefined || resolved !== undefined;

/** What the playbook did otherwise than expected. */
function caseMismatches(
  expected: Expectation,
  cases: readonly CaseView[],
  playbook: readonly PlaybookStep[],
): readonly string[] {
  const { rule, atText, steps, escalated, resolved } = expected;
  const failures: string[] = [];
  const newest = cases.at(-1);
  const about = `at ${atText} the playbook of ${rule}`;
  if (steps !== undefined) {
    const begun = stepsOf(cases, playbook);
    if (JSON.stringify(begun) !== JSON.stringify(steps)) {
      failures.push(`${about} should have begun ${listed(steps)}, but began ${listed(begun)}`);
    }
  }
  if (escalated !== undefined && escalated !== (newest?.stage === "escalated")) {
    const is = newest === undefined ? "there is no case" : `the case is ${newest.stage}`;
    failures.push(`${about} should ${escalated ? "" : "not "}have called a person, but ${is}`);
  }
  if (resolved !== undefined && resolved !== (newest?.resolution ?? false)) {
    const is = newest === undefined ? "there is none" : (newest.resolution ?? "it is open");
    failures.push(
      `at ${atText} the case of ${rule} should be ${resolved === false ? "open" : resolved}, but ${is}`,
    );
  }
  return failures;
}

const listed = (names: readonly string[]): string =>
  names.length === 0 ? "no step" : names.join(", ");

function mismatch(expected: Expectation, alert: AlertState): string | undefined {
  const { rule, phase, unknown, atText } = expected;
  if (phase !== undefined && alert.phase !== phase) {
    const also = alert.unknown ? " and unknown" : "";
    return `at ${atText} rule ${rule} should be ${phase}, but is ${alert.phase}${also}`;
  }
  if (unknown !== undefined && alert.unknown !== unknown) {
    return `at ${atText} rule ${rule} should ${unknown ? "" : "not "}be unknown`;
  }
  return undefined;
}
