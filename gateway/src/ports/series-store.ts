import type { SignalValue } from "@voorzorg/firmware-contracts";
import { GatewayError } from "#domain/errors.ts";
import type { DurationMs, EpochMs } from "#domain/units.ts";

/** Values of one device at one moment. */
export interface SeriesRow {
  readonly product: string;
  readonly device: string;
  /** Device time. */
  readonly at: EpochMs;
  readonly values: Readonly<Record<string, SignalValue>>;
}

/** A row that the store will never take, whatever is tried: it goes to quarantine with the reason. */
export interface SeriesRejection {
  readonly row: SeriesRow;
  readonly reason: string;
}

export interface WriteSummary {
  /** Values taken; those of `overwritten` not included. */
  readonly written: number;
  /**
   * Values that replaced one of the same device, signal and time (even when equal); 0 from a store
   * that cannot tell them apart.
   */
  readonly overwritten: number;
  readonly rejected: readonly SeriesRejection[];
}

export interface SeriesPoint {
  readonly at: EpochMs;
  readonly value: SignalValue;
}

export interface SeriesQuery {
  readonly device: string;
  readonly signal: string;
  readonly from: EpochMs;
  readonly to: EpochMs;
  /** More are thinned to about as many. */
  readonly points: number;
}

/**
 * Keeps samples. Every adapter passes test/contracts/series-store.ts. One writer at a time; the
 * journal is the spool, so a store keeps nothing back in memory.
 *
 * - Key = (device, signal, at). Writing a key again replaces the value, so offering rows twice is safe.
 * - `write` resolved: every row is durable or in `rejected`. Rejected with SeriesUnavailableError:
 *   nothing is known about them, the same rows are offered again later.
 * - `read` answers points with from <= at < to, oldest first; more than `points` are thinned so that
 *   the extremes of each stretch of time stay.
 */
export interface SeriesStore extends AsyncDisposable {
  write(rows: readonly SeriesRow[]): Promise<WriteSummary>;
  read(query: SeriesQuery): Promise<readonly SeriesPoint[]>;
  /** Drops whole time partitions that end before `before`; a store with a retention of its own does nothing. */
  retain(before: EpochMs): Promise<void>;
}

export interface SeriesAnswer {
  readonly points: readonly SeriesPoint[];
  /** Why older points may be missing (a remote store that does not answer); null = nothing is. */
  readonly missing: string | null;
}

/** Reading over all stores that hold a part of the history. */
export interface SeriesReader {
  /** @throws SeriesUnavailableError when nothing can be read at all. */
  read(query: SeriesQuery): Promise<SeriesAnswer>;
}

/** `denied`: a person must act (token, database, rights). `unreachable`: it may pass by itself. */
export type StoreProblem = "denied" | "unreachable";

export class SeriesUnavailableError extends GatewayError {
  readonly code = "VZ_SERIES_UNAVAILABLE";
  readonly problem: StoreProblem;
  /** What the store asked for, if it did. */
  readonly retryAfterMs: DurationMs | undefined;

  constructor(
    message: string,
    options: ErrorOptions & {
      readonly problem?: StoreProblem;
      readonly retryAfterMs?: DurationMs | undefined;
    } = {},
  ) {
    super(message, options);
    this.problem = options.problem ?? "unreachable";
    this.retryAfterMs = options.retryAfterMs;
  }
}
