import { createHash } from "node:crypto";
import { createReadStream, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { GatewayError } from "#domain/errors.ts";

/** A backup could not be made, or what it is to be made of or into is not what it should be. */
export class BackupError extends GatewayError {
  readonly code = "VZ_BACKUP_FAILED";
}

/** A backup is not whole: a file is missing or is not the one that was written. */
export class BackupDamagedError extends GatewayError {
  readonly code = "VZ_BACKUP_DAMAGED";
}

/** Written last: a backup that was cut short has none. */
export const MANIFEST = "manifest.json";
/** Counts up when an older build could not restore what this one writes. */
const FORMAT = 1;

/** Inside the folder, one level deep at most: a manifest cannot name a file elsewhere. */
const PATH = /^(?:[a-z]+\/)?[\w-][\w.-]*$/;

const offset = z.int().min(0);
const fileSchema = z.strictObject({
  path: z.string().regex(PATH),
  bytes: z.int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Holds hashes of secrets or their key; written for the owner only. */
  secret: z.boolean(),
  /** The file that it was copied from, to tell next time whether it has changed since. */
  source: z.strictObject({ bytes: z.int().min(0), mtimeNs: z.string() }),
});
const manifestSchema = z.strictObject({
  voorzorgBackup: z.literal(FORMAT),
  /** Version that made it. */
  build: z.string(),
  createdAt: z.iso.datetime(),
  offsets: z.strictObject({
    /** Newest record in the snapshot of the decision state. */
    state: offset,
    /** Newest record whose effects are in the cases. */
    cases: offset,
    /** Newest record whose samples are stored, by the file that says so. */
    series: z.record(z.string(), offset),
    /** Records that the journal holds; newest < oldest when it has none. */
    journal: z.strictObject({ oldest: offset, newest: offset }),
  }),
  files: z.array(fileSchema),
});

export type Manifest = z.output<typeof manifestSchema>;
export type BackupFile = Manifest["files"][number];
export type Offsets = Manifest["offsets"];

export const manifestText = (parts: Omit<Manifest, "voorzorgBackup">): string =>
  `${JSON.stringify({ voorzorgBackup: FORMAT, ...parts }, null, 2)}\n`;

/** Undefined when the folder has none. @throws BackupDamagedError when it cannot be understood. */
export function readManifest(folder: string): Manifest | undefined {
  const path = join(folder, MANIFEST);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw new BackupDamagedError(`${path} cannot be read: ${String(error)}`, { cause: error });
  }
  return parseManifest(path, text);
}

function parseManifest(path: string, text: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new BackupDamagedError(`${path} is not whole (${String(error)}): use another backup`, {
      cause: error,
    });
  }
  const format = (value as { voorzorgBackup?: unknown } | null)?.voorzorgBackup;
  if (typeof format === "number" && format > FORMAT) {
    throw new BackupDamagedError(
      `${path} has format ${format}, this build reads ${FORMAT}: restore it with the version that made it`,
    );
  }
  const parsed = manifestSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new BackupDamagedError(
    `${path} is no manifest of a backup: ${z.prettifyError(parsed.error)}`,
    { cause: parsed.error },
  );
}

/** Hex. */
export async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 ** 2 })) {
    hash.update(chunk);
  }
  return hash.digest("hex");
}

/** What is wrong with the file of a backup; undefined when it is the one that was written. */
export async function damageOf(folder: string, file: BackupFile): Promise<string | undefined> {
  const path = join(folder, file.path);
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return `${path} is missing`;
  if (found.size !== file.bytes) {
    return `${path} has ${found.size} bytes, expected ${file.bytes}`;
  }
  const hash = await sha256Of(path);
  return hash === file.sha256
    ? undefined
    : `${path} has another content: SHA-256 expected ${file.sha256}, found ${hash}`;
}
