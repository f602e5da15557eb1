import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { ChangedViews, Effects } from "#domain/effects.ts";
import type { Offset } from "#domain/units.ts";
import type { CaseStore, OutboxItem } from "#ports/case-store.ts";
import { guarded, openReadOnly } from "../sqlite/database.ts";
import { ReplayCheck } from "./replay-check.ts";

/**
 * A case store that takes nothing: what is committed to it is compared with the file, beside its
 * writer too. The first commit must begin right after `after`.
 */
export class ReplayComparison implements CaseStore {
  readonly #path: string;
  readonly #db: DatabaseSync;
  readonly #check: ReplayCheck;
  readonly #meta: StatementSync;
  #comparedTo: Offset;
  #isReplay = true;

  constructor(path: string, after: Offset) {
    this.#path = path;
    this.#comparedTo = after;
    this.#db = guarded(`opening ${path}`, () => openReadOnly(path));
    this.#check = new ReplayCheck(this.#db);
    this.#meta = this.#db.prepare("SELECT applied, pruned_offset, pruned_n FROM meta");
  }

  /** Newest offset whose effects the file holds. */
  stored(): Offset {
    return Number(this.#meta.get()?.applied);
  }

  /** Without an end while it compares, so that the decider offers every batch. */
  applied(): Offset {
    return this.#isReplay ? Number.POSITIVE_INFINITY : 0;
  }

  /** What is committed during `work` is not compared, and a decider may save its state. */
  pause(work: () => void): void {
    this.#isReplay = false;
    try {
      work();
    } finally {
      this.#isReplay = true;
    }
  }

  /** @throws ReplayDivergedError */
  commit(upTo: Offset, effects: readonly Effects[], _views: ChangedViews): void {
    if (!this.#isReplay) return;
    guarded(`comparing up to offset ${upTo} in ${this.#path}`, () => {
      const meta = this.#meta.get();
      const pruned = { offset: Number(meta?.pruned_offset), n: Number(meta?.pruned_n) };
      this.#check.compare({ after: this.#comparedTo, upTo }, effects, pruned);
    });
    this.#comparedTo = upTo;
  }

  markOutbox(): void {
    // Deliveries are no decisions.
  }

  dueOutbox(): readonly OutboxItem[] {
    return [];
  }

  outboxOf(): readonly OutboxItem[] {
    return [];
  }

  [Symbol.dispose](): void {
    this.#db.close();
  }
}
