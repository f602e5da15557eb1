import {
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  statfsSync,
  statSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { GatewayError } from "#domain/errors.ts";
import { copyPlain } from "../adapters/backup-sqlite/copy-file.ts";
import type { Manifest } from "../adapters/backup-sqlite/manifest.ts";
import {
  BackupDamagedError,
  damageOf,
  MANIFEST,
  readManifest,
} from "../adapters/backup-sqlite/manifest.ts";
import { extractTar } from "../adapters/backup-sqlite/tar.ts";
import { DataDirLockedError, lockDataDir } from "../adapters/sqlite/data-lock.ts";
import { syncFolder } from "../adapters/sqlite/database.ts";
import type { AdminContext } from "./context.ts";
import { counted, hasCode, isNoRoom, sizeText } from "./context.ts";
import { isMountPoint, Staging } from "./staging.ts";

/** The place for the restored data is taken, in use or too small. Nothing was changed there. */
export class RestoreRefusedError extends GatewayError {
  readonly code = "VZ_RESTORE_REFUSED";
}

const LOCK = "gateway.lock";
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

/**
 * Puts a backup into a new data folder: complete, or not at all.
 *
 * @throws RestoreRefusedError, BackupDamagedError
 */
export async function restoreCommand(
  options: { readonly from: string; readonly dataDir: string },
  context: AdminContext,
): Promise<number> {
  const { from, dataDir } = options;
  assertBackup(from);
  assertFree(dataDir);
  const staging = Staging.take(`${dataDir}.restoring`);
  if (staging === undefined) {
    throw new RestoreRefusedError(`another restore to ${dataDir} is running`);
  }
  try {
    const manifest = await stage(from, staging.path, context);
    putInPlace(staging, dataDir);
    await tell(manifest, options, context);
    return 0;
  } catch (error) {
    throw asRefusal(error, dataDir);
  } finally {
    staging.remove();
  }
}

function assertBackup(from: string): void {
  const found = statSync(from, { throwIfNoEntry: false });
  if (found === undefined) throw new BackupDamagedError(`--from: there is no ${from}`);
  if (!found.isDirectory() || existsSync(join(from, MANIFEST))) return;
  throw new BackupDamagedError(
    `--from: ${from} has no ${MANIFEST}: it is no backup, or one that was cut short; name another`,
  );
}

function assertFree(dataDir: string): void {
  if (!existsSync(dataDir)) return;
  if (!statSync(dataDir).isDirectory()) {
    throw new RestoreRefusedError(`--data: ${dataDir} is a file; name a folder`);
  }
  if (isMountPoint(dataDir)) {
    throw new RestoreRefusedError(
      `--data: ${dataDir} is a mount point, where nothing can appear at once; name a folder inside it`,
    );
  }
  if (existsSync(join(dataDir, LOCK))) {
    try {
      lockDataDir(dataDir)[Symbol.dispose]();
    } catch (error) {
      if (!(error instanceof DataDirLockedError)) throw error;
      throw new RestoreRefusedError(
        `--data: a gateway is running on ${dataDir}; stop it, and restore into a folder of its own`,
        { cause: error },
      );
    }
  }
  if (readdirSync(dataDir).length > 0) {
    throw new RestoreRefusedError(
      `--data: ${dataDir} is not empty; name a new folder, or move what is there aside first`,
    );
  }
}

/** Copies or unpacks and holds every file against the manifest. All that is wrong is named at once. */
async function stage(from: string, staging: string, context: AdminContext): Promise<Manifest> {
  const isTar = !statSync(from).isDirectory();
  if (isTar) {
    assertRoom(staging, statSync(from).size);
    context.progress(0, "unpacking");
    await extractTar(from, staging);
  }
  const manifest = readManifest(isTar ? staging : from);
  if (manifest === undefined) throw new BackupDamagedError(`${from} holds no ${MANIFEST}`);
  const all = manifest.files.reduce((sum, file) => sum + file.bytes, 1);
  if (!isTar) assertRoom(staging, all);
  const problems: string[] = [];
  let done = 0;
  for (const file of manifest.files) {
    context.progress(done / all, file.path);
    const source = join(from, file.path);
    const target = join(staging, file.path);
    mkdirSync(dirname(target), { recursive: true, mode: FOLDER_MODE });
    if (!isTar && existsSync(source)) await copyPlain(source, target, FILE_MODE);
    const damage = await damageOf(staging, file);
    if (damage !== undefined) problems.push(damage.replaceAll(staging, from));
    done += file.bytes;
  }
  if (problems.length > 0) {
    throw new BackupDamagedError(
      `${from} is not whole, nothing was restored:\n  ${problems.join("\n  ")}\nUse another backup.`,
    );
  }
  rmSync(join(staging, MANIFEST), { force: true });
  return manifest;
}

function assertRoom(staging: string, bytes: number): void {
  const { bavail, bsize } = statfsSync(staging);
  if (bavail * bsize >= bytes) return;
  throw new RestoreRefusedError(
    `--data: the backup needs ${sizeText(bytes)}, and there are ${sizeText(bavail * bsize)} at ${dirname(staging)}`,
  );
}

function putInPlace(staging: Staging, dataDir: string): void {
  staging.seal();
  if (existsSync(dataDir)) rmdirSync(dataDir);
  renameSync(staging.path, dataDir);
  syncFolder(dirname(dataDir));
}

async function tell(
  manifest: Manifest,
  places: { readonly from: string; readonly dataDir: string },
  context: AdminContext,
): Promise<void> {
  const { files, offsets, createdAt, build } = manifest;
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  await context.out(`Restored ${places.from} to ${places.dataDir}`);
  await context.out(
    `  ${counted(files.length, "file")}, ${sizeText(bytes)}, each as it was written; made ${createdAt} by version ${build}`,
  );
  await context.out(
    `  the journal ends at offset ${offsets.journal.newest}: what was acknowledged after the backup is not in it`,
  );
}

function asRefusal(error: unknown, dataDir: string): unknown {
  if (hasCode(error, "ENOTEMPTY")) {
    return new RestoreRefusedError(`--data: something was written to ${dataDir} meanwhile`, {
      cause: error,
    });
  }
  if (isNoRoom(error)) {
    return new RestoreRefusedError(`no room to restore to ${dataDir}; nothing was left there`, {
      cause: error,
    });
  }
  return error;
}
