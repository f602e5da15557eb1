/**
 * Loaded before a program (`node --expose-gc --import`): on SIGUSR2 every thread collects its garbage, then the
 * process writes what it holds to the file that BENCH_MEMORY_FILE names.
 */
import { writeFileSync } from "node:fs";
import { BroadcastChannel, isMainThread } from "node:worker_threads";
import { sleepMs } from "@voorzorg/device-sim";

/** Threads that are busy answer after their turn. */
const ANSWERS_WITHIN_MS = 15_000;
const LOOK_MS = 50;
const HELLO = "hello";
const COLLECT = "collect";

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

/** Threads beside the main one. */
let known = 0;
let answers: Held[] = [];

async function probe(file: string): Promise<void> {
  answers = [];
  const main = held();
  channel.postMessage(COLLECT);
  for (let waited = 0; answers.length < known && waited < ANSWERS_WITHIN_MS; waited += LOOK_MS) {
    await sleepMs(LOOK_MS);
  }
  writeFileSync(file, JSON.stringify({ main, threads: answers, rss: process.memoryUsage.rss() }));
}

const file = process.env.BENCH_MEMORY_FILE;
if (file !== undefined && isMainThread) {
  channel.onmessage = (event) => {
    const { data } = event as { readonly data: Held | typeof HELLO };
    if (data === HELLO) known += 1;
    else answers.push(data);
  };
  process.on("SIGUSR2", () => void probe(file));
} else {
  channel.onmessage = (event) => {
    if ((event as { readonly data: unknown }).data === COLLECT) channel.postMessage(held());
  };
  channel.postMessage(HELLO);
}
