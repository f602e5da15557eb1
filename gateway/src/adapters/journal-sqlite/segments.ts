import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { DurationMs, EpochMs, Offset } from "#domain/units.ts";

/** A segment's file; its name is its first offset. */
export interface SegmentFile {
  readonly first: Offset;
  /** Closed for good and repacked into `.sealed`; else the `.db` that is or was written to. */
  readonly sealed: boolean;
}

const NAME = /^(\d{20})\.(db|sealed)$/;
const SIDE_FILE = /^(\d{20})\.db-(?:wal|shm|journal)$/;
const UNFINISHED = /^\d{20}\.sealed\.tmp/;
const SIDE_SUFFIXES = ["-wal", "-shm", "-journal"];

const stem = (first: Offset): string => String(first).padStart(20, "0");

export const segmentFilePath = (directory: string, file: SegmentFile): string =>
  join(directory, `${stem(file.first)}.${file.sealed ? "sealed" : "db"}`);

export const segmentPath = (directory: string, first: Offset): string =>
  segmentFilePath(directory, { first, sealed: false });

/** Becomes the sealed file by a rename once it is whole and durable. */
export const unfinishedPath = (directory: string, first: Offset): string =>
  `${segmentFilePath(directory, { first, sealed: true })}.tmp`;

/** Oldest first. Between the two steps that end a sealing both files are there: the sealed one counts. */
export function listSegmentFiles(directory: string): readonly SegmentFile[] {
  const files = new Map<Offset, SegmentFile>();
  for (const name of readdirSync(directory)) {
    const match = NAME.exec(name);
    if (match === null) continue;
    const first = Number(match[1]);
    const sealed = match[2] === "sealed";
    if (sealed || !files.has(first)) files.set(first, { first, sealed });
  }
  return [...files.values()].sort((a, b) => a.first - b.first);
}

/** The segment is there as a whole until its last file goes. */
export function removeSegment(directory: string, first: Offset): void {
  rmSync(segmentFilePath(directory, { first, sealed: true }), { force: true });
  removeUnsealed(directory, first);
}

function removeUnsealed(directory: string, first: Offset): void {
  for (const path of unsealedPaths(directory, first)) rmSync(path, { force: true });
}

/** The database goes first: side files alone are no segment and are swept at the next start. */
export const unsealedPaths = (directory: string, first: Offset): readonly string[] =>
  ["", ...SIDE_SUFFIXES].map((suffix) => `${segmentPath(directory, first)}${suffix}`);

/**
 * Removes what a crash between two steps leaves behind: side files whose segment is gone, a segment
 * that was sealed already, and a sealing that was not finished.
 */
export function sweep(directory: string): void {
  const names = new Set(readdirSync(directory));
  for (const name of names) {
    if (UNFINISHED.test(name)) rmSync(join(directory, name), { force: true });
    const segment = NAME.exec(name);
    if (segment?.[2] === "db" && names.has(`${segment[1]}.sealed`)) {
      removeUnsealed(directory, Number(segment[1]));
    }
    const side = SIDE_FILE.exec(name);
    if (side !== null && !names.has(`${side[1]}.db`))
      rmSync(join(directory, name), { force: true });
  }
}

export interface SegmentInfo extends SegmentFile {
  /** Offset of the newest record; first - 1 when empty. */
  readonly last: Offset;
  readonly bytes: number;
  /** When the next segment began; null for the one being written. */
  readonly closedAt: EpochMs | null;
}

export interface RetentionLimits {
  readonly keepMs: DurationMs;
  readonly keepBytes: number;
}

/**
 * The offset to give to `trim`: everything before it is older than `keepMs` or, counted from the
 * newest, beyond `keepBytes`. Whole segments only, never the one being written.
 */
export function trimPolicy(
  segments: readonly Omit<SegmentInfo, "sealed">[],
  now: EpochMs,
  limits: RetentionLimits,
): Offset {
  let kept = segments.reduce((sum, segment) => sum + segment.bytes, 0);
  let before: Offset = segments[0]?.first ?? 0;
  for (const segment of segments) {
    if (segment.closedAt === null) break;
    const tooOld = now - segment.closedAt > limits.keepMs;
    if (!tooOld && kept <= limits.keepBytes) break;
    kept -= segment.bytes;
    before = segment.last + 1;
  }
  return before;
}
