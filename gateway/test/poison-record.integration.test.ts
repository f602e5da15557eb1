import { join } from "node:path";
import { expect, test } from "vitest";
import type { JournalRecord } from "#domain/record.ts";
import { encodeRecord } from "#pipeline/record-codec.ts";
import { SqliteJournal } from "../src/adapters/journal-sqlite/sqlite-journal.ts";
import { boilerFolders, GatewayProcess } from "./support/gateway-process.ts";
import { START } from "./support/records.ts";
import { tempFolder } from "./support/temp-folder.ts";

const TEST_MS = 60_000;

test("a record that the deciding core cannot take ends the gateway with a code and the record's place, every time", {
  timeout: TEST_MS,
}, async () => {
  using folder = tempFolder();
  const dataDir = join(folder.path, "data");
  {
    using journal = new SqliteJournal({ directory: join(dataDir, "journal"), now: () => START });
    const sound: JournalRecord = { kind: "tick", appendedAt: START };
    // No build of ours writes it: it stands for a bug that only one record meets.
    const poison = { kind: "registry", appendedAt: START, change: "put", by: "x" } as JournalRecord;
    journal.appendSync([sound, poison].map(encodeRecord), "one");
  }
  const env = boilerFolders(folder.path);
  for (let start = 0; start < 2; start += 1) {
    const { code, stdout } = await GatewayProcess.refused(env, dataDir);
    expect(code).toBe(1);
    expect(stdout).toContain("VZ_DECIDE_FAILED");
    expect(stdout).toContain("record 2 (registry) cannot be applied");
    expect(stdout).toContain("VZ_RECORD_NOT_APPLIED");
  }
});
