/**
 * Journal and broker alone, in a process of their own for a system call trace:
 * `node durability-child.ts DIRECTORY FULL|OFF`. Prints the port, ends with its standard input.
 */

import { SqliteJournal } from "../../src/adapters/journal-sqlite/sqlite-journal.ts";
import { createAedesLink } from "../../src/adapters/mqtt/aedes-link.ts";
import { SystemClock } from "../../src/adapters/system-clock/system-clock.ts";
import { encodeRecord } from "../../src/pipeline/record-codec.ts";
import {
  CountingMetrics,
  FixedDirectory,
  ListLog,
  RecordingHandler,
} from "../adapters/mqtt/link-fixture.ts";

const [directory = "", synchronous = ""] = process.argv.slice(2);
if (synchronous !== "FULL" && synchronous !== "OFF") {
  throw new Error(`the second argument is "${synchronous}"; it must be FULL or OFF`);
}

const clock = new SystemClock();
await using journal = new SqliteJournal({ directory, now: () => clock.now(), synchronous });
let batch = 0;
const handler = new RecordingHandler();
handler.durable = async (message) => {
  batch += 1;
  const record = encodeRecord({ kind: "message", appendedAt: clock.now(), ...message });
  await journal.append(0, [record], `batch-${batch}`);
};
await using link = createAedesLink({
  handler,
  directory: new FixedDirectory(),
  metrics: new CountingMetrics(),
  log: new ListLog(),
  clock,
  host: "127.0.0.1",
  port: 0,
});
const { port } = await link.start();
process.stdout.write(`${port}\n`);
for await (const _ of process.stdin) {
  // Whoever started this closes the pipe when done.
}
