import { dirname } from "node:path";
import { SEGMENT_MIGRATIONS } from "../../../../src/adapters/journal-sqlite/schema.ts";
import { SqliteJournal } from "../../../../src/adapters/journal-sqlite/sqlite-journal.ts";
import type { StoredFile } from "./stored-file.ts";

const STARTED = 1_795_000_000_000;
const text = new TextDecoder();

/** Also that it is gone on with: a batch offered again is known, a new one follows. */
function readJournal(path: string): unknown {
  using journal = new SqliteJournal({ directory: dirname(path), now: () => STARTED });
  const again = journal.appendSync([new Uint8Array(1)], "batch-4");
  const records = journal.readSync(1, 100);
  const next = journal.appendSync([new Uint8Array(1)], `batch-${records.length + 1}`);
  return { again, next, records: records.map(({ bytes }) => text.decode(bytes)) };
}

const holds = { again: 4, next: 5, records: ["record 1", "", "record 3", "record 4"] };

export const segment: StoredFile = {
  name: "00000000000000000001.db",
  source: "journal-sqlite/schema.ts",
  migrations: SEGMENT_MIGRATIONS,
  versions: [
    {
      rows: `INSERT INTO segment VALUES (${STARTED});
        INSERT INTO record VALUES (1, CAST('record 1' AS BLOB)), (2, X''), (3, CAST('record 3' AS BLOB)),
          (4, CAST('record 4' AS BLOB));
        INSERT INTO batch VALUES (1, 'batch-1'), (4, 'batch-4');`,
      holds,
      keepsVersion: true,
    },
    {
      rows: `INSERT INTO segment VALUES (${STARTED});
        INSERT INTO block VALUES (1, 3, 0, 3093989936, 'batch-1', X'080000000000000008000000',
          CAST('record 1record 3' AS BLOB));
        INSERT INTO block VALUES (4, 1, 0, 3858236330, 'batch-4', X'08000000', CAST('record 4' AS BLOB));`,
      holds,
      empty: { batch: "of sealed segments" },
    },
  ],
  read: readJournal,
};

export const sealedSegment: StoredFile = {
  name: "00000000000000000001.sealed",
  source: "journal-sqlite/schema.ts",
  migrations: SEGMENT_MIGRATIONS,
  versions: [
    null,
    {
      rows: `INSERT INTO segment VALUES (${STARTED});
        INSERT INTO batch VALUES (1, 'batch-1'), (4, 'batch-4');
        INSERT INTO block VALUES (1, 4, 1, 720246651, NULL, X'',
          X'28b52ffd0058cd0000680800087265636f7264203133340400208b95ccbbcc06d006');`,
      holds,
    },
  ],
  read: readJournal,
};
