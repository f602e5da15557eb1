import type { MessagePort } from "node:worker_threads";
import type { EpochMs, Offset } from "#domain/units.ts";
import type {
  SeriesAnswer,
  SeriesQuery,
  SeriesRejection,
  StoreProblem,
} from "#ports/series-store.ts";
import type { StoreConfig } from "../influx/create-remote-store.ts";

/** What the worker is started with. */
export interface SeriesWorkerData {
  readonly journalFolder: string;
  readonly seriesFolder: string;
  readonly store: StoreConfig;
  /** The journal thread posts `{kind: "committed", newest}` here. */
  readonly commits: MessagePort;
}

export type SeriesRequest =
  | {
      readonly kind: "read";
      readonly query: SeriesQuery;
      /** From here on the local store has everything; a remote one is asked for what is older. */
      readonly recentFrom: EpochMs;
    }
  | { readonly kind: "retain"; readonly before: EpochMs }
  /** Answers when the samples of the records up to here are stored. */
  | { readonly kind: "caught_up"; readonly offset: Offset }
  | { readonly kind: "stats" }
  | { readonly kind: "close" };

export type SeriesReply =
  | { readonly kind: "series"; readonly answer: SeriesAnswer }
  | { readonly kind: "stats"; readonly stats: SeriesStats }
  | { readonly kind: "done" };

export type ToSeries =
  | { readonly kind: "ask"; readonly id: number; readonly body: SeriesRequest }
  /** The rejected rows are in the journal, or could not be written there. */
  | { readonly kind: "kept"; readonly id: number; readonly error: string };

export type FromSeries =
  | { readonly kind: "ready" }
  | { readonly kind: "reply"; readonly id: number; readonly reply: SeriesReply }
  | {
      readonly kind: "failed";
      readonly id: number;
      readonly problem: StoreProblem;
      readonly message: string;
    }
  | {
      readonly kind: "rejected";
      readonly id: number;
      readonly rejected: readonly SeriesRejection[];
    }
  | {
      readonly kind: "state";
      readonly consumer: ConsumerName;
      /** undefined: it takes samples again. */
      readonly failure: ConsumerFailure | undefined;
    };

export type ConsumerName = "local" | "remote";

export interface ConsumerFailure {
  readonly problem: StoreProblem;
  readonly message: string;
}

export interface SeriesStats {
  readonly local: ConsumerStats;
  /** null: samples are kept here only. */
  readonly remote: ConsumerStats | null;
}

/** Counts since the start of the worker, apart from the offset. */
export interface ConsumerStats {
  readonly consumed: Offset;
  readonly written: number;
  readonly overwritten: number;
  readonly rejected: number;
  /** Records that gave no rows because reading them failed. */
  readonly skipped: number;
  /** Attempts that failed, by what was wrong. */
  readonly failures: Readonly<Record<StoreProblem, number>>;
  /** Why the newest page could not be stored; "" when it could. */
  readonly error: string;
}
