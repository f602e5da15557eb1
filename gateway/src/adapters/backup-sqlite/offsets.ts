import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import type { Offset } from "#domain/units.ts";
import { guarded, isUnfinished, openReadOnly } from "../sqlite/database.ts";
import { isPartition, seriesFiles } from "./data-files.ts";

/**
 * How far each consumer of a data folder has come. Read from the files as they are, without the
 * migrations of the adapters that own them: a backup must not change what it looks at.
 */
export interface ConsumedOffsets {
  readonly state: Offset;
  readonly cases: Offset;
  readonly series: Readonly<Record<string, Offset>>;
}

export function consumedOffsets(dataDir: string): ConsumedOffsets {
  const offset = (path: string, sql: string): Offset => offsetIn(join(dataDir, path), sql);
  const series = seriesFiles(dataDir).filter(({ path }) => !isPartition(path));
  return {
    state: offset("state.db", "SELECT offset FROM snapshot"),
    cases: offset("cases.db", "SELECT applied AS offset FROM meta"),
    series: Object.fromEntries(
      series.map(({ path }) => [basename(path), offset(path, "SELECT offset FROM consumed")]),
    ),
  };
}

/** 0 for a file that is not there or that its writer has only begun. */
function offsetIn(path: string, sql: string): Offset {
  if (!existsSync(path)) return 0;
  return guarded(`looking up the offset of ${path}`, () => {
    const db = openReadOnly(path);
    try {
      const tables = db.prepare("SELECT count(*) AS count FROM sqlite_schema").get()?.count;
      return tables === 0 ? 0 : Number(db.prepare(sql).get()?.offset ?? 0);
    } catch (error) {
      if (isUnfinished(error)) return 0;
      throw error;
    } finally {
      db.close();
    }
  });
}

/** What SQLite finds wrong with the file; nothing when it is whole. */
export function integrityProblems(path: string): readonly string[] {
  try {
    const db = openReadOnly(path);
    try {
      const rows = db.prepare("PRAGMA integrity_check(5)").all();
      return rows.map((row) => String(row.integrity_check)).filter((text) => text !== "ok");
    } finally {
      db.close();
    }
  } catch (error) {
    if (isUnfinished(error)) return [];
    return [error instanceof Error ? error.message : String(error)];
  }
}
