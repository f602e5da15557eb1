import { mkdirSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { copyDatabase, copyPlain, linkOrCopy } from "../adapters/backup-sqlite/copy-file.ts";
import type { DataFile, FileStamp } from "../adapters/backup-sqlite/data-files.ts";
import {
  decisionFiles,
  hasPendingLog,
  journalFiles,
  secretFiles,
  seriesFiles,
  stampOf,
} from "../adapters/backup-sqlite/data-files.ts";
import type { BackupFile, Manifest, Offsets } from "../adapters/backup-sqlite/manifest.ts";
import { BackupError, damageOf, sha256Of } from "../adapters/backup-sqlite/manifest.ts";
import { consumedOffsets } from "../adapters/backup-sqlite/offsets.ts";
import { SqliteJournalReader } from "../adapters/journal-sqlite/sqlite-journal-reader.ts";
import type { AdminContext } from "./context.ts";

/** Each time the journal was trimmed while the rest was being copied; once an hour is usual. */
const MOST_ATTEMPTS = 3;
const MODE = 0o600;

export interface Copied {
  readonly files: readonly BackupFile[];
  readonly offsets: Offsets;
  /** Files that had not changed since the backup before. */
  readonly unchanged: number;
}

/** Copies one data folder into an empty one, beside a running gateway. */
export class BackupRun {
  readonly #dataDir: string;
  readonly #into: string;
  readonly #before: { readonly folder: string; readonly files: ReadonlyMap<string, BackupFile> };
  readonly #context: AdminContext;
  readonly #files = new Map<string, BackupFile>();
  readonly #unchanged = new Set<string>();
  #allBytes = 1;
  #doneBytes = 0;

  constructor(options: {
    readonly dataDir: string;
    readonly into: string;
    /** The backup before at the same place, whose unchanged files are taken over. */
    readonly before: { readonly folder: string; readonly manifest: Manifest } | undefined;
    readonly context: AdminContext;
  }) {
    const { dataDir, into, before, context } = options;
    this.#dataDir = dataDir;
    this.#into = into;
    this.#before = {
      folder: before?.folder ?? "",
      files: new Map(before?.manifest.files.map((file) => [file.path, file])),
    };
    this.#context = context;
  }

  /**
   * The deciding thread's files first and the journal last, so that none is ahead of its journal.
   *
   * @throws BackupError
   */
  async run(): Promise<Copied> {
    for (let attempt = 1; ; attempt += 1) {
      await this.#copyAll();
      const offsets = this.#offsets();
      const { state, journal } = offsets;
      // A journal that was trimmed since the state was copied does not join on to it any more.
      const samples = offsets.series["meta.db"] ?? state;
      const taken = Math.min(state, samples);
      if (journal.oldest <= taken + 1) {
        return { files: [...this.#files.values()], offsets, unchanged: this.#unchanged.size };
      }
      if (attempt === MOST_ATTEMPTS) {
        throw new BackupError(
          `the journal was trimmed each time while the rest was copied: it begins at offset ${journal.oldest}, and the copied state or samples end at ${taken}; try again, or to a faster disk`,
        );
      }
      await this.#context.out("The journal was trimmed meanwhile: copying what has changed again");
    }
  }

  async #copyAll(): Promise<void> {
    const lists = [decisionFiles, seriesFiles, journalFiles, secretFiles];
    const all = lists.flatMap((list) => list(this.#dataDir));
    this.#allBytes = all.reduce((sum, { path }) => sum + this.#sizeOf(path), 1);
    this.#doneBytes = 0;
    for (const file of decisionFiles(this.#dataDir)) await this.#mustCopy(file);
    for (const file of seriesFiles(this.#dataDir)) {
      // A month that retention dropped meanwhile is not missing.
      if (!(await this.#copy(file))) this.#forget(file.path);
    }
    for (const file of journalFiles(this.#dataDir)) await this.#copySegment(file);
    for (const file of secretFiles(this.#dataDir)) await this.#mustCopy(file);
  }

  async #mustCopy(file: DataFile): Promise<void> {
    if (await this.#copy(file)) return;
    throw new BackupError(`${join(this.#dataDir, file.path)} vanished while it was copied`);
  }

  /** Not there any more: it was trimmed, or it was sealed into another file. */
  async #copySegment(file: DataFile): Promise<void> {
    if (await this.#copy(file)) return;
    this.#forget(file.path);
    const sealed = file.path.replace(/\.db$/, ".sealed");
    if (sealed !== file.path) await this.#copy({ ...file, path: sealed, kind: "plain" });
  }

  #forget(path: string): void {
    this.#files.delete(path);
    this.#unchanged.delete(path);
    rmSync(join(this.#into, path), { force: true });
  }

  /** False when the file is not there any more. */
  async #copy(file: DataFile): Promise<boolean> {
    const from = join(this.#dataDir, file.path);
    const stamp = stampOf(from);
    if (stamp === undefined) return false;
    const isUnchanged = (known: BackupFile | undefined): known is BackupFile =>
      known !== undefined &&
      known.source.bytes === stamp.bytes &&
      known.source.mtimeNs === stamp.mtimeNs &&
      !(file.kind === "database" && hasPendingLog(from));
    this.#show(file, 0);
    // Else it was copied by an attempt before.
    if (!isUnchanged(this.#files.get(file.path))) {
      const known = this.#before.files.get(file.path);
      const isKept = isUnchanged(known) && (await this.#takeOver(known));
      if (!isKept && !(await this.#copyAnew(file, stamp))) return false;
    }
    this.#doneBytes += stamp.bytes;
    return true;
  }

  /** From the backup before, if it is still what was written there: damage must not be inherited. */
  async #takeOver(known: BackupFile): Promise<boolean> {
    const { folder } = this.#before;
    if ((await damageOf(folder, known)) !== undefined) return false;
    await linkOrCopy(join(folder, known.path), this.#target(known.path), MODE);
    this.#files.set(known.path, known);
    this.#unchanged.add(known.path);
    return true;
  }

  async #copyAnew(file: DataFile, source: FileStamp): Promise<boolean> {
    const { path, secret } = file;
    const from = join(this.#dataDir, path);
    const to = this.#target(path);
    try {
      if (file.kind === "plain") await copyPlain(from, to, MODE);
      else await copyDatabase(from, to, MODE, (part) => this.#show(file, part * source.bytes));
    } catch (error) {
      if (stampOf(from) === undefined) return false;
      throw new BackupError(`${from} cannot be copied: ${String(error)}`, { cause: error });
    }
    const { size: bytes } = statSync(to);
    const sha256 = await sha256Of(to);
    this.#files.set(path, { path, bytes, sha256, secret, source });
    this.#unchanged.delete(path);
    return true;
  }

  /** Where the file goes; nothing is there. */
  #target(path: string): string {
    const to = join(this.#into, path);
    mkdirSync(dirname(to), { recursive: true, mode: 0o700 });
    rmSync(to, { force: true });
    return to;
  }

  #show(file: DataFile, bytes: number): void {
    this.#context.progress((this.#doneBytes + bytes) / this.#allBytes, file.path);
  }

  #sizeOf(path: string): number {
    return stampOf(join(this.#dataDir, path))?.bytes ?? 0;
  }

  #offsets(): Offsets {
    const { state, cases, series } = consumedOffsets(this.#into);
    using journal = new SqliteJournalReader(join(this.#into, "journal"));
    const newest = journal.newest();
    const oldest = journal.readSync(1, 1)[0]?.offset ?? newest + 1;
    return { state, cases, series, journal: { oldest, newest } };
  }
}
