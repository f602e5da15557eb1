import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readManifest } from "../../src/adapters/backup-sqlite/manifest.ts";
import { lockDataDir } from "../../src/adapters/sqlite/data-lock.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { admin, casesOf, WrittenFolders } from "./admin-fixture.ts";

describe("a restore", () => {
  const shared = tempFolder();
  const from = join(shared.path, "data");
  const made = join(shared.path, "backup");
  beforeAll(async () => {
    using folders = new WrittenFolders();
    await folders.prepare();
    using _data = await folders.copyTo(from);
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
