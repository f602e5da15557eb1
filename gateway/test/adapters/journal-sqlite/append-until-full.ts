import { writeSync } from "node:fs";
import { SqliteJournal } from "../../../src/adapters/journal-sqlite/sqlite-journal.ts";
import { JournalUnavailableError } from "../../../src/ports/journal.ts";

/**
 * Appends until a batch is refused twice, and says what came of it. The first refusal may pass: the
 * journal is opened again, which copies the write-ahead log back and so makes room.
 */
const [, , directory] = process.argv;
if (directory === undefined) throw new Error("usage: append-until-full.ts DIRECTORY");
const journal = new SqliteJournal({ directory, now: () => 0 });
const record = new Uint8Array(1_000).fill(65);
let acknowledged = 0;

function refusal(batchId: string): string {
  try {
    journal.appendSync([record], batchId);
    acknowledged += 1;
    return "";
  } catch (error) {
    return error instanceof JournalUnavailableError ? error.code : String(error);
  }
}

let first = "";
let again = "";
while (again === "" && acknowledged < 100_000) {
  const batchId = `batch-${acknowledged}`;
  first = refusal(batchId);
  if (first !== "") again = refusal(batchId);
}
writeSync(1, JSON.stringify({ acknowledged, first, again }));
