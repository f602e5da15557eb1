import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { DurationMs, EpochMs, Offset } from "#domain/units.ts";

/** Schema of one segment file. */
export const SEGMENT_MIGRATIONS = [
  `CREATE TABLE record (offset INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
   CREATE TABLE batch (offset INTEGER PRIMARY KEY, batch_id TEXT NOT NULL);
   CREATE TABLE segment (created_at INTEGER NOT NULL);`,
];

const NAME = /^(\d{20})\.db$/;
const SIDE_FILE = /^(\d{20})\.db-(?:wal|shm|journal)$/;

export const segmentPath = (directory: string, first: Offset): string =>
  join(directory, `${String(first).padStart(20, "0")}.db`);

/** First offsets of the segments in the directory, oldest first. */
export function listSegments(directory: string): readonly Offset[] {
  const firsts: Offset[] = [];
  for (const name of readdirSync(directory)) {
    const match = NAME.exec(name);
    if (match?.[1] !== undefined) firsts.push(Number(match[1]));
  }
  return firsts.sort((a, b) => a - b);
}

/** The database goes first: side files alone are no segment and are swept at the next start. */
export function removeSegment(directory: string, first: Offset): void {
  const path = segmentPath(directory, first);
  rmSync(path);
  for (const suffix of ["-wal", "-shm", "-journal"]) rmSync(`${path}${suffix}`, { force: true });
}

/** Removes side files whose segment is gone, which a crash between two unlinks leaves behind. */
export function sweepSideFiles(directory: string): void {
  const names = new Set(readdirSync(directory));
  for (const name of names) {
    const match = SIDE_FILE.exec(name);
    if (match !== null && !names.has(`${match[1]}.db`))
      rmSync(join(directory, name), { force: true });
  }
}

export interface SegmentInfo {
  readonly first: Offset;
  /** Offset of the newest record; first - 1 when empty. */
  readonly last: Offset;
  readonly bytes: number;
  /** When the next segment began; null for the one being written. */
  readonly sealedAt: EpochMs | null;
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
  segments: readonly SegmentInfo[],
  now: EpochMs,
  limits: RetentionLimits,
): Offset {
  let kept = segments.reduce((sum, segment) => sum + segment.bytes, 0);
  let before: Offset = segments[0]?.first ?? 0;
  for (const segment of segments) {
    if (segment.sealedAt === null) break;
    const tooOld = now - segment.sealedAt > limits.keepMs;
    if (!tooOld && kept <= limits.keepBytes) break;
    kept -= segment.bytes;
    before = segment.last + 1;
  }
  return before;
}
