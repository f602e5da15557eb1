import { readFile } from "node:fs/promises";
import { SqliteDeskStore } from "../../../gateway/src/adapters/desk-sqlite/sqlite-desk-store.ts";
import { DeskBridge } from "../../../gateway/src/pipeline/desk/desk-bridge.ts";
import type { Clock } from "../../../gateway/src/ports/clock.ts";
import type { Desk } from "../../../gateway/src/ports/desk.ts";
import type { Outbreak } from "./outbreak.ts";

const KB = 1_024;
const NOTHING = { count: () => undefined, observe: () => undefined, gauge: () => undefined };
const SILENT = { debug: () => undefined, info: () => undefined, warn: () => undefined };

export interface Drain {
  readonly outbreak: Outbreak;
  readonly desk: Desk;
  readonly clock: Clock;
  readonly path: string;
  readonly perMinute: number;
  readonly random: () => number;
  /** Lets time pass until the condition holds. */
  readonly until: (done: () => boolean) => Promise<void>;
  readonly cases: number;
}

/** Drains the outbreak; answers how much the process grew from half-way, when it is warm, to the end. */
export async function drain(given: Drain): Promise<{ readonly rssGrowthMb: number }> {
  const { outbreak, desk, clock, path, perMinute, random, until, cases } = given;
  using store = new SqliteDeskStore(path);
  const bridge = new DeskBridge({
    desks: [
      {
        desk,
        settings: {
          ...{ name: desk.name, url: "", webUrl: "", openWhen: "escalated", severities: {} },
          queues: { default: "Proactive", byProduct: {}, bySeverity: {} },
          comments: { everyMs: 1_800_000, perDay: 6 },
          ...{ pollEveryMs: 30_000, requestsPerMinute: perMinute, timeZone: "UTC" },
        },
      },
    ],
    feed: outbreak,
    cases: outbreak.reader,
    dossiers: outbreak.dossiers,
    act: outbreak.act,
    ...{ store, clock, random, metrics: NOTHING, worker: "bench" },
    log: { ...SILENT, error: () => undefined },
    onState: () => undefined,
  });
  bridge.start();
  await until(() => outbreak.told >= cases / 2);
  const early = await residentBytes();
  await until(() => outbreak.told >= cases && store.figures(desk.name).owed === 0);
  const late = await residentBytes();
  let stopped = false;
  const stop = bridge.stop().finally(() => {
    stopped = true;
  });
  await until(() => stopped);
  await stop;
  return { rssGrowthMb: (late - early) / KB / KB };
}

/** Of this process; 0 elsewhere than on Linux. */
async function residentBytes(): Promise<number> {
  const status = await readFile("/proc/self/status", "utf8").catch(() => "");
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * KB;
}
