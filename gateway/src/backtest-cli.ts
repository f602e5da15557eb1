import { createHash } from "node:crypto";
import { open, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { GatewayError } from "#domain/errors.ts";
import type { CompiledRuleset } from "#domain/rules/ruleset.ts";
import type { Alarm, Played, Span } from "#pipeline/backtest/play-group.ts";
import type { ReportedSet } from "#pipeline/backtest/report/page.ts";
import { reportPage } from "#pipeline/backtest/report/page.ts";
import { checkSources } from "#pipeline/load-sources.ts";
import { findDataSets, sizeOf } from "./adapters/recording-files/data-set.ts";
import type { SetPlan } from "./adapters/recording-files/play-set.ts";
import { planSet, playSet } from "./adapters/recording-files/play-set.ts";
import { Progress } from "./adapters/recording-files/progress.ts";
import { reportSet } from "./adapters/recording-files/report-set.ts";
import {
  isRuleTest,
  readSources,
  SHIPPED_PRODUCTS,
  SHIPPED_RULES,
} from "./adapters/source-files/source-files.ts";

const USAGE = `Usage: npm run backtest -- --data DIR --alarms FILE [--rules DIR...] [--products DIR...]
                          [--set NAME...] [--report FILE.html] [--summary FILE.json]

Runs the rules over recorded devices with the gateway's own core, without broker or store.

--data      folder of one set (devices.csv, series/, events.csv.gz, meta.json) or of several such folders
--alarms    written: one JSON object per line, {"set","device","from","to","level","rule"}; from = device
            time at which the alert fired, to = when it ended (null = it stands at the end)
--rules     folders or files with rules that add to the shipped ones
--products  folders or files with product models that add to the shipped ones
--set       only the sets of these names
--summary   written: one JSON object with seconds, peakMemoryMb and, per set, what was played
--report    written: a page with charts of three hits, misses and false alarms of each set
Exit code: 0 done, 1 rules or recordings have problems, 2 wrong call.`;

export interface Output {
  readonly err: (line: string) => void;
  /** Draws over the last line; undefined = no terminal, progress comes as lines. */
  readonly draw: ((line: string) => void) | undefined;
  /** Monotonic, ms: for the pace of the progress shown, never for a decision. */
  readonly now: () => number;
  /** Of this process so far. */
  readonly peakMemoryMb: () => number;
}

interface Call {
  readonly data: string;
  readonly alarms: string;
  readonly rules: readonly string[];
  readonly products: readonly string[];
  readonly sets: readonly string[];
  readonly report: string | undefined;
  readonly summary: string | undefined;
}

/** `npm run backtest`. Answers the exit code; everything else goes to the files and through `output`. */
export async function backtestCli(args: readonly string[], output: Output): Promise<number> {
  const call = readCall(args);
  if (typeof call === "string") {
    output.err(`${call}\n\n${USAGE}`);
    return 2;
  }
  try {
    const ruleset = await readRuleset(call);
    await run(call, ruleset, output);
    return 0;
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    output.err(`${error.code}: ${error.message}`);
    return 1;
  }
}

async function run(call: Call, ruleset: CompiledRuleset, output: Output): Promise<void> {
  const startedAt = output.now();
  const sets = await findDataSets(call.data, call.sets);
  const results: SetResult[] = [];
  const reported: ReportedSet[] = [];
  const file = await open(call.alarms, "w");
  try {
    for (const set of sets) {
      const plan = planSet(set, ruleset);
      tellSkipped(plan, output);
      if (plan.groups.length === 0) continue;
      const alarms: Alarm[] = [];
      const spans = new Map<string, Span>();
      const take = async (played: Played): Promise<void> => {
        await file.write(played.alarms.map((alarm) => lineOf(set.name, alarm)).join(""));
        if (call.report === undefined) return;
        alarms.push(...played.alarms);
        for (const [device, span] of played.spans) spans.set(device, span);
      };
      const result = await runSet(plan, ruleset, { output, take });
      results.push(result);
      if (call.report === undefined) continue;
      reported.push(await reportSet(plan, ruleset, { alarms, spans, summary: sentenceOf(result) }));
    }
  } finally {
    await file.close();
  }
  if (call.report !== undefined) await writeFile(call.report, reportPage(reported));
  const seconds = (output.now() - startedAt) / 1_000;
  const peakMemoryMb = output.peakMemoryMb();
  output.err(`done in ${seconds.toFixed(1)} s, peak memory ${peakMemoryMb} MB`);
  if (call.summary === undefined) return;
  await writeFile(call.summary, `${JSON.stringify({ seconds, peakMemoryMb, sets: results })}\n`);
}

interface SetResult {
  readonly set: string;
  readonly devices: number;
  readonly messages: number;
  readonly samples: number;
  readonly alarms: number;
  readonly refused: number;
}

const sentenceOf = ({ devices, messages, samples, alarms }: SetResult): string =>
  `${devices} devices, ${messages} messages, ${samples} samples, ${alarms} alarms`;

async function runSet(
  plan: SetPlan,
  ruleset: CompiledRuleset,
  { output, take }: { output: Output; take: (played: Played) => Promise<void> },
): Promise<SetResult> {
  const devices = plan.groups.flat();
  const progress = new Progress(plan.set.name, await sizeOf(plan.set, devices), output);
  const reasons = new Map<string, number>();
  let [messages, samples, alarms, refused] = [0, 0, 0, 0];
  for await (const played of playSet(plan, ruleset, (bytes) => progress.add(bytes))) {
    messages += played.messages;
    samples += played.samples;
    alarms += played.alarms.length;
    for (const [reason, n] of played.refused) {
      reasons.set(reason, (reasons.get(reason) ?? 0) + n);
      refused += n;
    }
    await take(played);
  }
  const result = {
    set: plan.set.name,
    devices: devices.length,
    messages,
    samples,
    alarms,
    refused,
  };
  progress.end(sentenceOf(result));
  for (const [reason, n] of reasons) output.err(`  ${n} messages refused: ${reason}`);
  return result;
}

function lineOf(set: string, { device, from, to, level, rule }: Alarm): string {
  const ended = to === null ? null : new Date(to).toISOString();
  return `${JSON.stringify({ set, device, from: new Date(from).toISOString(), to: ended, level, rule })}\n`;
}

function tellSkipped({ set, skipped }: SetPlan, output: Output): void {
  for (const [product, n] of skipped) {
    output.err(
      `${set.name}: ${n} of ${set.devices.length} devices are not played: there is no product model "${product}"; name its folder with --products.`,
    );
  }
}

async function readRuleset(call: Call): Promise<CompiledRuleset> {
  const rules = await readSources([SHIPPED_RULES, ...call.rules]);
  const products = await readSources([SHIPPED_PRODUCTS, ...call.products]);
  const missing = [...rules.missing, ...products.missing];
  if (missing.length > 0)
    throw new SourcesMissingError(`no such file or folder: ${missing.join(", ")}`);
  const files = {
    products: products.sources,
    rules: rules.sources.filter((file) => !isRuleTest(file)),
  };
  return checkSources(files, (text) => createHash("sha256").update(text).digest("hex")).ruleset;
}

class SourcesMissingError extends GatewayError {
  readonly code = "VZ_SOURCES_MISSING";
}

const LISTS = ["rules", "products", "set"] as const;

function readCall(args: readonly string[]): Call | string {
  try {
    const { values } = parseArgs({
      args: repeated(args),
      options: {
        data: { type: "string" },
        alarms: { type: "string" },
        rules: { type: "string", multiple: true },
        products: { type: "string", multiple: true },
        set: { type: "string", multiple: true },
        report: { type: "string" },
        summary: { type: "string" },
      },
    });
    const { data, alarms, rules = [], products = [], set = [], report, summary } = values;
    if (data === undefined) return "--data is missing";
    if (alarms === undefined) return "--alarms is missing";
    return { data, alarms, rules, products, sets: set, report, summary };
  } catch (error) {
    if (error instanceof TypeError) return error.message;
    throw error;
  }
}

/** `--rules A B` means `--rules A --rules B`. */
function repeated(args: readonly string[]): string[] {
  const out: string[] = [];
  let list: string | undefined;
  let filled = false;
  for (const arg of args) {
    if (arg.startsWith("--")) {
      list = LISTS.some((name) => arg === `--${name}`) ? arg : undefined;
      filled = false;
    } else if (list !== undefined) {
      if (filled) out.push(list);
      filled = true;
    }
    out.push(arg);
  }
  return out;
}

/** This process's terminal. */
export const terminalOutput = (): Output => ({
  err: (line) => process.stderr.write(`${line}\n`),
  draw: process.stderr.isTTY ? (line) => process.stderr.write(`\r\x1b[K${line}`) : undefined,
  now: () => performance.now(),
  peakMemoryMb: () => Math.round(process.resourceUsage().maxRSS / 1_024),
});

if (import.meta.main) {
  process.exitCode = await backtestCli(process.argv.slice(2), terminalOutput());
}
