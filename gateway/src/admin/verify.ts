import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Offset } from "#domain/units.ts";
import { databaseFiles } from "../adapters/backup-sqlite/data-files.ts";
import type { Manifest } from "../adapters/backup-sqlite/manifest.ts";
import {
  BackupDamagedError,
  BackupError,
  damageOf,
  MANIFEST,
  readManifest,
} from "../adapters/backup-sqlite/manifest.ts";
import type { ConsumedOffsets } from "../adapters/backup-sqlite/offsets.ts";
import { consumedOffsets, integrityProblems } from "../adapters/backup-sqlite/offsets.ts";
import { extractTar } from "../adapters/backup-sqlite/tar.ts";
import { DataDirLockedError, lockDataDir } from "../adapters/sqlite/data-lock.ts";
import type { AdminContext, Finding } from "./context.ts";
import { counted } from "./context.ts";
import { walkJournal } from "./journal-walk.ts";
import { replayFindings } from "./replay.ts";

export interface VerifyOptions {
  /** A data folder, or a backup: a folder or a file. */
  readonly path: string;
  readonly what: "data" | "backup";
  /** Also decide again and compare. */
  readonly replay: boolean;
}

const OTHER_BACKUP = "Use another backup, and look after the disk that this one was on.";

/** Reads everything and changes nothing; answers 0 when all is well, else 1. */
export async function verifyCommand(
  options: VerifyOptions,
  context: AdminContext,
): Promise<number> {
  const { path, what } = options;
  if (what === "data") return report(await dataFindings(path, options, context), path, context);
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) throw new BackupError(`--backup: there is no ${path}`);
  if (found.isDirectory())
    return report(await backupFindings(path, options, context), path, context);
  const unpacked = mkdtempSync(join(tmpdir(), "voorzorg-verify-"));
  try {
    await extractTar(path, unpacked);
    return report(await backupFindings(unpacked, options, context), path, context);
  } finally {
    rmSync(unpacked, { recursive: true, force: true });
  }
}

async function report(
  findings: readonly Finding[],
  path: string,
  context: AdminContext,
): Promise<number> {
  for (const { what, todo } of findings) {
    await context.out(`PROBLEM  ${what}`);
    await context.out(`         ${todo}`);
  }
  await context.out(
    findings.length === 0
      ? `${path} is whole.`
      : `${path} has ${counted(findings.length, "problem")}.`,
  );
  return findings.length === 0 ? 0 : 1;
}

async function backupFindings(
  folder: string,
  options: VerifyOptions,
  context: AdminContext,
): Promise<readonly Finding[]> {
  let manifest: Manifest | undefined;
  try {
    manifest = readManifest(folder);
  } catch (error) {
    if (!(error instanceof BackupDamagedError)) throw error;
    return [{ what: error.message, todo: OTHER_BACKUP }];
  }
  if (manifest === undefined) {
    const what = `${options.path} has no ${MANIFEST}: it is no backup, or one that was cut short`;
    return [{ what, todo: "Name another one; `backup` replaces what is cut short." }];
  }
  const damaged: Finding[] = [];
  const all = manifest.files.reduce((sum, file) => sum + file.bytes, 1);
  let done = 0;
  for (const file of manifest.files) {
    context.progress(done / all, file.path);
    const what = await damageOf(folder, file);
    if (what !== undefined) damaged.push({ what, todo: OTHER_BACKUP });
    done += file.bytes;
  }
  // What SQLite would say of a file that is not the one written adds nothing.
  if (damaged.length > 0) return damaged;
  await context.out(
    `Backup of ${manifest.createdAt} by version ${manifest.build}: ${counted(manifest.files.length, "file")}, each with the content that was written`,
  );
  return dataFindings(folder, options, context);
}

async function dataFindings(
  folder: string,
  options: VerifyOptions,
  context: AdminContext,
): Promise<readonly Finding[]> {
  if (!existsSync(join(folder, "journal"))) {
    throw new BackupError(`${options.path} holds no journal; name a data folder or a backup`);
  }
  if (options.what === "data" && isInUse(folder)) {
    await context.out("A gateway is running here: what it writes from now on is not looked at");
  }
  // Before the journal is read: what a consumer has taken was in the journal by then.
  const offsets = readOffsets(folder);
  const damaged = await integrityFindings(folder, context);
  if ("what" in offsets || damaged.length > 0) {
    return "what" in offsets ? [offsets, ...damaged] : damaged;
  }
  const journal = await walkJournal(join(folder, "journal"), context);
  const findings = [...journal.findings, ...offsetFindings(offsets, journal)];
  if (findings.length > 0) return findings;
  await context.out(
    `Journal: offsets ${journal.oldest} to ${journal.newest}, none missing, each record can be read`,
  );
  const samples = Object.entries(offsets.series).map(([file, at]) => `, samples ${at} (${file})`);
  await context.out(
    `Taken from it: state ${offsets.state}, cases ${offsets.cases}${samples.join("")}; none is ahead`,
  );
  return options.replay ? replayFindings(folder, journal, context) : [];
}

function readOffsets(folder: string): ConsumedOffsets | Finding {
  try {
    return consumedOffsets(folder);
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    return { what, todo: todoFor(folder, what.includes("state.db") ? "state.db" : "cases.db") };
  }
}

async function integrityFindings(
  folder: string,
  context: AdminContext,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const files = databaseFiles(folder);
  for (const [index, path] of files.entries()) {
    context.progress(index / files.length, path);
    const whole = join(folder, path);
    const problems = integrityProblems(whole);
    // Trimmed or sealed since the listing.
    if (problems.length === 0 || !existsSync(whole)) continue;
    findings.push({
      what: `${whole} is damaged: ${problems.join("; ")}`,
      todo: todoFor(folder, path),
    });
  }
  if (findings.length === 0) {
    await context.out(`${counted(files.length, "database")}: SQLite finds no damage`);
  }
  return findings;
}

/** What can be computed again from the rest, and what must come from a backup. */
function todoFor(folder: string, path: string): string {
  if (existsSync(join(folder, MANIFEST))) return OTHER_BACKUP;
  if (path.startsWith("journal/")) {
    return "Stop the gateway, keep a copy of the folder, and restore the newest good backup.";
  }
  if (path.startsWith("series/")) {
    return "Stop the gateway and put this file of the newest good backup in its place; what came after it is lost to the charts.";
  }
  return "If the journal begins at offset 1: stop the gateway, move state.db and cases.db away, and they are computed again. Else restore the newest good backup.";
}

function offsetFindings(
  offsets: ConsumedOffsets,
  journal: { readonly oldest: Offset; readonly newest: Offset },
): readonly Finding[] {
  const findings: Finding[] = [];
  const todo = "The files are of different age. Restore one backup as a whole.";
  const consumers = [
    ["state.db", offsets.state],
    ["cases.db", offsets.cases],
    ...Object.entries(offsets.series).map(([file, at]) => [`series/${file}`, at] as const),
  ] as const;
  for (const [file, at] of consumers) {
    if (at <= journal.newest) continue;
    const what = `${file} is at offset ${at}, ahead of the journal, which ends at ${journal.newest}`;
    findings.push({ what, todo });
  }
  if (journal.oldest > offsets.state + 1) {
    const what = `the journal begins at offset ${journal.oldest}, and the state ends at ${offsets.state}: what is between them was never decided`;
    findings.push({ what, todo });
  }
  return findings;
}

function isInUse(folder: string): boolean {
  if (!readdirSync(folder).includes("gateway.lock")) return false;
  try {
    lockDataDir(folder)[Symbol.dispose]();
    return false;
  } catch (error) {
    if (error instanceof DataDirLockedError) return true;
    throw error;
  }
}
