import { existsSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import type { Manifest } from "../adapters/backup-sqlite/manifest.ts";
import {
  BackupDamagedError,
  BackupError,
  MANIFEST,
  manifestText,
  readManifest,
} from "../adapters/backup-sqlite/manifest.ts";
import { writeTar } from "../adapters/backup-sqlite/tar.ts";
import { syncFolder } from "../adapters/sqlite/database.ts";
import type { Copied } from "./backup-run.ts";
import { BackupRun } from "./backup-run.ts";
import type { AdminContext } from "./context.ts";
import { counted, isNoRoom, sizeText } from "./context.ts";
import { isMountPoint, Staging } from "./staging.ts";

/**
 * Copies a data folder, beside a running gateway too. `to`: a new or empty folder, the folder of an
 * earlier backup (replaced as a whole when the new one is complete), or a new file `*.tar`.
 *
 * @throws BackupError; then what was at `to` before is still there.
 */
export async function backupCommand(
  options: { readonly dataDir: string; readonly to: string },
  context: AdminContext,
): Promise<number> {
  const { dataDir, to } = options;
  assertDataDir(dataDir);
  const asTar = to.endsWith(".tar");
  assertTarget(dataDir, to, asTar);
  const partial = `${to}.partial`;
  const staging = Staging.take(partial);
  if (staging === undefined) {
    throw new BackupError(`another backup to the same place is being made (${partial} is in use)`);
  }
  try {
    const before = asTar ? undefined : await manifestBefore(to, context);
    const copied = await new BackupRun({
      dataDir,
      into: partial,
      before: before && { folder: to, manifest: before },
      context,
    }).run();
    writeManifest(partial, copied, context);
    if (asTar) await packTar(partial, to, copied);
    else swap(staging, to);
    await tell(copied, { dataDir, to }, context);
    return 0;
  } catch (error) {
    throw asBackupError(error, to);
  } finally {
    staging.remove();
  }
}

function assertDataDir(dataDir: string): void {
  if (existsSync(join(dataDir, "journal"))) return;
  throw new BackupError(`--data: ${dataDir} holds no journal; name the gateway's data folder`);
}

function assertTarget(dataDir: string, to: string, asTar: boolean): void {
  const inside = relative(resolve(dataDir), resolve(to));
  if (!inside.startsWith("..")) {
    throw new BackupError(`--to: ${to} is inside the data folder; name a place outside of it`);
  }
  const found = statSync(to, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (asTar || !found.isDirectory()) {
    throw new BackupError(
      `--to: ${to} exists already; name a new file that ends with .tar, or a folder`,
    );
  }
  if (isMountPoint(to)) {
    throw new BackupError(`--to: ${to} is a mount point; name a folder inside it`);
  }
  if (readdirSync(to).length > 0 && !existsSync(join(to, MANIFEST))) {
    throw new BackupError(
      `--to: ${to} is neither empty nor a backup (it has no ${MANIFEST}); name another folder`,
    );
  }
}

async function manifestBefore(to: string, context: AdminContext): Promise<Manifest | undefined> {
  // A crash between two renames: the old one is still the backup.
  if (!existsSync(to) && existsSync(`${to}.old`)) renameSync(`${to}.old`, to);
  try {
    return readManifest(to);
  } catch (error) {
    if (!(error instanceof BackupDamagedError)) throw error;
    await context.out(`The backup there is damaged and is replaced as a whole: ${error.message}`);
    return undefined;
  }
}

function writeManifest(partial: string, copied: Copied, context: AdminContext): void {
  const { files, offsets } = copied;
  const createdAt = new Date(context.now()).toISOString();
  const text = manifestText({ build: context.build, createdAt, offsets, files: [...files] });
  writeFileSync(join(partial, MANIFEST), text, { mode: 0o600, flush: true });
}

async function packTar(partial: string, to: string, copied: Copied): Promise<void> {
  const temporary = join(partial, "packed");
  await writeTar(temporary, partial, [MANIFEST, ...copied.files.map(({ path }) => path)]);
  renameSync(temporary, to);
  syncFolder(dirname(to));
}

/** The complete new one takes the place of the old one. */
function swap(staging: Staging, to: string): void {
  staging.seal();
  const old = `${to}.old`;
  rmSync(old, { recursive: true, force: true });
  if (existsSync(to)) renameSync(to, old);
  renameSync(staging.path, to);
  syncFolder(dirname(to));
  rmSync(old, { recursive: true, force: true });
}

async function tell(
  copied: Copied,
  places: { readonly dataDir: string; readonly to: string },
  context: AdminContext,
): Promise<void> {
  const { files, offsets, unchanged } = copied;
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const kept = unchanged === 0 ? "" : `, ${unchanged} of them unchanged since the backup before`;
  const { oldest, newest } = offsets.journal;
  await context.out(`Backup of ${places.dataDir} in ${places.to}`);
  await context.out(`  ${counted(files.length, "file")}, ${sizeText(bytes)}${kept}`);
  await context.out(
    `  journal from offset ${oldest} to ${newest}; state at ${offsets.state}, cases at ${offsets.cases}`,
  );
  const secrets = files.filter((file) => file.secret).map((file) => file.path);
  if (secrets.length === 0) return;
  await context.out(
    `  with ${secrets.join(", ")}, readable by the owner only: they let in people and devices, so keep the backup as safe as the data folder`,
  );
}

function asBackupError(error: unknown, to: string): unknown {
  if (isNoRoom(error)) {
    return new BackupError(`no room for the backup at ${to}; what was there before is untouched`, {
      cause: error,
    });
  }
  return error;
}
