import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";

export interface Watched extends AsyncDisposable {
  began(index: number): void;
}

/** A thread that ends the process when one input keeps it busy for ever: from inside nobody could. */
export function watchForHang(what: string, limitMs: number): Watched {
  const shared = new Int32Array(new SharedArrayBuffer(8));
  const worker = new Worker(fileURLToPath(new URL("watchdog-child.ts", import.meta.url)), {
    workerData: { shared, what, limitMs },
  });
  return {
    began(index) {
      Atomics.store(shared, 0, index);
      Atomics.add(shared, 1, 1);
    },
    async [Symbol.asyncDispose]() {
      await worker.terminate();
    },
  };
}
