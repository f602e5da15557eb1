import { writeSync } from "node:fs";
import { SqliteJournal } from "../../../src/adapters/journal-sqlite/sqlite-journal.ts";

/** Appends small batches, and seals, until it is killed; says the newest acknowledged offset after each. */
const [, , directory] = process.argv;
if (directory === undefined) throw new Error("usage: append-forever.ts DIRECTORY");
const journal = new SqliteJournal({ directory, now: () => 0, segmentBytes: 400 });
for (let batch = 0; ; batch += 1) {
  const records = [1, 2, 3].map((n) => new TextEncoder().encode(`record ${batch * 3 + n}`));
  const first = journal.appendSync(records, `batch-${batch}`);
  writeSync(1, `${first + records.length - 1}\n`);
  if (batch % 4 === 0) await journal.sealNext();
}
