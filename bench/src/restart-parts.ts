import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { SqliteCaseReader } from "../../gateway/src/adapters/cases-sqlite/sqlite-case-reader.ts";
import { SqliteState } from "../../gateway/src/adapters/state-sqlite/sqlite-state.ts";
import { Engine } from "../../gateway/src/domain/engine/engine.ts";
import { rounded } from "./statistics.ts";

/** Journal offset of the newest snapshot in a folder whose gateway is not running. */
export function savedOffset(dataDir: string): number {
  const db = new DatabaseSync(join(dataDir, "state.db"), { readOnly: true });
  try {
    return Number(db.prepare("SELECT offset FROM snapshot").get()?.offset ?? 0);
  } finally {
    db.close();
  }
}

/** The steps of a start that grow with the fleet, one after the other in this process, in CPU time. */
export async function startParts(dataDir: string, cpuMs: () => number) {
  const timed = async <T>(work: () => T | Promise<T>): Promise<{ seconds: number; value: T }> => {
    const startedMs = cpuMs();
    const value = await work();
    return { seconds: rounded((cpuMs() - startedMs) / 1_000, 2), value };
  };
  const read = await timed(() => {
    using state = new SqliteState(join(dataDir, "state.db"));
    return state.load();
  });
  const bytes = read.value.entries.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);
  const parsed = await timed(() => new Engine(read.value.entries));
  const directory = await timed(() => readDirectory(dataDir));
  return {
    readStateCpuSeconds: read.seconds,
    parseStateCpuSeconds: parsed.seconds,
    readDirectoryCpuSeconds: directory.seconds,
    stateMb: rounded(bytes / 1e6, 1),
    stateBytesPerDevice: Math.round(bytes / Math.max(1, directory.value)),
    devices: directory.value,
  };
}

function readDirectory(dataDir: string): number {
  using cases = new SqliteCaseReader(join(dataDir, "cases.db"));
  return cases.products().length;
}
