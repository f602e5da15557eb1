import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readManifest } from "../../src/adapters/backup-sqlite/manifest.ts";
import { SqliteCaseReader } from "../../src/adapters/cases-sqlite/sqlite-case-reader.ts";
import { SqliteJournalReader } from "../../src/adapters/journal-sqlite/sqlite-journal-reader.ts";
import { lockDataDir } from "../../src/adapters/sqlite/data-lock.ts";
import { DataFolder } from "../support/data-folder.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { admin, RECORDS } from "./admin-fixture.ts";

/** Every case with its timeline, as people read it. */
async function casesOf(dataDir: string): Promise<string> {
  using reader = new SqliteCaseReader(join(dataDir, "cases.db"));
  const { items } = await reader.cases({ limit: 1_000 });
  const timelines = await Promise.all(items.map(({ id }) => reader.timeline(id)));
  expect(items.length).toBeGreaterThan(3);
  return JSON.stringify([items, timelines]);
}

function newestOf(dataDir: string): number {
  using reader = new SqliteJournalReader(join(dataDir, "journal"));
  return reader.newest();
}

function inodes(folder: string): ReadonlyMap<string, number> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true });
  return new Map(
    names
      .filter((entry) => entry.isFile())
      .map((entry) => [entry.name, statSync(join(entry.parentPath, entry.name)).ino]),
  );
}

async function writtenFolder(path: string): Promise<DataFolder> {
  const data = new DataFolder(path);
  data.append(RECORDS.slice(0, 500));
  await data.decide();
  data.snapshot();
  await data.secrets();
  data.append(RECORDS.slice(500, 700));
  await data.decide();
  return data;
}

describe("a backup", () => {
  test("is made while the writers are at work and gives back the same journal, cases and secrets", async () => {
    using folder = tempFolder();
    const [from, to, back] = ["data", "backup", "back"].map((name) => join(folder.path, name)) as [
      string,
      string,
      string,
    ];
    using data = await writtenFolder(from);
    const made = await admin(["backup", "--data", from, "--to", to]);
    expect(made, made.err).toMatchObject({ code: 0 });
    expect(made.out).toContain("journal from offset 1 to 700; state at 500, cases at 700");
    expect(made.out).toContain("keep the backup as safe as the data folder");
    expect(Math.max(...made.progress)).toBeLessThanOrEqual(1);
    const before = await casesOf(from);

    data.append(RECORDS.slice(700));
    await data.decide();
    const restored = await admin(["restore", "--from", to, "--data", back]);
    expect(restored, restored.err).toMatchObject({ code: 0 });
    expect(restored.out).toContain("the journal ends at offset 700");
    expect(newestOf(back)).toBe(700);
    expect(await casesOf(back)).toBe(before);
    for (const name of ["auth.json", "credentials.ndjson", "pepper"]) {
      expect(readFileSync(join(back, name), "utf8")).toBe(readFileSync(join(from, name), "utf8"));
      expect(statSync(join(to, name)).mode & 0o777, name).toBe(0o600);
      expect(statSync(join(back, name)).mode & 0o777, name).toBe(0o600);
    }
    expect(existsSync(join(back, "manifest.json"))).toBe(false);
    // It goes on where the backup was made, and decides as the original did.
    using continued = new DataFolder(back);
    continued.append(RECORDS.slice(700));
    await continued.decide();
    expect(await casesOf(back)).toBe(await casesOf(from));
  });

  test("copies only what has changed when it is repeated at the same place", async () => {
    using folder = tempFolder();
    const from = join(folder.path, "data");
    const to = join(folder.path, "backup");
    using data = await writtenFolder(from);
    await admin(["backup", "--data", from, "--to", to]);
    const first = inodes(to);
    data.append(RECORDS.slice(700));
    await data.decide();
    const again = await admin(["backup", "--data", from, "--to", to]);
    expect(again.out).toMatch(/\d+ of them unchanged since the backup before/);
    const second = inodes(to);
    const segments = [...first.keys()].filter((name) => /^\d{20}/.test(name)).sort();
    expect(segments.length).toBeGreaterThan(3);
    const kept = segments.slice(0, -1).filter((name) => second.get(name) === first.get(name));
    expect(kept).toEqual(segments.slice(0, -1));
    expect(second.get("cases.db")).not.toBe(first.get("cases.db"));
    expect(readManifest(to)?.offsets.journal.newest).toBe(RECORDS.length);
    expect((await admin(["verify", "--backup", to, "--replay"])).code).toBe(0);
    expect(readdirSync(folder.path).sort()).toEqual(["backup", "data"]);
  });

  test("fits into one file, which other programs can list, and comes back from it", async () => {
    using folder = tempFolder();
    const from = join(folder.path, "data");
    const file = join(folder.path, "backup.tar");
    const back = join(folder.path, "back");
    using _data = await writtenFolder(from);
    expect((await admin(["backup", "--data", from, "--to", file])).code).toBe(0);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file).toString("latin1", 257, 262)).toBe("ustar");
    expect((await admin(["verify", "--backup", file, "--replay"])).out).toContain("is whole");
    expect((await admin(["restore", "--from", file, "--data", back])).code).toBe(0);
    expect(await casesOf(back)).toBe(await casesOf(from));
    const again = await admin(["backup", "--data", from, "--to", file]);
    expect(again.code).toBe(1);
    expect(again.err).toContain("exists already");
  });

  test("begins again when the journal is trimmed while the rest is being copied", async () => {
    using folder = tempFolder();
    const from = join(folder.path, "data");
    const to = join(folder.path, "backup");
    using data = await writtenFolder(from);
    let trimmed = false;
    const made = await admin(["backup", "--data", from, "--to", to], {
      onProgress: (what) => {
        if (trimmed || !what.startsWith("series/")) return;
        trimmed = true;
        data.snapshot();
        data.journal.trimSync(700);
      },
    });
    expect(made.out).toContain("The journal was trimmed meanwhile");
    expect(made.code, made.err).toBe(0);
    expect(readManifest(to)?.offsets).toMatchObject({ state: 700, journal: { newest: 700 } });
    expect((await admin(["verify", "--backup", to, "--replay"])).code).toBe(0);
  });

  test("leaves the one before as it was when it cannot be finished", async () => {
    using folder = tempFolder();
    const from = join(folder.path, "data");
    const to = join(folder.path, "backup");
    using data = await writtenFolder(from);
    await admin(["backup", "--data", from, "--to", to]);
    const before = readFileSync(join(to, "manifest.json"), "utf8");
    data.append(RECORDS.slice(700));
    await data.decide();
    writeFileSync(join(from, "series", "2031-01.db"), "this is no database at all".repeat(100));
    const failed = await admin(["backup", "--data", from, "--to", to]);
    expect(failed.code).toBe(1);
    expect(failed.err).toMatch(/^VZ_BACKUP_FAILED: .*2031-01\.db cannot be copied/);
    expect(readFileSync(join(to, "manifest.json"), "utf8")).toBe(before);
    expect((await admin(["verify", "--backup", to])).code).toBe(0);
    expect(readdirSync(folder.path).sort()).toEqual(["backup", "data"]);
  });

  test("goes nowhere where it would overwrite something else", async () => {
    using folder = tempFolder();
    const from = join(folder.path, "data");
    using _data = await writtenFolder(from);
    const full = join(folder.path, "full");
    mkdirSync(full);
    writeFileSync(join(full, "letter.txt"), "to keep");
    const refusals = [
      [full, "neither empty nor a backup"],
      [join(full, "letter.txt"), "exists already"],
      [join(from, "backup"), "inside the data folder"],
    ] as const;
    for (const [to, reason] of refusals) {
      const refused = await admin(["backup", "--data", from, "--to", to]);
      expect(refused.code).toBe(1);
      expect(refused.err).toContain(reason);
    }
    expect(readdirSync(full)).toEqual(["letter.txt"]);
    expect((await admin(["backup", "--data", full, "--to", `${full}-b`])).err).toContain(
      "holds no journal",
    );
  });
});

describe("a restore", () => {
  const shared = tempFolder();
  const from = join(shared.path, "data");
  const made = join(shared.path, "backup");
  beforeAll(async () => {
    using _data = await writtenFolder(from);
    await admin(["backup", "--data", from, "--to", made]);
  });
  afterAll(() => shared[Symbol.dispose]());

  /** A copy of the backup that a test may damage. */
  function backupIn(folder: string): string {
    const to = join(folder, "backup");
    cpSync(made, to, { recursive: true });
    return to;
  }

  test("is refused where data is, and where a gateway runs", async () => {
    using folder = tempFolder();
    const to = backupIn(folder.path);
    const busy = join(folder.path, "busy");
    const onto = await admin(["restore", "--from", to, "--data", from]);
    expect(onto).toMatchObject({ code: 1, err: expect.stringContaining("is not empty") });
    using _lock = lockDataDir(busy);
    const beside = await admin(["restore", "--from", to, "--data", busy]);
    expect(beside.err).toMatch(/^VZ_RESTORE_REFUSED: .*a gateway is running on/);
    expect(readdirSync(folder.path).sort()).toEqual(["backup", "busy"]);
  });

  test("goes into an empty folder that is there already", async () => {
    using folder = tempFolder();
    const to = backupIn(folder.path);
    const empty = join(folder.path, "empty");
    mkdirSync(empty);
    expect((await admin(["restore", "--from", to, "--data", empty])).code).toBe(0);
    expect(await casesOf(empty)).toBe(await casesOf(from));
  });

  test("names each file that is missing or is not the one written, and leaves nothing behind", async () => {
    using folder = tempFolder();
    const to = backupIn(folder.path);
    const back = join(folder.path, "back");
    const manifest = readManifest(to);
    const expected = manifest?.files.find((file) => file.path === "cases.db")?.sha256 ?? "?";
    flipByte(join(to, "cases.db"), 5_000);
    writeFileSync(join(to, "state.db"), readFileSync(join(to, "state.db")).subarray(0, 4_096));
    rmSync(join(to, "pepper"));
    for (const command of [
      ["restore", "--from", to, "--data", back],
      ["verify", "--backup", to],
    ]) {
      const { code, err, out } = await admin(command);
      expect(code).toBe(1);
      const said = err + out;
      expect(said).toContain(
        `${join(to, "cases.db")} has another content: SHA-256 expected ${expected}, found `,
      );
      expect(said).toMatch(/state\.db has 4096 bytes, expected \d+/);
      expect(said).toContain(`${join(to, "pepper")} is missing`);
    }
    expect(existsSync(back)).toBe(false);
    expect(readdirSync(folder.path).sort()).toEqual(["backup"]);
  });

  test("takes no folder without a manifest, no broken manifest and no archive that was cut short", async () => {
    using folder = tempFolder();
    const to = backupIn(folder.path);
    const tar = join(folder.path, "backup.tar");
    const back = join(folder.path, "back");
    await admin(["backup", "--data", from, "--to", tar]);
    const restore = async (source: string): Promise<string> => {
      const { code, err } = await admin(["restore", "--from", source, "--data", back]);
      expect(code).toBe(1);
      expect(existsSync(back)).toBe(false);
      return err;
    };
    writeFileSync(tar, readFileSync(tar).subarray(0, 60_000));
    expect(await restore(tar)).toContain("it was cut short");
    flipByte(tar, 3);
    expect(await restore(tar)).toContain("is no backup, or is damaged");
    expect(await restore(from)).toContain("has no manifest.json");
    const manifest = readFileSync(join(to, "manifest.json"), "utf8");
    writeFileSync(join(to, "manifest.json"), manifest.slice(0, 300));
    expect(await restore(to)).toContain("is not whole");
    writeFileSync(
      join(to, "manifest.json"),
      manifest.replace('"voorzorgBackup": 1', '"voorzorgBackup": 2'),
    );
    expect(await restore(to)).toContain("has format 2, this build reads 1");
    writeFileSync(
      join(to, "manifest.json"),
      manifest.replace('"path": "pepper"', '"path": "../pepper"'),
    );
    expect(await restore(to)).toContain("is no manifest of a backup");
    expect(await restore(join(folder.path, "nowhere"))).toContain("there is no");
  });
});

function flipByte(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes.writeUInt8(bytes.readUInt8(at) ^ 0xff, at);
  writeFileSync(path, bytes);
}
