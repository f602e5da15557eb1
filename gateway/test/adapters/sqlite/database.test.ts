import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import {
  closeDatabase,
  createUnshared,
  openDatabase,
  openImmutable,
  schemaVersion,
  transaction,
} from "../../../src/adapters/sqlite/database.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const folder = tempFolder();
afterAll(() => folder[Symbol.dispose]());
const first = "CREATE TABLE a (x INTEGER)";
const second = "ALTER TABLE a ADD COLUMN y INTEGER";

describe("a database file", () => {
  it("commits synchronously unless a test asks otherwise", () => {
    const path = join(folder.path, "sync.db");
    const db = openDatabase(path, { migrations: [first] });
    expect(db.prepare("PRAGMA synchronous").get()?.synchronous).toBe(2);
    expect(db.prepare("PRAGMA journal_mode").get()?.journal_mode).toBe("wal");
    closeDatabase(db);
  });

  it("runs only the schema changes that it has not seen", () => {
    const path = join(folder.path, "schema.db");
    const old = openDatabase(path, { migrations: [first] });
    old.exec("INSERT INTO a VALUES (1)");
    closeDatabase(old);
    const db = openDatabase(path, { migrations: [first, second] });
    expect(schemaVersion(db)).toBe(2);
    expect(db.prepare("SELECT x, y FROM a").all()).toEqual([
      expect.objectContaining({ x: 1, y: null }),
    ]);
    closeDatabase(db);
  });

  it("that nobody shares yet has no files beside it, and none of it is in a log when it is closed", () => {
    const path = join(folder.path, "unshared.db");
    const db = createUnshared(path, { migrations: [first], pageBytes: 8_192 });
    transaction(db, () => db.exec("INSERT INTO a VALUES (1)"));
    expect(readdirSync(folder.path).filter((name) => name.startsWith("unshared"))).toEqual([
      "unshared.db",
    ]);
    db.close();
    const reader = openImmutable(path);
    expect(reader.prepare("SELECT x FROM a").all()).toEqual([expect.objectContaining({ x: 1 })]);
    expect(reader.prepare("PRAGMA page_size").get()?.page_size).toBe(8_192);
    expect(() => reader.exec("INSERT INTO a VALUES (2)")).toThrow("readonly");
    reader.close();
  });

  it("of a newer build is refused whole", () => {
    const path = join(folder.path, "newer.db");
    closeDatabase(openDatabase(path, { migrations: [first, second] }));
    expect(() => openDatabase(path, { migrations: [first] })).toThrow(
      expect.objectContaining({ code: "VZ_STORE_TOO_NEW" }),
    );
  });

  it("stays as it was when a schema change or a transaction fails", () => {
    const path = join(folder.path, "broken.db");
    expect(() => openDatabase(path, { migrations: [first, `${second}; nonsense`] })).toThrow();
    const db = openDatabase(path, { migrations: [first] });
    expect(schemaVersion(db)).toBe(1);
    expect(() =>
      transaction(db, () => {
        db.exec("INSERT INTO a VALUES (1)");
        throw new Error("half-way");
      }),
    ).toThrow("half-way");
    expect(db.prepare("SELECT * FROM a").all()).toEqual([]);
    closeDatabase(db);
  });
});
