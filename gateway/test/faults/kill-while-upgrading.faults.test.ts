import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, rmSync, watch } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { JournalRecord } from "#domain/record.ts";
import { Decider } from "#pipeline/decide.ts";
import { encodeRecord } from "#pipeline/record-codec.ts";
import { SeriesRows } from "#pipeline/series-rows.ts";
import { CASES_MIGRATIONS } from "../../src/adapters/cases-sqlite/schema.ts";
import { SqliteCaseStore } from "../../src/adapters/cases-sqlite/sqlite-case-store.ts";
import { SEGMENT_MIGRATIONS } from "../../src/adapters/journal-sqlite/schema.ts";
import { segmentPath } from "../../src/adapters/journal-sqlite/segments.ts";
import { SqliteJournalReader } from "../../src/adapters/journal-sqlite/sqlite-journal-reader.ts";
import { ConsumedFile } from "../../src/adapters/series-sqlite/consumed-file.ts";
import { MIGRATIONS as MONTH_MIGRATIONS } from "../../src/adapters/series-sqlite/schema.ts";
import { SqliteSeries } from "../../src/adapters/series-sqlite/sqlite-series.ts";
import { closeDatabase, openDatabase, transaction } from "../../src/adapters/sqlite/database.ts";
import { SqliteState } from "../../src/adapters/state-sqlite/sqlite-state.ts";
import { admin } from "../admin/admin-fixture.ts";
import type { Environment } from "../support/gateway-process.ts";
import { ADMIN_TOKEN, boilerFolders, GatewayProcess } from "../support/gateway-process.ts";
import { prng } from "../support/prng.ts";
import { randomJournal } from "../support/random-journal.ts";
import { START } from "../support/records.ts";
import { tempFolder } from "../support/temp-folder.ts";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
const SEED = 23;
const RECORDS = randomJournal(SEED, 2_000);
/** How far each consumer had come when the older version was stopped. */
const ROLLED_AT = 1_200;
const STORED = 800;
const DECIDED = 1_000;
const ROUNDS = 12;

/** A data folder as the first version wrote it: a row per record, a row per sample. */
function writeFirstVersion(dataDir: string): void {
  const journal = join(dataDir, "journal");
  mkdirSync(journal, { recursive: true });
  writeSegment(journal, 1, RECORDS.slice(0, ROLLED_AT));
  writeSegment(journal, ROLLED_AT + 1, RECORDS.slice(ROLLED_AT));
  writeSamples(join(dataDir, "series"));
  using reader = new SqliteJournalReader(journal);
  using cases = new SqliteCaseStore({ path: join(dataDir, "newer.db") });
  using state = new SqliteState(join(dataDir, "state.db"));
  const decider = new Decider({
    read: (from, limit) => reader.readSync(from, Math.min(limit, DECIDED - from + 1)),
    cases,
    state,
    now: () => START,
    build: "0.1.0",
  });
  while (decider.applied < DECIDED) decider.step(250);
  decider.snapshot();
  writeFirstCases(join(dataDir, "cases.db"), join(dataDir, "newer.db"));
  rmSync(join(dataDir, "newer.db"));
}

/** The same rows under the first schema. */
function writeFirstCases(path: string, from: string): void {
  const db = openDatabase(path, { migrations: CASES_MIGRATIONS.slice(0, 1) });
  db.prepare("ATTACH ? AS newer").run(from);
  const tables = db
    .prepare("SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
    .all();
  transaction(db, () => {
    for (const { name } of tables) {
      db.exec(`DELETE FROM main.${name}; INSERT INTO main.${name} SELECT * FROM newer.${name}`);
    }
  });
  db.exec("DETACH newer");
  closeDatabase(db);
}

function writeSegment(journal: string, first: number, records: readonly JournalRecord[]): void {
  const db = openDatabase(segmentPath(journal, first), {
    migrations: SEGMENT_MIGRATIONS.slice(0, 1),
  });
  db.prepare("INSERT INTO segment (created_at) VALUES (?)").run(START);
  const insert = db.prepare("INSERT INTO record (offset, bytes) VALUES (?, ?)");
  const batch = db.prepare("INSERT INTO batch (offset, batch_id) VALUES (?, ?)");
  transaction(db, () => {
    for (const [index, record] of records.entries()) {
      insert.run(first + index, encodeRecord(record));
      batch.run(first + index, `batch-${first + index}`);
    }
  });
  closeDatabase(db);
}

function writeSamples(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const rows = new SeriesRows("");
  const db = openDatabase(join(folder, "2026-06.db"), {
    migrations: MONTH_MIGRATIONS.slice(0, 1),
  });
  const device = db.prepare("INSERT OR IGNORE INTO device (name) VALUES (?)");
  const sample = db.prepare(
    'INSERT OR REPLACE INTO sample (device_id, at, "values") VALUES ((SELECT id FROM device WHERE name = ?), ?, ?)',
  );
  transaction(db, () => {
    for (const row of RECORDS.slice(0, STORED).flatMap((record) => rows.of(record))) {
      device.run(row.device);
      sample.run(row.device, row.at, JSON.stringify(row.values));
    }
  });
  closeDatabase(db);
  using consumed = new ConsumedFile(join(folder, "meta.db"));
  consumed.save(STORED, rows.save());
}

/** The newest value of each moment, by device. */
function expectedTemperatures(): ReadonlyMap<string, ReadonlyMap<number, unknown>> {
  const rows = new SeriesRows("");
  const expected = new Map<string, Map<number, unknown>>();
  for (const { device, at, values } of RECORDS.flatMap((record) => rows.of(record))) {
    if (values.temp === undefined) continue;
    const own = expected.get(device) ?? new Map<number, unknown>();
    expected.set(device, own.set(at, values.temp));
  }
  return expected;
}

/** Starts the gateway and kills it when one of its files changes for the n-th time, or after a while. */
async function killAtStart(
  env: Environment,
  dataDir: string,
  when: { readonly folder: string; readonly change: number; readonly orAfterMs: number },
): Promise<void> {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("VOORZORG_"));
  const child = spawn(process.execPath, [MAIN], {
    env: { ...Object.fromEntries(inherited), ...env, VOORZORG_DATA_DIR: dataDir },
    stdio: "ignore",
  });
  const exited = once(child, "exit");
  let left = when.change;
  const watcher = watch(join(dataDir, when.folder), () => {
    left -= 1;
    if (left <= 0) child.kill("SIGKILL");
  });
  await Promise.race([exited, sleep(when.orAfterMs)]);
  child.kill("SIGKILL");
  await exited;
  watcher.close();
}

describe("an upgrade from the first version's files", () => {
  const folder = tempFolder();
  const old = join(folder.path, "old");
  const random = prng(SEED);
  let env: Environment = {};
  beforeAll(() => {
    env = {
      ...boilerFolders(folder.path),
      VOORZORG_ADMIN_TOKEN: ADMIN_TOKEN,
      VOORZORG_CLOCK: "event",
      VOORZORG_MQTT_PORT: "0",
      VOORZORG_HTTP_PORT: "0",
    };
    writeFirstVersion(old);
  });
  afterAll(() => folder[Symbol.dispose]());

  test.each(
    Array.from({ length: ROUNDS }, (_, round) => ({
      round,
      in: (["series", "journal", ""] as const)[round % 3] ?? "",
      change: 1 + Math.floor(random() * 8),
    })),
  )(
    "that is killed at change $change in its folder '$in' and started again loses no record, no sample and no case (round $round)",
    async ({ round, in: place, change }) => {
      const dataDir = join(folder.path, `round-${round}`);
      cpSync(old, dataDir, { recursive: true });
      await killAtStart(env, dataDir, { folder: place, change, orAfterMs: 3_000 });
      await using gateway = await GatewayProcess.start(env, dataDir);
      await gateway.eventually<{ journal: { newest: number; stored: number } }>(
        "/api/health",
        ({ journal }) => journal.stored >= journal.newest,
      );
      expect((await gateway.stop()).code, gateway.stderr).toBe(0);

      using journal = new SqliteJournalReader(join(dataDir, "journal"));
      const kept = journal.readSync(1, RECORDS.length);
      const texts = kept.map(({ bytes }) => Buffer.from(bytes).toString("latin1"));
      expect(texts).toEqual(RECORDS.map((r) => Buffer.from(encodeRecord(r)).toString("latin1")));
      const verified = await admin(["verify", "--data", dataDir, "--replay"]);
      expect(verified.code, verified.out + verified.err).toBe(0);
      await using series = new SqliteSeries(join(dataDir, "series"));
      for (const [device, expected] of expectedTemperatures()) {
        const points = await series.read({
          device,
          signal: "temp",
          from: 0,
          to: Number.MAX_SAFE_INTEGER,
          points: Number.MAX_SAFE_INTEGER,
        });
        expect(new Map(points.map(({ at, value }) => [at, value]))).toEqual(expected);
      }
    },
  );
});
