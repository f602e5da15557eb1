import { parseArgs } from "node:util";
import type { Problem } from "@voorzorg/firmware-contracts";
import { formatProblems } from "@voorzorg/firmware-contracts";
import type { SourceFile } from "#domain/record.ts";
import { compileRuleset } from "#domain/rules/compile.ts";
import { parseRuleTests } from "#domain/rules/rule-tests.ts";
import type { CompiledRuleset } from "#domain/rules/ruleset.ts";
import { runRuleTest } from "#pipeline/rules-test/run-rule-tests.ts";
import {
  isRuleTest,
  readSources,
  SHIPPED_PRODUCTS,
  SHIPPED_RULES,
} from "./adapters/source-files/source-files.ts";
import { backtestCli, terminalOutput } from "./backtest-cli.ts";

const USAGE = `Usage: npm run rules -- check [DIR...] [--products DIR...]
       npm run rules -- test  [DIR...] [--products DIR...]
       npm run rules -- backtest [DIR...] --data DIR --alarms FILE [...]

check  reads the rules (*.yaml) of the folders against the products and reports every problem
test   also runs the tests beside them (*.test.yaml)
backtest  plays recorded devices against them, as npm run backtest -- --rules DIR does

DIR         folder or file; default: the shipped rules
--products  folder with product models that add to the shipped ones; may be repeated
Exit code: 0 all well, 1 problems or failed tests, 2 wrong call.`;

export interface Output {
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
}

/** `npm run rules`. Answers the exit code; everything else goes through `output`. */
export async function rulesCli(args: readonly string[], output: Output): Promise<number> {
  const call = readCall(args);
  if (typeof call === "string") {
    output.err(`${call}\n\n${USAGE}`);
    return 2;
  }
  const files = await readSources(call.folders.length > 0 ? call.folders : [SHIPPED_RULES]);
  const products = await readSources([SHIPPED_PRODUCTS, ...call.products]);
  const missing = [...files.missing, ...products.missing];
  if (missing.length > 0) {
    output.err(`no such file or folder: ${missing.join(", ")}`);
    return 2;
  }
  const rules = files.sources.filter((file) => !isRuleTest(file));
  const compiled = compileRuleset({ products: products.sources, rules, hash: "unreleased" });
  if (!compiled.ok) {
    print(compiled.problems, [...products.sources, ...rules], output);
    output.err(
      `${counted(compiled.problems.length, "problem")} in ${counted(rules.length, "file")}`,
    );
    return 1;
  }
  const total = [...compiled.ruleset.products.values()].reduce((n, p) => n + p.rules.length, 0);
  output.out(`${counted(total, "rule")} in ${counted(rules.length, "file")} are right`);
  if (call.command === "check") return 0;
  return runTests(files.sources.filter(isRuleTest), compiled.ruleset, output);
}

function runTests(files: readonly SourceFile[], ruleset: CompiledRuleset, output: Output): number {
  let [passed, failed, broken] = [0, 0, 0];
  const fired = new Set<string>();
  for (const file of files) {
    const parsed = parseRuleTests(file.path, file.text, ruleset);
    if (!parsed.ok) {
      print(parsed.problems, [file], output);
      broken += parsed.problems.length;
      continue;
    }
    for (const test of parsed.tests) {
      const result = runRuleTest(test, ruleset);
      for (const rule of result.fired) fired.add(`${test.product}/${rule}`);
      print(result.failures, [file], output);
      if (result.failures.length === 0) passed += 1;
      else failed += 1;
    }
  }
  const untested = [...ruleset.products.values()]
    .flatMap((product) => product.rules.map(({ rule }) => `${rule.product}/${rule.id}`))
    .filter((rule) => !fired.has(rule));
  if (untested.length > 0) output.out(`no test makes these fire: ${untested.join(", ")}`);
  if (broken > 0) output.err(`${counted(broken, "problem")} in the test files`);
  output.out(`${passed} passed, ${failed} failed`);
  return failed + broken > 0 ? 1 : 0;
}

interface Call {
  readonly command: "check" | "test";
  readonly folders: readonly string[];
  readonly products: readonly string[];
}

function readCall(args: readonly string[]): Call | string {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { products: { type: "string", multiple: true } },
      allowPositionals: true,
    });
    const [command, ...folders] = positionals;
    if (command !== "check" && command !== "test") {
      return command === undefined ? "no command given" : `there is no command "${command}"`;
    }
    return { command, folders, products: values.products ?? [] };
  } catch (error) {
    if (error instanceof TypeError) return error.message;
    throw error;
  }
}

function print(problems: readonly Problem[], files: readonly SourceFile[], output: Output): void {
  for (const problem of problems) {
    const text = files.find((file) => file.path === problem.file)?.text ?? "";
    output.err(formatProblems([problem], text));
  }
}

const counted = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? "" : "s"}`;

async function main([command, ...rest]: readonly string[]): Promise<number> {
  if (command === "backtest") {
    const named = rest[0] !== undefined && !rest[0].startsWith("--");
    return backtestCli(named ? ["--rules", ...rest] : rest, terminalOutput());
  }
  return rulesCli(command === undefined ? [] : [command, ...rest], {
    out: (line) => process.stdout.write(`${line}\n`),
    err: (line) => process.stderr.write(`${line}\n`),
  });
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
