import type { Offset } from "#domain/units.ts";

export interface StateEntry {
  /** E.g. `device/pump-1`, `case/c-…`, `service`. */
  readonly key: string;
  /** JSON; undefined = remove. */
  readonly value: string | undefined;
}

/**
 * Snapshots of the decision state. `save` writes the changed entries and the journal offset that
 * they belong to in one transaction; `load` answers the newest whole snapshot. Synchronous: it lives
 * in the deciding thread and must not let a record slip in between.
 */
export interface StateStore extends Disposable {
  save(offset: Offset, build: string, dirty: readonly StateEntry[]): void;
  load(): {
    readonly offset: Offset;
    readonly build: string;
    readonly entries: readonly StateEntry[];
  };
}
