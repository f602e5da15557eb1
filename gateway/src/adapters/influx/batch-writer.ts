import type { SeriesRejection } from "#ports/series-store.ts";
import type { WriteVerdict } from "./answers.ts";
import { unavailable, verdictOf } from "./answers.ts";
import type { EncodedRow, LineRow } from "./line-protocol.ts";
import { encodeRow } from "./line-protocol.ts";
import type { InfluxLink } from "./link.ts";
import type { Entry } from "./poison.ts";
import { parted, sameFailure } from "./poison.ts";

/** InfluxData's advice for 2.x; 1.x is well served with it too. */
export const MOST_LINES = 5_000;
const FEWEST_LINES = 50;
/** Characters per request: far below the 25 MB that 1.x takes, whatever the text's UTF-8 is. */
const MOST_CHARACTERS = 4 * 1024 ** 2;
/** So many lines refused in words that nobody knows, and none taken: it is the request, not the lines. */
const DOUBTS = 3;

/** The part of a row that is refused. */
export interface LineRejection extends SeriesRejection {
  readonly row: LineRow;
}

export interface LinesWritten {
  /** Values taken. */
  readonly written: number;
  readonly overwritten: 0;
  readonly rejected: readonly LineRejection[];
}

interface Progress {
  readonly rejected: LineRejection[];
  /** Refused alone, but in words that may be about the request. */
  readonly doubtful: LineRejection[];
  written: number;
  takenRequests: number;
}

/**
 * Writes rows in requests of bounded size, one at a time. What the server refuses is divided until
 * the bad values are alone; sending good lines again on the way is safe, because a line has its time.
 */
export class BatchWriter {
  readonly #link: InfluxLink;
  /** Halved when a request finds no answer or is too large, grows again with what is taken. */
  #limit = MOST_LINES;

  constructor(link: InfluxLink) {
    this.#link = link;
  }

  /** @throws SeriesUnavailableError; some of the rows may be stored then. */
  async write(rows: readonly LineRow[]): Promise<LinesWritten> {
    const progress: Progress = { rejected: [], doubtful: [], written: 0, takenRequests: 0 };
    let batch: Entry[] = [];
    let characters = 0;
    for (const row of rows) {
      const encoded = encodeRow(row);
      if (encoded.refused !== undefined) progress.rejected.push(...refusals(row, encoded.refused));
      if (encoded.values === 0) continue;
      if (batch.length >= this.#limit || characters + encoded.line.length > MOST_CHARACTERS) {
        await this.#send(batch, progress);
        batch = [];
        characters = 0;
      }
      batch.push(entryOf(row, encoded));
      characters += encoded.line.length + 1;
    }
    if (batch.length > 0) await this.#send(batch, progress);
    this.#settleDoubts(progress);
    return { written: progress.written, overwritten: 0, rejected: joined(progress.rejected) };
  }

  async #send(all: readonly Entry[], progress: Progress): Promise<void> {
    const waiting: (readonly Entry[])[] = [all];
    for (let batch = waiting.pop(); batch !== undefined; batch = waiting.pop()) {
      const answer = await this.#link.write(batch.map((entry) => entry.line));
      const verdict = verdictOf(answer, this.#link);
      this.#adapt(verdict, batch.length);
      switch (verdict.kind) {
        case "taken":
          progress.takenRequests += 1;
          for (const entry of batch) progress.written += entry.values;
          break;
        case "unavailable":
          throw verdict.error;
        case "too_large":
        case "refused":
          // The first part is looked at first: `pop` takes the last.
          waiting.push(...this.#divide(batch, verdict, progress).toReversed());
          // In doubt a line from the other end says more than the neighbour of a bad one.
          if (progress.doubtful.length > 0) waiting.reverse();
          break;
      }
    }
  }

  /** Smaller batches to send again, or none: what is left is bad. */
  #divide(
    batch: readonly Entry[],
    verdict: Extract<WriteVerdict, { readonly reason: string }>,
    progress: Progress,
  ): readonly (readonly Entry[])[] {
    const parts = sameFailure(batch, verdict) ? [] : parted(batch, verdict);
    if (parts.length > 0) return parts;
    const doubt = verdict.kind === "refused" && !verdict.known && progress.takenRequests === 0;
    const list = doubt ? progress.doubtful : progress.rejected;
    for (const { row } of batch) list.push({ row, reason: verdict.reason });
    if (progress.doubtful.length >= DOUBTS) this.#settleDoubts(progress);
    return [];
  }

  /** @throws SeriesUnavailableError if nothing at all was taken: a person must look. */
  #settleDoubts(progress: Progress): void {
    const [first] = progress.doubtful;
    if (first === undefined) return;
    if (progress.takenRequests === 0) {
      const { reason } = first;
      throw unavailable(
        { kind: "answered", status: 400, reason, retryAfterMs: undefined },
        this.#link,
      );
    }
    progress.rejected.push(...progress.doubtful.splice(0));
  }

  #adapt(verdict: WriteVerdict, lines: number): void {
    if (verdict.kind === "taken") {
      this.#limit = Math.min(MOST_LINES, this.#limit + Math.max(FEWEST_LINES, this.#limit >> 3));
    } else if (verdict.kind !== "refused") {
      this.#limit = Math.max(FEWEST_LINES, Math.min(this.#limit, lines) >> 1);
    }
  }
}

const entryOf = (row: LineRow, { line, values }: EncodedRow): Entry => ({ row, line, values });

/** A rejection per reason, with only the values that it is about. */
function refusals(row: LineRow, refused: ReadonlyMap<string, string>): readonly LineRejection[] {
  return [...refused].map(([signal, reason]) => ({
    row: { ...row, values: { [signal]: row.values[signal] ?? null } },
    reason,
  }));
}

/** Values of one device and time that are refused for the same reason are one rejection. */
function joined(rejected: readonly LineRejection[]): readonly LineRejection[] {
  if (rejected.length < 2) return rejected;
  const byReason = new Map<string, LineRejection>();
  for (const { row, reason } of rejected) {
    const key = JSON.stringify([row.product, row.device, row.at, reason, row.tags]);
    const before = byReason.get(key);
    const values = { ...before?.row.values, ...row.values };
    byReason.set(key, { row: { ...row, values }, reason });
  }
  return [...byReason.values()];
}
