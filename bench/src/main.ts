import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { SimError } from "@voorzorg/device-sim";
import { backtestBench } from "./backtest.ts";
import type { Bench, BenchContext } from "./bench.ts";
import { BenchError, readOptions } from "./bench.ts";
import { crashBench } from "./crash.ts";
import { deskBench } from "./desk.ts";
import { detectBench } from "./detect.ts";
import { detectionBench } from "./detection.ts";
import { ingestBench } from "./ingest.ts";
import { latencyBench } from "./latency.ts";
import { memoryBench } from "./memory.ts";
import { nodeRedBench } from "./node-red.ts";
import { outageBench } from "./outage.ts";
import { restartBench } from "./restart.ts";
import { scaleBench } from "./scale.ts";
import { storageBench } from "./storage.ts";
import { stormBench } from "./storm.ts";

const BENCHES: readonly Bench[] = [
  ingestBench,
  crashBench,
  latencyBench,
  memoryBench,
  stormBench,
  restartBench,
  nodeRedBench,
  scaleBench,
  outageBench,
  detectionBench,
  detectBench,
  backtestBench,
  storageBench,
  deskBench,
];

function usage(): string {
  const lines = BENCHES.flatMap((bench) => [
    `  ${bench.name.padEnd(10)}${bench.summary}`,
    ...Object.entries(bench.options).map(
      ([name, option]) => `    --${name} N  ${option.help} (${option.default})`,
    ),
    ...Object.entries(bench.texts ?? {}).map(([name, help]) => `    --${name} TEXT  ${help}`),
  ]);
  return `npm run bench -- NAME [--json FILE] [options]\nnpm run bench -- all [--json DIR]\n\n${lines.join("\n")}`;
}

async function runBench(bench: Bench, argv: string[], context: BenchContext): Promise<number> {
  const texts = Object.keys(bench.texts ?? {});
  const names = [...Object.keys(bench.options), ...texts, "json"];
  const options = Object.fromEntries(names.map((name) => [name, { type: "string" as const }]));
  let given: { readonly [name: string]: string | undefined; readonly json?: string | undefined };
  try {
    given = parseArgs({ args: argv, options }).values;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new BenchError(`${reason}\n\n${usage()}`, { cause: error });
  }
  const named = Object.fromEntries(
    texts.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]])),
  );
  const { figures, ok } = await bench.run(readOptions(bench, given), context, named);
  const json = JSON.stringify(figures, null, 2);
  context.out(json);
  if (given.json !== undefined) await writeFile(given.json, `${json}\n`);
  return ok ? 0 : 1;
}

/** Needs recordings that are not part of the project. */
const NEEDS_DATA: ReadonlySet<string> = new Set([detectionBench.name]);

/** Every bench with its defaults, its figures in a folder; what cannot be measured here is told and passed over. */
async function runAll(argv: string[], context: BenchContext): Promise<number> {
  const folder = parseArgs({ args: argv, options: { json: { type: "string" } } }).values.json;
  if (folder !== undefined) await mkdir(folder, { recursive: true });
  const failed: string[] = [];
  for (const bench of BENCHES.filter((one) => !NEEDS_DATA.has(one.name))) {
    if (context.signal.aborted) break;
    context.out(`-- ${bench.name}: ${bench.summary}`);
    const json = folder === undefined ? [] : ["--json", join(folder, `${bench.name}.json`)];
    if ((await told(bench, json, context)) !== 0) failed.push(bench.name);
  }
  if (failed.length > 0) context.out(`not measured, or a promise broken: ${failed.join(", ")}`);
  return failed.length === 0 ? 0 : 1;
}

/** The exit code; what the person at the terminal can do something about is told. */
async function told(bench: Bench, argv: string[], context: BenchContext): Promise<number> {
  try {
    return await runBench(bench, argv, context);
  } catch (error) {
    if (!(error instanceof BenchError) && !(error instanceof SimError)) throw error;
    process.stderr.write(`${bench.name}: ${error.message}\n`);
    return 1;
  }
}

async function main([name, ...rest]: string[]): Promise<number> {
  const stop = new AbortController();
  // The first signal ends in order, so that no child is left behind; the second at once.
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.once(name, () => stop.abort(new BenchError(`stopped by ${name}`)));
  }
  const context: BenchContext = {
    node: process.execPath,
    root: fileURLToPath(new URL("../..", import.meta.url)),
    env: process.env,
    cpuMs: () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1_000;
    },
    out: (line) => process.stdout.write(`${line}\n`),
    signal: stop.signal,
  };
  if (name === "all") return runAll(rest, context);
  const bench = BENCHES.find((candidate) => candidate.name === name);
  if (bench !== undefined) return told(bench, rest, context);
  const known = name === undefined || name === "--help";
  process.stderr.write(known ? `${usage()}\n` : `there is no bench "${name}"\n\n${usage()}\n`);
  return name === "--help" ? 0 : 2;
}

// Not exitCode: a client that still tries to reach a killed gateway would keep the process alive.
process.exit(await main(process.argv.slice(2)));
