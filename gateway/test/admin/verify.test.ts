import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lockDataDir } from "../../src/adapters/sqlite/data-lock.ts";
import { openDatabase } from "../../src/adapters/sqlite/database.ts";
import { DataFolder } from "../support/data-folder.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { admin, RECORDS } from "./admin-fixture.ts";

const SNAPSHOT = 600;

describe("verify of a data folder", () => {
  const shared = tempFolder();
  const whole = join(shared.path, "data");
  beforeAll(async () => {
    using data = new DataFolder(whole);
    data.append(RECORDS.slice(0, SNAPSHOT));
    await data.decide();
    data.snapshot();
    data.append(RECORDS.slice(SNAPSHOT));
    await data.decide();
  });
  afterAll(() => shared[Symbol.dispose]());

  function copyIn(folder: { readonly path: string }): string {
    const path = join(folder.path, "data");
    cpSync(whole, path, { recursive: true });
    return path;
  }

  /** Runs SQL on one file of a copy and verifies it. */
  async function afterSql(file: string, sql: string, ...more: readonly string[]) {
    using folder = tempFolder();
    const path = copyIn(folder);
    const db = openDatabase(join(path, file), anyVersion(join(path, file)));
    db.exec(sql);
    db.close();
    return await admin(["verify", "--data", path, ...more]);
  }

  test("finds nothing where nothing is wrong, decides everything again and changes no file", async () => {
    using folder = tempFolder();
    const path = copyIn(folder);
    const before = contents(path);
    const { code, out } = await admin(["verify", "--data", path, "--replay"]);
    expect(out).toContain("is whole.");
    expect(out).toContain(`Journal: offsets 1 to ${RECORDS.length}, none missing`);
    expect(out).toContain(
      `Replay: offsets 1 to ${RECORDS.length} decide what cases.db holds, and the state at ${SNAPSHOT} is the one stored`,
    );
    expect(code).toBe(0);
    expect(contents(path)).toEqual(before);
  });

  test("works beside a running gateway and says that it does", async () => {
    using folder = tempFolder();
    const path = copyIn(folder);
    using _lock = lockDataDir(path);
    const { code, out } = await admin(["verify", "--data", path, "--replay"]);
    expect(out).toContain("A gateway is running here");
    expect(code).toBe(0);
  });

  test("finds a damaged page and says whether it can be computed again", async () => {
    using folder = tempFolder();
    const path = copyIn(folder);
    const file = join(path, "cases.db");
    const bytes = readFileSync(file);
    bytes.fill(0xa5, 4_096, 8_192);
    writeFileSync(file, bytes);
    const { code, out } = await admin(["verify", "--data", path]);
    expect(code).toBe(1);
    expect(out).toMatch(/PROBLEM {2}.*cases\.db/);
    expect(out).toContain("they are computed again");
  });

  test("finds a segment of the journal that is gone", async () => {
    using folder = tempFolder();
    const path = copyIn(folder);
    const names = segmentsIn(path);
    expect(names.length).toBeGreaterThan(3);
    const first = Number(names[1]?.slice(0, 20));
    const next = Number(names[2]?.slice(0, 20));
    rmSync(join(path, "journal", names[1] ?? ""));
    const { code, out } = await admin(["verify", "--data", path]);
    expect(code).toBe(1);
    expect(out).toContain(`offsets ${first} to ${next - 1} are missing in the journal`);
  });

  test("finds files that are ahead of the journal, as after a restore of single files", async () => {
    using folder = tempFolder();
    const path = copyIn(folder);
    const newest = segmentsIn(path).at(-1) ?? "";
    const end = Number(newest.slice(0, 20)) - 1;
    rmSync(join(path, "journal", newest));
    const { code, out } = await admin(["verify", "--data", path]);
    expect(code).toBe(1);
    for (const file of ["cases.db", "series/meta.db"]) {
      expect(out).toContain(
        `${file} is at offset ${RECORDS.length}, ahead of the journal, which ends at ${end}`,
      );
    }
    expect(out).toContain("Restore one backup as a whole.");
  });

  test("finds a state that the journal does not join on to", async () => {
    using folder = tempFolder();
    const path = copyIn(folder);
    for (const name of segmentsIn(path).slice(0, -1)) {
      rmSync(join(path, "journal", name));
    }
    const { code, out } = await admin(["verify", "--data", path]);
    expect(code).toBe(1);
    expect(out).toMatch(/the journal begins at offset \d+, and the state ends at 600/);
  });

  test("finds with --replay a timeline that was changed from outside", async () => {
    const sql =
      "UPDATE case_event SET reason = 'somebody wrote this' WHERE offset = (SELECT min(offset) FROM case_event)";
    const plain = await afterSql("cases.db", sql);
    expect(plain.code, plain.err).toBe(0);
    const { code, out } = await afterSql("cases.db", sql, "--replay");
    expect(code).toBe(1);
    expect(out).toMatch(/replay diverged at offset \d+, case event: stored .*somebody wrote this/);
    expect(out).toContain("A bug, or a file that was changed from outside");
  });

  test("finds with --replay a case that was removed, and a state that was changed", async () => {
    const removed = await afterSql(
      "cases.db",
      "DELETE FROM case_event WHERE offset = (SELECT max(offset) FROM case_event)",
      "--replay",
    );
    expect(removed.code).toBe(1);
    expect(removed.out).toContain("stored nothing, decided now");
    const changed = await afterSql(
      "state.db",
      "UPDATE entry SET value = '{}' WHERE key = (SELECT key FROM entry WHERE key LIKE 'device/%' LIMIT 1)",
      "--replay",
    );
    expect(changed.code).toBe(1);
    expect(changed.out).toMatch(
      /the state at offset 600 is not what the journal leads to: 1 of \d+ entries differ \(device/,
    );
  });

  test("finds with --replay cases that are older than the state", async () => {
    const sql =
      "DELETE FROM case_event WHERE offset > 300; DELETE FROM outbox WHERE offset > 300; DELETE FROM quarantine WHERE offset > 300; UPDATE meta SET applied = 300";
    const { code, out } = await afterSql("cases.db", sql, "--replay");
    expect(code).toBe(1);
    expect(out).toMatch(/replay diverged at offset \d+, case event: stored nothing/);
  });

  test("replays what came after the snapshot when the journal does not reach back to the first record", async () => {
    using folder = tempFolder();
    const path = copyIn(folder);
    const names = segmentsIn(path);
    const firsts = names.map((name) => Number(name.slice(0, 20)));
    const last = firsts.findLastIndex((first) => first <= SNAPSHOT + 1);
    expect(last).toBeGreaterThan(0);
    for (const name of names.slice(0, last)) rmSync(join(path, "journal", name));
    const { code, out } = await admin(["verify", "--data", path, "--replay"]);
    expect(out).toContain(`Replay: offsets ${SNAPSHOT + 1} to ${RECORDS.length} decide what`);
    expect(code).toBe(0);
  });

  test("says of a decision of another version that this one may just decide otherwise", async () => {
    const { out } = await afterSql(
      "state.db",
      "UPDATE entry SET value = '{}' WHERE key = (SELECT min(key) FROM entry); UPDATE snapshot SET build = '0.0.1'",
      "--replay",
    );
    expect(out).toContain("check again with 0.0.1 before you believe it");
  });

  test("names every record that cannot be read, by its offset", async () => {
    using folder = tempFolder();
    const path = join(folder.path, "data");
    {
      using data = new DataFolder(path);
      data.append(RECORDS.slice(0, 100));
      data.journal.appendSync([new Uint8Array([9, 9, 9])], "odd");
    }
    const { code, out } = await admin(["verify", "--data", path]);
    expect(code).toBe(1);
    expect(out).toContain("the record at offset 101 cannot be read: record has frame version 9");
  });
});

describe("a wrong call", () => {
  test.each([
    [["verify", "--data", "a", "--backup", "b"], "one at a time"],
    [["backup", "--data", "a"], "--to is missing"],
    [["restore", "--from", "a"], "--data is missing"],
    [["restore", "--data", "a"], "--from is missing"],
    [["journal", "list", "--data", "/nowhere"], "holds no journal"],
    [["erase"], 'Unknown command "erase"'],
    [[], "No command given"],
    [["verify", "--fast"], "--fast"],
  ])("%j ends with code 2 and the usage", async (args, reason) => {
    const { code, err } = await admin(args);
    expect(code).toBe(2);
    expect(err).toContain(reason);
    expect(err).toContain("Usage: npm run admin");
  });
});

const segmentsIn = (path: string): readonly string[] =>
  readdirSync(join(path, "journal"))
    .filter((name) => /\.(?:db|sealed)$/.test(name))
    .sort();

/** Opens whatever schema version the file has. */
function anyVersion(path: string): { readonly migrations: readonly string[] } {
  const version = readFileSync(path).readUInt32BE(60);
  return { migrations: Array.from({ length: version }, () => "") };
}

function contents(folder: string): readonly (readonly [string, string])[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((path) => !/-(?:shm|wal)$/.test(path))
    .sort()
    .map((path) => [path, readFileSync(path, "base64")] as const);
}
