import { writeSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { workerData } from "node:worker_threads";

const { limitMs, shared, what } = workerData as {
  readonly limitMs: number;
  readonly shared: Int32Array;
  readonly what: string;
};

const STDERR = 2;
const LOOKS = 5;

for (let seen = -1, still = 0; still < LOOKS; ) {
  await delay(limitMs / LOOKS);
  const turns = Atomics.load(shared, 1);
  still = turns === seen ? still + 1 : 0;
  seen = turns;
}
const index = Atomics.load(shared, 0);
writeSync(
  STDERR,
  `${what}: input ${index} did not end within ${limitMs} ms: replay with --from ${index} --count 1\n`,
);
process.kill(process.pid, "SIGKILL");
