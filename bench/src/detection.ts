import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { monotonicMs } from "@voorzorg/device-sim";
import type { BenchContext, BenchResult } from "./bench.ts";
import { BenchError, defineBench } from "./bench.ts";
import type { AlarmsByDevice } from "./detection/alarms.ts";
import { atLevel, readAlarms } from "./detection/alarms.ts";
import type { LabelledSet } from "./detection/labelled-set.ts";
import { readSets } from "./detection/labelled-set.ts";
import { SET_KINDS } from "./detection/set-kinds.ts";
import type { ScoredSet } from "./detection/table.ts";
import { detectionTable, goalsOf } from "./detection/table.ts";
import { runTool } from "./run-tool.ts";
import { rounded } from "./statistics.ts";
import { TempDir } from "./temp-dir.ts";

export const detectionBench = defineBench({
  name: "detection",
  summary:
    "the shipped rules and those of bench/detection over labelled recordings, beside the figures of others",
  options: {},
  texts: {
    data: "folder of labelled sets, or one of them",
    alarms: "where the alarms are written, one JSON object per line (default: nowhere)",
    set: "only the set of this name",
    report: "HTML file with charts of hits, misses and false alarms",
  },
  async run(_options, context, { data, alarms, set, report }): Promise<BenchResult> {
    if (data === undefined)
      throw new BenchError("--data is missing: the folder with labelled sets");
    if (!existsSync(data)) throw new BenchError(`--data: there is no folder ${data}`);
    await using dir = await TempDir.create("voorzorg-detection-");
    const file = alarms === undefined ? join(dir.path, "alarms.ndjson") : resolve(alarms);
    const startedMs = monotonicMs();
    await backtest(context, [
      ...["--data", resolve(data), "--alarms", file],
      ...(set === undefined ? [] : ["--set", set]),
      ...(report === undefined ? [] : ["--report", resolve(report)]),
    ]);
    const seconds = rounded((monotonicMs() - startedMs) / 1_000, 1);
    const bySet = readAlarms(await readFile(file, "utf8"));
    const sets = await readSets(data, set === undefined ? [] : [set]);
    const scored = sets.flatMap((one) => score(one, bySet.get(one.name), context) ?? []);
    for (const line of detectionTable(scored)) context.out(line);
    const figures = Object.fromEntries(
      scored.map((one) => [one.set.name, { watch: one.watch, act: one.act, goals: goalsOf(one) }]),
    );
    return { figures: { seconds, ...figures }, ok: true };
  },
});

function score(
  set: LabelledSet,
  alarms: AlarmsByDevice | undefined,
  context: BenchContext,
): ScoredSet | undefined {
  const kind = SET_KINDS[set.meta.scorer];
  if (set.labels === undefined || kind === undefined) {
    const why =
      kind === undefined ? `no score is defined for ${set.meta.scorer}` : "it has no labels";
    const n = [...(alarms?.values() ?? [])].reduce((sum, list) => sum + list.length, 0);
    context.out(`${set.name}: ${n} alarms, not scored: ${why}`);
    return undefined;
  }
  return {
    set,
    kind,
    watch: kind.score(set, atLevel(alarms, "watch")),
    act: kind.score(set, atLevel(alarms, "act")),
  };
}

/** @throws BenchError when the rules or recordings have problems; what they are was printed. */
async function backtest(context: BenchContext, args: readonly string[]): Promise<void> {
  const detection = join(context.root, "bench/detection");
  const code = await runTool(context, [
    join(context.root, "gateway/src/backtest-cli.ts"),
    ...["--rules", join(detection, "rules"), "--products", join(detection, "products")],
    ...args,
  ]);
  if (code !== 0) throw new BenchError(`the backtest ended with exit code ${code}`);
}
