import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

export interface MemoryUse {
  readonly heapMiB: number;
  readonly rssMiB: number;
}

const MIB = 1024 * 1024;
let collect: (() => void) | undefined;

/** After a full collection: what is still in use is held by somebody. */
export function memoryInUse(): MemoryUse {
  if (collect === undefined) {
    setFlagsFromString("--expose-gc");
    collect = runInNewContext("gc") as () => void;
  }
  collect();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heapMiB: (heapUsed + external) / MIB, rssMiB: rss / MIB };
}

/** Caches that fill are no leak; these are far above them. */
const GROWTH_LIMIT: MemoryUse = { heapMiB: 32, rssMiB: 200 };

export const growth = (from: MemoryUse, to: MemoryUse): MemoryUse => ({
  heapMiB: Math.round((to.heapMiB - from.heapMiB) * 10) / 10,
  rssMiB: Math.round((to.rssMiB - from.rssMiB) * 10) / 10,
});

export const hasLeaked = (grown: MemoryUse): boolean =>
  grown.heapMiB > GROWTH_LIMIT.heapMiB || grown.rssMiB > GROWTH_LIMIT.rssMiB;
