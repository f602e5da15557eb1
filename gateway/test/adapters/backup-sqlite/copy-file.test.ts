import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { copyDatabase } from "../../../src/adapters/backup-sqlite/copy-file.ts";
import { openDatabase, openReadOnly } from "../../../src/adapters/sqlite/database.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const ROWS = 4_000;
/** About one per row of 3,000 bytes, 512 per step, and the last look. */
const MOST_STEPS = 12;

describe("the copy of a database", () => {
  test("is of one moment and ends, even when others commit between any two steps", async () => {
    using folder = tempFolder();
    const from = join(folder.path, "from.db");
    const to = join(folder.path, "to.db");
    const writer = openDatabase(from, { migrations: ["CREATE TABLE t (bytes BLOB)"] });
    const insert = writer.prepare("INSERT INTO t (bytes) VALUES (zeroblob(3000))");
    writer.exec("BEGIN");
    for (let row = 0; row < ROWS; row += 1) insert.run();
    writer.exec("COMMIT");
    const parts: number[] = [];
    await copyDatabase(from, to, 0o600, (part) => {
      parts.push(part);
      if (parts.length <= MOST_STEPS) insert.run();
    });
    expect(parts.length).toBeGreaterThan(3);
    expect(parts.length).toBeLessThanOrEqual(MOST_STEPS);
    expect(parts).toEqual(parts.toSorted((a, b) => a - b));
    const copy = openReadOnly(to);
    expect(copy.prepare("SELECT count(*) AS rows FROM t").get()?.rows).toBe(ROWS);
    expect(copy.prepare("PRAGMA journal_mode").get()?.journal_mode).toBe("delete");
    copy.close();
    writer.close();
  });
});
