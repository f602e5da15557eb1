import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readManifest } from "../../src/adapters/backup-sqlite/manifest.ts";
import { SqliteJournalReader } from "../../src/adapters/journal-sqlite/sqlite-journal-reader.ts";
import { DataFolder } from "../support/data-folder.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { admin, casesOf, RECORDS, WrittenFolders } from "./admin-fixture.ts";

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

const folders = new WrittenFolders();
beforeAll(() => folders.prepare());
afterAll(() => folders[Symbol.dispose]());

describe("a backup", () => {
  test("is made while the writers are at work and gives back the same journal, cases and secrets", async () => {
    using folder = tempFolder();
    const [from, to, back] = ["data", "backup", "back"].map((name) => join(folder.path, name)) as [
      string,
      string,
      string,
    ];
    using data = await folders.copyTo(from);
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

  test("has no part that is ahead of its journal, however much is written while it is made", async () => {
    using folder = tempFolder();
    const from = join(folder.path, "data");
    const to = join(folder.path, "backup");
    using data = await folders.copyTo(from);
    let written = 700;
    const made = await admin(["backup", "--data", from, "--to", to], {
      onProgress: () => {
        data.append(RECORDS.slice(written, written + 10));
        written += 10;
        data.decideSync();
        data.snapshot();
      },
    });
    expect(made.code, made.err).toBe(0);
    expect(written).toBeGreaterThan(800);
    const { out, code } = await admin(["verify", "--backup", to, "--replay"]);
    expect(code, out).toBe(0);
    const offsets = readManifest(to)?.offsets;
    expect(offsets?.state).toBeGreaterThanOrEqual(700);
    expect(offsets?.state).toBeLessThanOrEqual(offsets?.cases ?? 0);
    expect(offsets?.cases).toBeLessThanOrEqual(offsets?.journal.newest ?? 0);
  });

  test("copies only what has changed when it is repeated at the same place", async () => {
    using folder = tempFolder();
    const from = join(folder.path, "data");
    const to = join(folder.path, "backup");
    using data = await folders.copyTo(from);
    await admin(["backup", "--data", from, "--to", to]);
    const first = inodes(to);
    data.append(RECORDS.slice(700));
    await data.decide();
    const again = await admin(["backup", "--data", from, "--to", to]);
    expect(again.out).toMatch(/\d+ of them unchanged since the backup before/);
    const second = inodes(to);
    const segments = [...first.keys()].filter((name) => /^\d{20}/.test(name)).sort();
    expect(segments.length).toBeGreaterThan(2);
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
    using _data = await folders.copyTo(from);
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
    using data = await folders.copyTo(from);
    let trimmed = false;
    const made = await admin(["backup", "--data", from, "--to", to], {
      onProgress: (what) => {
        if (trimmed || !what.startsWith("series/")) return;
        trimmed = true;
        data.append(RECORDS.slice(700));
        data.decideSync();
        data.snapshot();
        data.journal.trimSync(RECORDS.length);
      },
    });
    expect(made.out).toContain("The journal was trimmed meanwhile");
    expect(made.code, made.err).toBe(0);
    const newest = RECORDS.length;
    expect(readManifest(to)?.offsets).toMatchObject({ state: newest, journal: { newest } });
    expect((await admin(["verify", "--backup", to, "--replay"])).code).toBe(0);
  });

  test("leaves the one before as it was when it cannot be finished", async () => {
    using folder = tempFolder();
    const from = join(folder.path, "data");
    const to = join(folder.path, "backup");
    using data = await folders.copyTo(from);
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

  test("takes up where a crash left off: half a backup is cleared away, an old one is still the backup", async () => {
    using folder = tempFolder();
    const from = join(folder.path, "data");
    const to = join(folder.path, "backup");
    using _data = await folders.copyTo(from);
    await admin(["backup", "--data", from, "--to", to]);
    renameSync(to, `${to}.old`);
    mkdirSync(join(`${to}.partial`, "journal"), { recursive: true });
    writeFileSync(join(`${to}.partial`, "journal", "00000000000000000001.db"), "half");
    const again = await admin(["backup", "--data", from, "--to", to]);
    expect(again.code, again.err).toBe(0);
    expect(again.out).toContain("unchanged since the backup before");
    expect((await admin(["verify", "--backup", to])).code).toBe(0);
    expect(readdirSync(folder.path).sort()).toEqual(["backup", "data"]);
  });

  test("takes over nothing that was damaged in the backup before", async () => {
    using folder = tempFolder();
    const from = join(folder.path, "data");
    const to = join(folder.path, "backup");
    using _data = await folders.copyTo(from);
    await admin(["backup", "--data", from, "--to", to]);
    const segment = readdirSync(join(to, "journal")).sort()[0] ?? "";
    const path = join(to, "journal", segment);
    const bytes = readFileSync(path);
    bytes.writeUInt8(bytes.readUInt8(20_000) ^ 0xff, 20_000);
    writeFileSync(path, bytes);
    expect((await admin(["verify", "--backup", to])).code).toBe(1);
    expect((await admin(["backup", "--data", from, "--to", to])).code).toBe(0);
    expect((await admin(["verify", "--backup", to, "--replay"])).code).toBe(0);
  });

  test("is made by one process at a time", async () => {
    using folder = tempFolder();
    const from = join(folder.path, "data");
    const to = join(folder.path, "backup");
    using _data = await folders.copyTo(from);
    const second: Promise<{ code: number; err: string }>[] = [];
    const first = await admin(["backup", "--data", from, "--to", to], {
      onProgress: () => {
        if (second.length === 0) second.push(admin(["backup", "--data", from, "--to", to]));
      },
    });
    expect(first.code, first.err).toBe(0);
    const refused = await second[0];
    expect(refused?.err).toMatch(/^VZ_BACKUP_FAILED: another backup to the same place/);
    expect((await admin(["verify", "--backup", to])).code).toBe(0);
  });

  test("goes nowhere where it would overwrite something else", async () => {
    using folder = tempFolder();
    const from = join(folder.path, "data");
    using _data = await folders.copyTo(from);
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
