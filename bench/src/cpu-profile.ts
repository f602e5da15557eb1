import { Session } from "node:inspector/promises";
import { rounded } from "./statistics.ts";

/** One function of a CPU profile with its own share of the samples, callees not included. */
export interface HotSpot {
  readonly name: string;
  readonly percent: number;
}

interface ProfileNode {
  readonly hitCount?: number | undefined;
  readonly callFrame: { readonly functionName: string; readonly url: string };
}

const NOT_WORK: ReadonlySet<string> = new Set(["(program)", "(idle)", "(root)"]);

/** Runs `work` under the sampling profiler of V8, which costs a few percent. */
export async function profiled<T>(
  work: () => T | Promise<T>,
  most: number,
): Promise<{ readonly value: T; readonly hot: readonly HotSpot[] }> {
  const session = new Session();
  session.connect();
  try {
    await session.post("Profiler.enable");
    await session.post("Profiler.start");
    const value = await work();
    const { profile } = await session.post("Profiler.stop");
    return { value, hot: hotSpots(profile.nodes, most) };
  } finally {
    session.disconnect();
  }
}

/** The functions in which most samples were taken, by name and file. */
export function hotSpots(nodes: readonly ProfileNode[], most: number): readonly HotSpot[] {
  const hits = new Map<string, number>();
  let total = 0;
  for (const { hitCount = 0, callFrame } of nodes) {
    const { functionName, url } = callFrame;
    if (hitCount === 0 || NOT_WORK.has(functionName)) continue;
    const file = url.slice(url.lastIndexOf("/") + 1);
    const name = `${functionName || "(anonymous)"}${file === "" ? "" : ` ${file}`}`;
    hits.set(name, (hits.get(name) ?? 0) + hitCount);
    total += hitCount;
  }
  return [...hits]
    .sort(([, a], [, b]) => b - a)
    .slice(0, most)
    .map(([name, count]) => ({ name, percent: rounded((100 * count) / total, 1) }));
}
