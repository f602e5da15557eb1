/**
 * Every gate that a change must pass, in the order of how fast it fails. All gates run, so that
 * one call shows everything that is wrong.
 *
 *     node scripts/check.ts [--without-tests] [--json FILE]
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { changedByGenerating } from "./generate.ts";
import { runCommand } from "./run-command.ts";

interface Gate {
  readonly name: string;
  readonly run: () => Promise<boolean>;
}

const command =
  (name: string, ...args: readonly string[]) =>
  async () =>
    (await runCommand(name, args)) === 0;

async function generatedUnchanged(): Promise<boolean> {
  const changed = await changedByGenerating();
  for (const file of changed) {
    console.error(`${file} is not what its source generates: run \`npm run generate\``);
  }
  return changed.length === 0;
}

const { values } = parseArgs({
  options: { "without-tests": { type: "boolean", default: false }, json: { type: "string" } },
});

const gates: readonly Gate[] = [
  { name: "format, lint, import layers", run: command("biome", "ci", "--error-on-warnings", ".") },
  { name: "types", run: command("tsc") },
  { name: "unused code and dependencies", run: command("knip") },
  ...(values["without-tests"] ? [] : [{ name: "tests", run: command("vitest", "run") }]),
  { name: "generated files unchanged", run: generatedUnchanged },
];

const results: { name: string; passed: boolean; seconds: number }[] = [];
for (const gate of gates) {
  console.log(`\n== ${gate.name}`);
  const startedAt = performance.now();
  const passed = await gate.run();
  results.push({ name: gate.name, passed, seconds: (performance.now() - startedAt) / 1_000 });
}

console.log("");
for (const { name, passed, seconds } of results) {
  console.log(`${passed ? "passed" : "FAILED"}  ${name} (${seconds.toFixed(1)} s)`);
}
if (values.json !== undefined) {
  writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`);
}
process.exitCode = results.every(({ passed }) => passed) ? 0 : 1;
