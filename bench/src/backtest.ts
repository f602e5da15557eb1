import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { BenchContext, BenchResult } from "./bench.ts";
import { BenchError, defineBench } from "./bench.ts";
import { GAUGES, MACHINE, PRODUCT, TYPICAL_RULES } from "./detect-rules.ts";
import { Daily } from "./detect-signals.ts";
import { runTool } from "./run-tool.ts";
import { median, rounded } from "./statistics.ts";
import { TempDir } from "./temp-dir.ts";

const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2026, 0, 1);
const PERIOD_MS = 15 * 60_000;
/** Room for young objects: what Node takes by itself would eat up a small limit and make it collect all the time. */
const YOUNG_MB = 8;
/** Files that are made; the other machines are links to them, since making is not what is measured. */
const MADE = 16;

export const backtestBench = defineBench({
  name: "backtest",
  summary:
    "time and peak memory of a backtest over generated recordings, for a short and a long history",
  options: {
    devices: { default: 1_000, min: 16, max: 100_000, help: "machines with twenty rules each" },
    days: { default: 28, min: 2, max: 3_650, help: "length of the long history" },
    short: { default: 7, min: 1, max: 3_650, help: "days of the short one" },
    cohort: {
      default: 1,
      min: 1,
      max: 10_000,
      help: "machines per cohort; they are played together",
    },
    heap: {
      default: 128,
      min: 32,
      max: 65_536,
      help: "MB that Node may use for objects: without a limit it lets garbage lie",
    },
    repeats: { default: 3, min: 1, max: 50, help: "runs of each; medians count" },
  },
  async run(options, context): Promise<BenchResult> {
    await using dir = await TempDir.create("voorzorg-backtest-");
    await writeFile(dir.sub("product.yaml"), PRODUCT);
    await writeFile(dir.sub("rules.yaml"), TYPICAL_RULES);
    const histories = { short: Math.min(options.short, options.days), long: options.days };
    const figures: Record<string, unknown> = {
      devices: options.devices,
      cohort: options.cohort,
      heapMb: options.heap,
    };
    for (const [name, days] of Object.entries(histories)) {
      const data = dir.sub(name);
      await makeRecordings(data, { ...options, days });
      const runs: Run[] = [];
      for (let i = 0; i < options.repeats; i++)
        runs.push(await play(dir, data, { ...context, heapMb: options.heap }));
      const seconds = median(runs.map((run) => run.seconds));
      const messages = (days * DAY_MS * options.devices) / PERIOD_MS;
      figures[name] = {
        days,
        seconds: rounded(seconds, 1),
        peakMemoryMb: Math.round(median(runs.map((run) => run.peakMemoryMb))),
        messages: Math.round(messages),
        samplesPerSecond: Math.round((messages * (GAUGES.length + 2)) / seconds),
      };
    }
    return { figures, ok: true };
  },
});

interface Run {
  readonly seconds: number;
  readonly peakMemoryMb: number;
}

async function play(
  dir: TempDir,
  data: string,
  context: BenchContext & { readonly heapMb: number },
): Promise<Run> {
  const summary = dir.sub("summary.json");
  const code = await runTool(context, [
    `--max-old-space-size=${Math.round(context.heapMb)}`,
    `--max-semi-space-size=${YOUNG_MB}`,
    join(context.root, "gateway/src/backtest-cli.ts"),
    ...["--data", data, "--alarms", dir.sub("alarms.ndjson"), "--summary", summary],
    ...["--products", dir.sub("product.yaml"), "--rules", dir.sub("rules.yaml")],
  ]);
  if (code !== 0) throw new BenchError(`the backtest ended with exit code ${code}`);
  return JSON.parse(await readFile(summary, "utf8")) as Run;
}

async function makeRecordings(
  path: string,
  { devices, days, cohort }: { devices: number; days: number; cohort: number },
): Promise<void> {
  const series = join(path, "series");
  await mkdir(series, { recursive: true });
  const rows = Math.round((days * DAY_MS) / PERIOD_MS);
  for (let index = 0; index < MADE; index++) {
    await writeFile(
      join(series, `machine-${index}.csv.gz`),
      await promisify(gzip)(csvOf(index, rows)),
    );
  }
  const lines = Array.from({ length: devices }, (_, index) => {
    const peers = cohort > 1 ? `cohort-${Math.floor(index / cohort)}` : "";
    return `machine-${index},${MACHINE},"{}",${peers}`;
  });
  await writeFile(join(path, "devices.csv"), `device,product,attrs,cohort\n${lines.join("\n")}\n`);
  for (let index = MADE; index < devices; index++) {
    await symlink(`machine-${index % MADE}.csv.gz`, join(series, `machine-${index}.csv.gz`));
  }
}

function csvOf(index: number, rows: number): string {
  const machine = new Daily(index);
  const names = [...GAUGES, "state", "door_open"];
  const lines = Array.from({ length: rows }, (_, row) => {
    const values = machine.valuesAt(row);
    const cells = names.map((name) => String(values[name] ?? ""));
    return [new Date(START_MS + row * PERIOD_MS).toISOString(), ...cells].join(",");
  });
  return `ts,${names.join(",")}\n${lines.join("\n")}\n`;
}
