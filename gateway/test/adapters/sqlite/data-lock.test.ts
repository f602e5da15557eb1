import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { lockDataDir } from "../../../src/adapters/sqlite/data-lock.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const folder = tempFolder();
afterAll(() => folder[Symbol.dispose]());
const locked = (directory: string): unknown =>
  expect.objectContaining({
    code: "VZ_DATA_DIR_LOCKED",
    message: expect.stringContaining(directory),
  });

describe("the lock of the data directory", () => {
  it("is refused a second time and free again once it is given back", () => {
    const directory = join(folder.path, "one");
    {
      using _first = lockDataDir(directory);
      expect(() => lockDataDir(directory)).toThrow(locked(directory));
    }
    using _again = lockDataDir(directory);
  });

  it("is held against other processes and freed when its holder is killed", async () => {
    const directory = join(folder.path, "two");
    const holder = fork(join(import.meta.dirname, "hold-lock.ts"), [directory]);
    await once(holder, "message");
    expect(() => lockDataDir(directory)).toThrow(locked(directory));
    holder.kill("SIGKILL");
    await once(holder, "exit");
    using _free = lockDataDir(directory);
  });
});
