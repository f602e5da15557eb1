import type { MessagePort } from "node:worker_threads";
import type { DurationMs, Offset } from "#domain/units.ts";
import type { DecideReport } from "#pipeline/decide.ts";
import type { OutboxItem, OutboxMark } from "#ports/case-store.ts";

export interface DecideWorkerData {
  readonly dataDir: string;
  readonly build: string;
  /** The storage thread posts `{kind:"committed", newest}` here. */
  readonly commits: MessagePort;
  /** undefined = as in service. */
  readonly snapshotEveryMs?: DurationMs | undefined;
}

export type ToDecide =
  | { readonly kind: "mark"; readonly id: string; readonly mark: OutboxMark }
  | { readonly kind: "due"; readonly request: number; readonly limit: number }
  | { readonly kind: "close" };

export type FromDecide =
  | { readonly kind: "ready"; readonly applied: Offset }
  | { readonly kind: "report"; readonly report: DecideReport }
  | { readonly kind: "due"; readonly request: number; readonly items: readonly OutboxItem[] }
  /** The disk takes nothing: nothing is decided until it does. undefined = it does again. */
  | { readonly kind: "stalled"; readonly reason: string | undefined }
  | { readonly kind: "closed" };

export interface Committed {
  readonly kind: "committed";
  readonly newest: Offset;
}
