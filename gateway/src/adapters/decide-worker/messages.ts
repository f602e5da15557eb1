import type { MessagePort } from "node:worker_threads";
import type { DurationMs, Offset } from "#domain/units.ts";
import type { DecideReport } from "#pipeline/decide.ts";
import type { OutboxItem, OutboxMark } from "#ports/case-store.ts";
import type { Cut } from "../cases-sqlite/retention.ts";
import type { LoopLoad } from "../metrics/loop-watch.ts";

export interface DecideWorkerData {
  readonly dataDir: string;
  readonly build: string;
  /** The storage thread posts `{kind:"committed", newest}` here. */
  readonly commits: MessagePort;
  /** undefined = as in service. */
  readonly snapshotEveryMs?: DurationMs | undefined;
  /** What is decided is told as points too, for whoever reads them from `cases.db`. */
  readonly points: boolean;
}

export type ToDecide =
  | { readonly kind: "mark"; readonly id: string; readonly mark: OutboxMark }
  | { readonly kind: "due"; readonly request: number; readonly limit: number }
  | { readonly kind: "load"; readonly request: number }
  /** Points up to this number are where they should be. */
  | { readonly kind: "points_told"; readonly upTo: number }
  /** May go from `cases.db`, a little at a time. */
  | { readonly kind: "drop"; readonly cut: Cut }
  | { readonly kind: "close" };

export type FromDecide =
  | { readonly kind: "ready"; readonly applied: Offset }
  | { readonly kind: "report"; readonly report: DecideReport }
  | { readonly kind: "due"; readonly request: number; readonly items: readonly OutboxItem[] }
  | { readonly kind: "load"; readonly request: number; readonly load: LoopLoad }
  /** The disk takes nothing: nothing is decided until it does. undefined = it does again. */
  | { readonly kind: "stalled"; readonly reason: string | undefined }
  | { readonly kind: "closed" };

export interface Committed {
  readonly kind: "committed";
  readonly newest: Offset;
}
