import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { AckEntry } from "@voorzorg/device-sim";
import { wallNowMs } from "@voorzorg/device-sim";
import { SqliteSeries } from "../../gateway/src/adapters/series-sqlite/sqlite-series.ts";
import { verifyCommand } from "../../gateway/src/admin/verify.ts";
import { BenchError } from "./bench.ts";
import { BOILER } from "./fixture.ts";

/** What the load's devices measure in every message. */
const LOAD_SIGNAL = "boiler_temp";
/** Version that the killed gateways give themselves. */
export const CRASH_BUILD = "0.0.0-crash";
const SAMPLED = new Set(["tele", "hist"]);

/**
 * What `admin verify` says of a data folder that nobody works on; in this process, because a start
 * of its own takes longer than the looking.
 *
 * @throws BenchError with its findings
 */
export async function assertWhole(dataDir: string, replay: boolean): Promise<void> {
  const lines: string[] = [];
  const code = await verifyCommand(
    { path: dataDir, what: "data", replay },
    {
      out: async (line) => {
        lines.push(line);
      },
      progress: () => undefined,
      now: wallNowMs,
      build: CRASH_BUILD,
    },
  );
  if (code !== 0) throw new BenchError(`the data folder is not whole:\n${lines.join("\n")}`);
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
