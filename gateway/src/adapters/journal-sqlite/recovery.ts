import type { Offset } from "#domain/units.ts";
import { finishClosing, holdsRows } from "./active-segment.ts";
import type { StoredBatch } from "./segment-source.ts";
import { listSegmentFiles, segmentPath } from "./segments.ts";
import { openPresent } from "./sqlite-journal-reader.ts";

/** Segments whose batch ids are read: small ones hold few. */
const REMEMBERED_SEGMENTS = 5;

/** Where a writer goes on. */
export interface Recovered {
  readonly newest: Offset;
  /** First offset of the segment to append to: that of the newest file, or a new one behind it. */
  readonly first: Offset;
  /** Newest first. */
  readonly batches: readonly StoredBatch[];
}

/** Closes what a crash left open, and looks up where the journal ends. */
export function recover(directory: string, rememberedBatches: number): Recovered {
  const files = listSegmentFiles(directory);
  const newest = files.at(-1);
  const previous = files.at(-2);
  if (previous?.sealed === false) finishClosing(segmentPath(directory, previous.first));
  const batches = storedBatches(directory, rememberedBatches);
  if (newest === undefined) return { newest: 0, first: 1, batches };
  const last = newestIn(directory, newest.first);
  const path = segmentPath(directory, newest.first);
  if (!newest.sealed && !holdsRows(path)) return { newest: last, first: newest.first, batches };
  if (!newest.sealed) finishClosing(path);
  return { newest: last, first: last + 1, batches };
}

function newestIn(directory: string, first: Offset): Offset {
  using source = openPresent(directory, first);
  return source?.newest() ?? first - 1;
}

function storedBatches(directory: string, limit: number): readonly StoredBatch[] {
  const batches: StoredBatch[] = [];
  const files = listSegmentFiles(directory).slice(-REMEMBERED_SEGMENTS);
  for (const { first } of files.reverse()) {
    if (batches.length >= limit) break;
    using source = openPresent(directory, first);
    batches.push(...(source?.batches(limit) ?? []));
  }
  return batches;
}
