import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { AckEntry } from "@voorzorg/device-sim";
import { SqliteSeries } from "../../gateway/src/adapters/series-sqlite/sqlite-series.ts";
import type { BenchContext } from "./bench.ts";
import { BenchError } from "./bench.ts";
import { BOILER } from "./fixture.ts";
import { OutputTail } from "./output-tail.ts";

/** What the load's devices measure in every message. */
const LOAD_SIGNAL = "boiler_temp";
const SAMPLED = new Set(["tele", "hist"]);

/**
 * What `admin verify` says of a data folder that nobody works on.
 *
 * @throws BenchError with its findings
 */
export async function assertWhole(
  context: BenchContext,
  dataDir: string,
  more: readonly string[] = [],
): Promise<void> {
  const { node, root, env } = context;
  const child = spawn(
    node,
    [join(root, "gateway/src/admin.ts"), "verify", "--data", dataDir, ...more],
    { cwd: root, env: { ...env }, stdio: ["ignore", "pipe", "pipe"] },
  );
  const tail = new OutputTail(child);
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new BenchError(`verify ended with ${code}:\n${tail.text}`);
}

/** Acknowledged measurements that the series store does not hold. The gateway must have stopped. */
export async function missingSamples(
  dataDir: string,
  acked: readonly AckEntry[],
): Promise<readonly AckEntry[]> {
  const series = new SqliteSeries(join(dataDir, "series"));
  try {
    const missing: AckEntry[] = [];
    const sampled = acked.filter((entry) => entry.ts !== null && SAMPLED.has(entry.class));
    for (const [device, entries] of Map.groupBy(sampled, (entry) => entry.device)) {
      const signal = device.startsWith("load-") ? LOAD_SIGNAL : BOILER.signal;
      const points = await series.read({
        device,
        signal,
        from: 0,
        to: Number.MAX_SAFE_INTEGER,
        points: Number.MAX_SAFE_INTEGER,
      });
      const stored = new Set(points.map(({ at }) => at));
      missing.push(...entries.filter(({ ts }) => ts !== null && !stored.has(ts)));
    }
    return missing;
  } finally {
    await series[Symbol.asyncDispose]();
  }
}

/** Shows that the journal was sealed while it was being killed. */
export const sealedSegments = (dataDir: string): number =>
  readdirSync(join(dataDir, "journal")).filter((name) => name.endsWith(".sealed")).length;
