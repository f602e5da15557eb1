import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openAckLog, readAckLog } from "../src/ack-log.ts";
import { tempFolder } from "./support/temp-folder.ts";

const entry = (seq: number) => ({
  device: "esp-1",
  boot: 1,
  seq,
  class: "tele",
  ts: 5,
  sentAtWallMs: 1,
  ackedAtWallMs: 2,
});

describe("the log of PUBACKs", () => {
  it("holds every entry in order once flushed, over several runs", async () => {
    await using folder = await tempFolder();
    const path = join(folder.path, "acks.ndjson");
    for (const base of [0, 500]) {
      await using log = await openAckLog(path);
      for (let i = 0; i < 500; i += 1) log.append(entry(base + i));
      await log.flushed();
      expect(log.count).toBe(500);
    }
    const seqs = (await readAckLog(path)).map(({ seq }) => seq);
    expect(seqs).toEqual(Array.from({ length: 1_000 }, (_, i) => i));
  });

  it("a last line torn by a kill counts for nothing", async () => {
    await using folder = await tempFolder();
    const path = join(folder.path, "acks.ndjson");
    {
      await using log = await openAckLog(path);
      log.append(entry(1));
    }
    await appendFile(path, '{"device":"esp-1","bo');
    expect(await readAckLog(path)).toHaveLength(1);
  });
});
