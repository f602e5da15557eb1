import type { SignalValue } from "@voorzorg/firmware-contracts";
import type { EpochMs } from "#domain/units.ts";

/** One line of a series. `tsMs` is undefined when the cell holds no time. */
export interface RecordedRow {
  readonly kind: "row";
  readonly tsMs: EpochMs | undefined;
  readonly values: Readonly<Record<string, SignalValue>>;
}

export interface RecordedEvent {
  readonly kind: "event";
  readonly tsMs: EpochMs | undefined;
  readonly code: string;
  readonly attrs: Readonly<Record<string, unknown>>;
}

export type Recorded = RecordedRow | RecordedEvent;

export interface RecordedDevice {
  readonly id: string;
  readonly product: string;
  readonly attrs: Readonly<Record<string, string | number | boolean>>;
  /** Peers; "" = none. */
  readonly cohort: string;
}

/**
 * What one device sent, in the order in which it would have sent it, in batches, so that memory does
 * not grow with the length of the history.
 */
export type RecordedStream = AsyncIterable<readonly Recorded[]>;

/**
 * Rows and events of one device as one stream. Both keep their own order, never sorted, never
 * deduplicated: an event goes before the first row at which the newest row time so far has reached
 * it, so that backward stamps in either move nothing else. What is left of the events comes last.
 */
export async function* mergeEvents(
  rows: AsyncIterable<readonly RecordedRow[]>,
  events: AsyncIterable<readonly RecordedEvent[]>,
): RecordedStream {
  const waiting = events[Symbol.asyncIterator]();
  let batch: readonly RecordedEvent[] = [];
  let next = 0;
  let ended = false;
  const more = async (): Promise<boolean> => {
    while (!ended && next >= batch.length) {
      const step = await waiting.next();
      next = 0;
      if (step.done) ended = true;
      else batch = step.value;
    }
    return !ended;
  };
  let newestMs = Number.NEGATIVE_INFINITY;
  for await (const rowBatch of rows) {
    const merged: Recorded[] = [];
    for (const row of rowBatch) {
      newestMs = Math.max(newestMs, row.tsMs ?? newestMs);
      while (!ended && (next < batch.length || (await more()))) {
        const event = batch[next] as RecordedEvent;
        if ((event.tsMs ?? newestMs) > newestMs) break;
        merged.push(event);
        next += 1;
      }
      merged.push(row);
    }
    yield merged;
  }
  while (await more()) {
    yield batch.slice(next);
    next = batch.length;
  }
}
