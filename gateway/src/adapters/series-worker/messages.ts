import type { MessagePort } from "node:worker_threads";
import type { EpochMs, Offset } from "#domain/units.ts";
import type { FleetFacts } from "#pipeline/points/fleet-facts.ts";
import type { PointRejection, ServicePoint } from "#ports/point-store.ts";
import type {
  SeriesAnswer,
  SeriesQuery,
  SeriesRejection,
  StoreProblem,
} from "#ports/series-store.ts";
import type { StoreConfig } from "../influx/create-remote-store.ts";
import type { LoopLoad } from "../metrics/loop-watch.ts";

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
  /** From now on the remote store is told about the service; the deciding thread has opened its file. */
  | { readonly kind: "tell"; readonly casesPath: string; readonly facts: FleetFacts }
  /** Time for what is sampled of the fleet; `points` were sampled elsewhere. */
  | {
      readonly kind: "sample";
      readonly serviceTime: EpochMs;
      readonly points: readonly ServicePoint[];
    }
  | { readonly kind: "load" }
  | { readonly kind: "close" };

export type SeriesReply =
  | { readonly kind: "series"; readonly answer: SeriesAnswer }
  | { readonly kind: "stats"; readonly stats: SeriesStats }
  | { readonly kind: "load"; readonly load: LoopLoad; readonly journal: JournalSpan }
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
    }
  /** Points up to this number are where they should be. */
  | { readonly kind: "points_told"; readonly upTo: number }
  | { readonly kind: "points_rejected"; readonly rejected: readonly PointRejection[] };

export type ConsumerName = "local" | "remote";

export interface ConsumerFailure {
  readonly problem: StoreProblem;
  readonly message: string;
}

export interface SeriesStats {
  readonly local: ConsumerStats;
  /** null: samples are kept here only. */
  readonly remote: ConsumerStats | null;
  /** null: nobody is told about the service. */
  readonly points: PointStats | null;
}

/** What dashboards are told about the service; counts since the start of the worker. */
export interface PointStats {
  /** Decided or sampled, and not yet in the store. */
  readonly waiting: number;
  /** Fields taken. */
  readonly written: number;
  readonly rejected: number;
  /** Sampled, and given up for newer ones. */
  readonly dropped: number;
  /** Why the newest points could not be stored; "" when they could. */
  readonly error: string;
}

/** What the journal's folder holds. */
export interface JournalSpan {
  readonly bytes: number;
  /** Append of the oldest record; null = there is none. */
  readonly oldestAt: EpochMs | null;
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
