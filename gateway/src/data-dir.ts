import { mkdirSync } from "node:fs";
import { GatewayError } from "#domain/errors.ts";
import type { EpochMs } from "#domain/units.ts";
import { decodeRecord } from "#pipeline/record-codec.ts";
import type { Journal } from "#ports/journal.ts";
import type { SqliteCaseReader } from "./adapters/cases-sqlite/sqlite-case-reader.ts";
import type { DeviceCredentials } from "./adapters/credentials/device-credentials.ts";
import { lockDataDir } from "./adapters/sqlite/data-lock.ts";
import { ConfigError } from "./config/config.ts";

/** @throws ConfigError when the folder cannot be used, DataDirLockedError when another gateway uses it. */
export function takeDataDir(path: string): Disposable {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    return lockDataDir(path);
  } catch (error) {
    if (error instanceof GatewayError) throw error;
    const problem = `dataDir (VOORZORG_DATA_DIR): ${path} cannot be used (${String(error)}); name a folder that the gateway may write to`;
    throw new ConfigError([problem], { source: "The environment", cause: error });
  }
}

/** When the newest record was written, and since when all of them are here (0: since long ago). */
export async function recordingSpan(
  journal: Journal,
  now: EpochMs,
): Promise<{ readonly since: EpochMs; readonly newest: EpochMs }> {
  const [newest] = await journal.read(0, await journal.newest(0), 1);
  if (newest === undefined) return { since: now, newest: 0 };
  const [oldest] = await journal.read(0, 1, 1);
  return {
    newest: decodeRecord(newest.bytes).appendedAt,
    since: oldest?.offset === 1 ? decodeRecord(oldest.bytes).appendedAt : 0,
  };
}

/** Makes every registered device known to the broker. */
export function fillDirectory(cases: SqliteCaseReader, directory: DeviceCredentials): void {
  for (const { id, product } of cases.products()) directory.setProduct(id, product);
}
