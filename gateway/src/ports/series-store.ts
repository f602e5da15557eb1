import type { SignalValue } from "@voorzorg/firmware-contracts";
import { GatewayError } from "#domain/errors.ts";
import type { EpochMs, Offset } from "#domain/units.ts";

/** Values of one device at one moment. */
export interface SeriesRow {
  readonly product: string;
  readonly device: string;
  /** Device time. */
  readonly at: EpochMs;
  readonly values: Readonly<Record<string, SignalValue>>;
}

export interface WriteSummary {
  /** Values written for the first time. */
  readonly written: number;
  /** Values that replaced one of the same device, signal and time (even when equal). */
  readonly overwritten: number;
}

export interface SeriesPoint {
  readonly at: EpochMs;
  readonly value: SignalValue;
}

/**
 * Keeps samples. Every adapter passes test/contracts/series-store.ts.
 *
 * - Key = (device, signal, at). Writing a key again replaces the value, so offering a batch twice is safe.
 * - `write` resolved: rows and `consumed` (the journal offset up to which everything was offered)
 *   are durable; after a crash `consumed` never runs ahead of the rows.
 * - `read` answers points with from <= at < to, oldest first; more than `points` are thinned so that
 *   the extremes of each bucket stay.
 */
export interface SeriesStore extends AsyncDisposable {
  write(rows: readonly SeriesRow[], consumed: Offset): Promise<WriteSummary>;
  consumed(): Promise<Offset>;
  read(query: {
    readonly device: string;
    readonly signal: string;
    readonly from: EpochMs;
    readonly to: EpochMs;
    readonly points: number;
  }): Promise<readonly SeriesPoint[]>;
  /** Drops whole time partitions that end before `before`. */
  retain(before: EpochMs): Promise<void>;
}

export class SeriesUnavailableError extends GatewayError {
  readonly code = "VZ_SERIES_UNAVAILABLE";
}
