import { readFile, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { monotonicMs, sleepMs } from "@voorzorg/device-sim";
import { BenchError } from "./bench.ts";

const PROGRAM = fileURLToPath(new URL("./programs/memory-probe.ts", import.meta.url));
const ANSWERS_WITHIN_MS = 20_000;

export interface Held {
  readonly heapUsed: number;
  readonly external: number;
}

/** What a Node process holds after its garbage is collected, bytes. */
export interface ProcessMemory {
  readonly main: Held;
  readonly threads: readonly Held[];
  readonly rss: number;
}

/** Environment of a Node process that answers `probe`. */
export const probeEnvironment = (file: string): Readonly<Record<string, string>> => ({
  NODE_OPTIONS: `--expose-gc --import=${PROGRAM}`,
  BENCH_MEMORY_FILE: file,
});

/** @throws BenchError when the process does not answer. */
export async function probe(ask: () => void, file: string): Promise<ProcessMemory> {
  await rm(file, { force: true });
  ask();
  const endMs = monotonicMs() + ANSWERS_WITHIN_MS;
  while (monotonicMs() < endMs) {
    const text = await readFile(file, "utf8").catch(() => "");
    if (text.endsWith("}")) return JSON.parse(text) as ProcessMemory;
    await sleepMs(50);
  }
  throw new BenchError("a process did not say what memory it holds");
}

/** Resident bytes of any process. @throws BenchError elsewhere than on Linux. */
export async function residentBytes(pid: number): Promise<number> {
  let status: string;
  try {
    status = await readFile(`/proc/${pid}/status`, "utf8");
  } catch (error) {
    throw new BenchError(`the memory of process ${pid} cannot be read; this bench needs Linux`, {
      cause: error,
    });
  }
  return parseResidentBytes(status);
}

/** proc(5): VmRSS is given in units of 1,024 bytes, whatever it says. */
export function parseResidentBytes(status: string): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? Number.NaN) * 1_024;
}
