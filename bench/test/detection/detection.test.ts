import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { BenchError } from "../../src/bench.ts";
import { detectionBench } from "../../src/detection.ts";
import { TempDir } from "../../src/temp-dir.ts";

const START = Date.UTC(2020, 2, 9);
const at = (second: number): string => new Date(START + 1_000 * second).toISOString();

/** A pump whose motor overheats from second 600 to 700 (the shipped rule waits 30 s and clears after 5 min). */
async function writePump(dir: string, name: string, labelled: boolean): Promise<void> {
  const path = join(dir, name);
  await mkdir(join(path, "series"), { recursive: true });
  await writeFile(
    join(path, "devices.csv"),
    'device,product,attrs,cohort\np1,water-pump-testbed,"{}",\n',
  );
  const rows = Array.from({ length: 900 }, (_, n) => `${at(n)},${n >= 600 && n < 700 ? 120 : 70}`);
  await writeFile(
    join(path, "series", "p1.csv.gz"),
    gzipSync(`ts,temperature\n${rows.join("\n")}\n`),
  );
  const meta = { name, protocol: { scorer: "skab", devices: {} } };
  await writeFile(join(path, "meta.json"), JSON.stringify(meta));
  const labels = { p1: [{ from: at(600), to: at(699), kind: "fault", what: "segment" }] };
  if (labelled) await writeFile(join(path, "labels.json"), JSON.stringify(labels));
}

const context = (out: string[]) => ({
  node: process.execPath,
  root: fileURLToPath(new URL("../../..", import.meta.url)),
  env: process.env,
  out: (line: string) => out.push(line),
  cpuMs: () => 0,
  signal: new AbortController().signal,
});

test("labelled recordings are played and scored, others are played only", async () => {
  await using dir = await TempDir.create("voorzorg-detection-test-");
  await writePump(dir.path, "labelled", true);
  await writePump(dir.path, "plain", false);
  const out: string[] = [];
  const alarms = join(dir.path, "alarms.ndjson");
  const { figures, ok } = await detectionBench.run({}, context(out), { data: dir.path, alarms });
  expect(ok).toBe(true);
  expect(figures.labelled).toMatchObject({ act: { eventsFound: 1, events: 1 } });
  expect(figures).not.toHaveProperty("plain");
  expect(out.join("\n")).toMatch(/plain: \d+ alarms, not scored: it has no labels/);
  expect(out.join("\n")).toMatch(/^labelled +events found +1 +1 /m);
  const lines = (await readFile(alarms, "utf8")).split("\n");
  expect(lines.find((line) => line.includes('"motor-overheats"'))).toContain(
    `{"set":"labelled","device":"p1","from":"${at(630)}",`,
  );
});

test("without data the bench says what is missing", async () => {
  const run = (texts: Readonly<Record<string, string>>) =>
    detectionBench.run({}, context([]), texts);
  await expect(run({})).rejects.toThrow(BenchError);
  await expect(run({ data: "/nowhere" })).rejects.toThrow("no folder /nowhere");
});
