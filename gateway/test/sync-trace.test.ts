import { describe, expect, it } from "vitest";
import { isDurableFirst, readSyncTrace } from "./support/sync-trace.ts";

const WAL = "/data/journal/00000000000000000001.db-wal";
const WRITE = `11 pwrite64(20<${WAL}>, "... msg-1 ..."..., 4096, 56) = 4096`;
const SYNC = `11 fdatasync(20<${WAL}>) = 0`;
const PUBACK = `10 write(25<TCP:[127.0.0.1:1883->127.0.0.1:9]>, "@\\2MM", 4) = 4`;

const read = (...lines: readonly string[]) =>
  readSyncTrace(lines.join("\n"), { marker: "msg-1", puback: '"@\\2MM"' });

describe("the reader of a system call trace", () => {
  it("sees write, sync and acknowledgement in order", () => {
    const trace = read('10 write(1</dev/null>, "x", 1) = 1', WRITE, SYNC, PUBACK);
    expect(trace).toEqual({ written: 1, synced: 2, acknowledged: 3 });
    expect(isDurableFirst(trace)).toBe(true);
  });

  it.each([
    ["no sync at all", [WRITE, PUBACK]],
    ["a sync that came too late", [WRITE, PUBACK, SYNC]],
    ["a sync that was there before the write", [SYNC, WRITE, PUBACK]],
    ["a sync of another file", [WRITE, "11 fdatasync(21</data/state.db-wal>) = 0", PUBACK]],
    ["a sync that failed", [WRITE, SYNC.replace("= 0", "= -1 EIO (Input/output error)"), PUBACK]],
    ["no message in the journal", [SYNC, PUBACK]],
    ["no acknowledgement", [WRITE, SYNC]],
  ])("is not content with %s", (_case, lines) => {
    expect(isDurableFirst(read(...lines))).toBe(false);
  });

  it("counts a sync only when it has returned", () => {
    const begun = `11 fdatasync(20<${WAL}> <unfinished ...>`;
    const returned = "11 <... fdatasync resumed>) = 0";
    expect(isDurableFirst(read(WRITE, begun, returned, PUBACK))).toBe(true);
    expect(isDurableFirst(read(WRITE, begun, PUBACK, returned))).toBe(false);
    const ofAnother = "12 <... fdatasync resumed>) = 0";
    expect(isDurableFirst(read(WRITE, begun, ofAnother, PUBACK))).toBe(false);
  });
});
