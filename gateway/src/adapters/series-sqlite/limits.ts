/** When samples are sorted and merged. The defaults are measured; tests use small ones. */
export interface SealingLimits {
  /** Pages in memory before they are sealed whatever their age; about twice as much is held at most. */
  readonly fullBytes: number;
  /** Less is not worth blocks of its own before a day has passed. */
  readonly fewBytes: number;
  /** Rows of a block: above, unpacking it for a few of its rows takes too long; blocks below half of it are merged. */
  readonly fullRows: number;
  /** So many new blocks of a day are merged before the day is over. */
  readonly manyBlocks: number;
}

export const DEFAULT_LIMITS: SealingLimits = {
  fullBytes: 16 * 1_024 * 1_024,
  fewBytes: 32 * 1_024,
  fullRows: 4_096,
  manyBlocks: 16,
};
