/**
 * Loaded before a program (`node --expose-gc --import`): on SIGUSR2 every thread collects its garbage, then the
 * process writes what it holds to the file that BENCH_MEMORY_FILE names.
 */
import { writeFileSync } from "node:fs";
import { BroadcastChannel, isMainThread } from "node:worker_threads";
import { sleepMs } from "@voorzorg/device-sim";

/** Threads that are busy answer after their turn. */
const ANSWERS_WITHIN_MS = 1_500;

interface Held {
  readonly heapUsed: number;
  readonly external: number;
}

const channel = new BroadcastChannel("memory-probe");
channel.unref();

function held(): Held {
  // Twice: what finalizers let go of in the first run is collected by the second.
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return { heapUsed, external };
}

async function probe(file: string): Promise<void> {
  const main = held();
  const threads: Held[] = [];
  channel.onmessage = (event) => threads.push((event as { readonly data: Held }).data);
  channel.postMessage("collect");
  await sleepMs(ANSWERS_WITHIN_MS);
  writeFileSync(file, JSON.stringify({ main, threads, rss: process.memoryUsage.rss() }));
}

const file = process.env.BENCH_MEMORY_FILE;
if (file !== undefined && isMainThread) process.on("SIGUSR2", () => void probe(file));
else {
  channel.onmessage = (event) => {
    if ((event as { readonly data: unknown }).data === "collect") channel.postMessage(held());
  };
}
