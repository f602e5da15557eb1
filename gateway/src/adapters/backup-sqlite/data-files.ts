import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/**
 * `database`: in use by its writer, copied through SQLite. `plain`: copied byte by byte, because it
 * never changes or is only replaced or appended to as a whole.
 */
export type FileKind = "database" | "plain";

export interface DataFile {
  /** Relative to the data folder, with `/`. */
  readonly path: string;
  readonly kind: FileKind;
  readonly secret: boolean;
}

const SEGMENT = /^\d{20}\.(?:db|sealed)$/;
const PARTITION = /^(?:early|late|\d{4}-\d{2})\.db$/;
const SECRETS = ["auth.json", "pepper", "credentials.ndjson", "answer-secret"];

const database = (path: string): DataFile => ({ path, kind: "database", secret: false });

/**
 * The deciding thread's files and what follows them: neither a state nor the place up to which tickets were
 * made may be newer than the cases, so they go first.
 */
export const decisionFiles = (dataDir: string): readonly DataFile[] =>
  ["desk.db", "state.db", "cases.db"]
    .filter((name) => existsSync(join(dataDir, name)))
    .map(database);

/** The offsets of the series' writers before the samples: what is read again twice is harmless, a gap is not. */
export function seriesFiles(dataDir: string): readonly DataFile[] {
  const names = namesIn(join(dataDir, "series")).filter((name) => name.endsWith(".db"));
  const partitions = names.filter((name) => PARTITION.test(name));
  const offsets = names.filter((name) => !PARTITION.test(name));
  return [...offsets, ...partitions].map((name) => database(`series/${name}`));
}

export const isPartition = (path: string): boolean => PARTITION.test(path.replace("series/", ""));

/** Oldest first; of a segment that is being sealed right now only the sealed file. */
export function journalFiles(dataDir: string): readonly DataFile[] {
  const names = namesIn(join(dataDir, "journal")).filter((name) => SEGMENT.test(name));
  const all = new Set(names);
  return names
    .filter((name) => name.endsWith(".sealed") || !all.has(name.replace(".db", ".sealed")))
    .sort()
    .map((name) =>
      name.endsWith(".sealed")
        ? { path: `journal/${name}`, kind: "plain", secret: false }
        : database(`journal/${name}`),
    );
}

/** After the journal: a device that the journal knows must have its secret. */
export const secretFiles = (dataDir: string): readonly DataFile[] =>
  SECRETS.filter((name) => existsSync(join(dataDir, name))).map((path) => ({
    path,
    kind: "plain",
    secret: true,
  }));

/** Every database of a data folder, whoever writes it. */
export const databaseFiles = (dataDir: string): readonly string[] =>
  [...decisionFiles(dataDir), ...seriesFiles(dataDir), ...journalFiles(dataDir)].map(
    ({ path }) => path,
  );

export interface FileStamp {
  readonly bytes: number;
  readonly mtimeNs: string;
}

/** Undefined when the file is not there. */
export function stampOf(path: string): FileStamp | undefined {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found && { bytes: Number(found.size), mtimeNs: String(found.mtimeNs) };
}

/** What was written since the last checkpoint is in a file beside the database. */
export const hasPendingLog = (path: string): boolean =>
  (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0;

function namesIn(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder).sort() : [];
}
