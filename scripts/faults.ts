/**
 * Searches for what breaks the gateway: seeds of the simulation, then the real faults (*.faults.test.ts).
 *
 *     node scripts/faults.ts                  200 seeds and the real faults
 *     node scripts/faults.ts --seed 1234      replays one seed
 *     node scripts/faults.ts --seeds 5000 [--from 1]   that many seeds, on all cores
 */
import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { root, runCommand } from "./run-command.ts";

const CHILD = path.join(root, "gateway/test/faults/simulation/seeds-child.ts");
const SEEDS_BY_DEFAULT = 200;

interface Line {
  readonly seed: number;
  readonly failure?: string;
  readonly records: number;
  readonly acknowledged: number;
  readonly cases: number;
  readonly runs: number;
}

interface Sum {
  seeds: number;
  acknowledged: number;
  cases: number;
  runs: number;
  readonly failed: number[];
}

const text = (n: number): string => n.toLocaleString("en-US");

function say({ seeds, acknowledged, cases, runs, failed }: Sum, of: number): string {
  return `${text(seeds)} of ${text(of)} seeds, ${text(acknowledged)} messages acknowledged, ${text(cases)} cases, ${text(runs)} starts, ${failed.length} failed`;
}

/** Resolves when the child has ended; its seeds are every `step`-th one. */
function runChild(
  range: { readonly from: number; readonly step: number; readonly count: number },
  take: (line: Line) => void,
): Promise<void> {
  const args = [CHILD, String(range.from), String(range.step), String(range.count)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  createInterface({ input: child.stdout }).on("line", (line) => take(JSON.parse(line) as Line));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve();
      else reject(new Error(`the simulation ended with code ${code}; see its message above`));
    });
  });
}

async function runSeeds(from: number, seeds: number): Promise<boolean> {
  const sum: Sum = { seeds: 0, acknowledged: 0, cases: 0, runs: 0, failed: [] };
  const cores = Math.min(seeds, availableParallelism());
  let saidAt = performance.now();
  const take = (line: Line): void => {
    sum.seeds += 1;
    sum.acknowledged += line.acknowledged;
    sum.cases += line.cases;
    sum.runs += line.runs;
    if (line.failure !== undefined) {
      sum.failed.push(line.seed);
      console.error(`\n${line.failure}\n`);
    }
    if (performance.now() - saidAt < 5_000) return;
    saidAt = performance.now();
    console.log(say(sum, seeds));
  };
  await Promise.all(
    Array.from({ length: cores }, (_, i) => {
      const count = Math.floor(seeds / cores) + (i < seeds % cores ? 1 : 0);
      return runChild({ from: from + i, step: cores, count }, take);
    }),
  );
  console.log(say(sum, seeds));
  if (sum.failed.length > 0) console.log(`failed: ${sum.failed.toSorted((a, b) => a - b)}`);
  return sum.failed.length === 0;
}

const { values } = parseArgs({
  options: { seed: { type: "string" }, seeds: { type: "string" }, from: { type: "string" } },
});

/** A number that was given on the command line. */
function given(name: "seed" | "seeds" | "from", otherwise: number): number {
  const value = values[name];
  const number = value === undefined ? otherwise : Number(value);
  if (Number.isSafeInteger(number) && number >= 1) return number;
  console.error(
    `--${name} is ${JSON.stringify(value)}; a whole number of at least 1 would be right`,
  );
  process.exit(2);
}

const onlySeeds = values.seed !== undefined || values.seeds !== undefined;
const first = given("seed", given("from", 1));
const held = await runSeeds(
  first,
  values.seed === undefined ? given("seeds", SEEDS_BY_DEFAULT) : 1,
);
const real = onlySeeds
  ? 0
  : await runCommand("vitest", ["run", "--config", "vitest.faults.config.ts"]);
process.exitCode = held && real === 0 ? 0 : 1;
