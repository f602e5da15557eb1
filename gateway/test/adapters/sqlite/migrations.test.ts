import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, describe, expect, it } from "vitest";
import {
  closeDatabase,
  openDatabase,
  schemaVersion,
} from "../../../src/adapters/sqlite/database.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { cases } from "./stored/cases.ts";
import { consumed } from "./stored/consumed.ts";
import { desk } from "./stored/desk.ts";
import { sealedSegment, segment } from "./stored/journal-segment.ts";
import { seriesMonth } from "./stored/series-month.ts";
import { state } from "./stored/state.ts";
import type { StoredFile, StoredVersion } from "./stored/stored-file.ts";

const FILES: readonly StoredFile[] = [
  cases,
  desk,
  state,
  seriesMonth,
  consumed,
  segment,
  sealedSegment,
];
const ADAPTERS = join(import.meta.dirname, "../../../src/adapters");

const folder = tempFolder();
afterAll(() => folder[Symbol.dispose]());
let folders = 0;

interface Case {
  readonly file: StoredFile;
  readonly version: number;
  readonly stored: StoredVersion;
}

const CASES: readonly Case[] = FILES.flatMap((file) =>
  file.versions.flatMap((stored, index) =>
    stored === null ? [] : [{ file, version: index + 1, stored }],
  ),
);
const titled = CASES.map((one): [string, Case] => [
  `${one.file.name}, version ${one.version}`,
  one,
]);

/** The file as the build of that version left it, alone in a folder. */
function write({ file, version, stored }: Case): string {
  folders += 1;
  const path = join(folder.path, String(folders), file.name);
  mkdirSync(join(path, ".."), { recursive: true });
  const db = openDatabase(path, {
    migrations: file.migrations.slice(0, version),
    synchronous: "OFF",
  });
  db.exec(stored.rows);
  closeDatabase(db);
  return path;
}

/** What this build runs on the file. */
const pendingOf = ({ file, version, stored }: Case): readonly string[] =>
  stored.keepsVersion ? [] : file.migrations.slice(version);

/** Schema and rows, whatever they are. */
function contentOf(path: string): unknown {
  const db = new DatabaseSync(path);
  const tables = db
    .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'table' ORDER BY name")
    .all();
  const content = {
    version: schemaVersion(db),
    tables: tables.map(({ name, sql }) => ({
      sql,
      rows: db.prepare(`SELECT * FROM "${name}"`).all(),
    })),
  };
  db.close();
  return content;
}

describe("the files of every earlier build", () => {
  it.each(titled)(
    "%s: has rows in every table, so that the test below proves something",
    (_, one) => {
      const db = new DatabaseSync(write(one));
      const tables = db
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        .all();
      const empty = tables
        .map(({ name }) => String(name))
        .filter((name) => db.prepare(`SELECT 1 FROM "${name}"`).get() === undefined);
      db.close();
      expect(empty).toEqual(Object.keys(one.stored.empty ?? {}));
    },
  );

  it.each(titled)("%s: is brought up to date by this build without loss", async (_, one) => {
    const path = write(one);
    expect(await one.file.read(path)).toEqual(one.stored.holds);
    const db = new DatabaseSync(path);
    const version = one.stored.keepsVersion ? one.version : one.file.migrations.length;
    expect(schemaVersion(db)).toBe(version);
    expect(db.prepare("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
    db.close();
  });

  it.each(titled)("%s: stays as it was when a schema change fails half-way", (_, one) => {
    const path = write(one);
    const before = contentOf(path);
    const migrations = [
      ...one.file.migrations.slice(0, one.version),
      ...pendingOf(one),
      "CREATE TABLE half_way (x INTEGER); SELECT nonsense",
    ];
    expect(() => openDatabase(path, { migrations })).toThrow("nonsense");
    expect(contentOf(path)).toEqual(before);
  });

  it.each(titled)("%s: of a newer version is refused and left alone", async (_, one) => {
    const path = write(one);
    const db = new DatabaseSync(path);
    db.exec(`PRAGMA user_version = ${one.file.migrations.length + 1}`);
    db.close();
    const before = contentOf(path);
    const read = async (): Promise<unknown> => one.file.read(path);
    await expect(read()).rejects.toThrow(
      /has schema version \d+, this build knows \d+: start the newer build/,
    );
    expect(contentOf(path)).toEqual(before);
  });
});

describe("a process that is killed while it migrates", () => {
  it("leaves every file as the older build wrote it", async () => {
    const files = CASES.map((one) => ({ one, path: write(one) }));
    const before = files.map(({ path }) => contentOf(path));
    const signals = await Promise.all(files.map(({ one, path }) => killedMigration(one, path)));
    expect(new Set(signals)).toEqual(new Set(["SIGKILL"]));
    expect(files.map(({ path }) => contentOf(path))).toEqual(before);
    for (const { one, path } of files) {
      expect(await one.file.read(path)).toEqual(one.stored.holds);
    }
  });
});

/** Always has something to change, also where the file is up to date. */
async function killedMigration(one: Case, path: string): Promise<unknown> {
  const migrations = [
    ...one.file.migrations.slice(0, one.version),
    ...pendingOf(one),
    "CREATE TABLE half_way (x BLOB); INSERT INTO half_way VALUES (zeroblob(100000))",
  ];
  const script = join(import.meta.dirname, "migration-child.ts");
  const child = spawn(process.execPath, [script, path, JSON.stringify(migrations)]);
  const [, signal] = await once(child, "exit");
  return signal;
}

describe("a schema change", () => {
  it.each(FILES.map((file): [string, StoredFile] => [file.name, file]))(
    "of %s comes with rows of the version that it makes: add them to test/adapters/sqlite/stored",
    (_, file) => {
      expect(file.versions).toHaveLength(file.migrations.length);
    },
  );

  it("of a file that is not listed here is noticed", () => {
    const declared = readdirSync(ADAPTERS, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts"))
      .filter((name) =>
        /const \w*MIGRATIONS\b[^=]*=/.test(readFileSync(join(ADAPTERS, name), "utf8")),
      );
    expect(declared.sort()).toEqual([...new Set(FILES.map((file) => file.source))].sort());
  });
});
