import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { SqliteDeskStore } from "../../../src/adapters/desk-sqlite/sqlite-desk-store.ts";
import { deskStoreContract } from "../../contracts/desk-store.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const folder = tempFolder();
afterAll(() => folder[Symbol.dispose]());
let files = 0;
const newPath = (): string => join(folder.path, `desk-${++files}.db`);

describe("the desk store in SQLite", () => {
  deskStoreContract(() => new SqliteDeskStore(newPath()));

  it("never gives one lane to two processes that use the same file", () => {
    const path = newPath();
    using one = new SqliteDeskStore(path);
    using other = new SqliteDeskStore(path);
    const wishes = Array.from({ length: 100 }, (_, n) => ({
      ...{ desk: "rt", subject: `c-${n}`, wakes: true },
      note: <T>(news: T) => news,
    }));
    one.follow({ offset: 1, n: 0 }, wishes, 10);
    const taken: string[] = [];
    for (let n = 0; n < 40; n++) {
      const [store, worker] = n % 2 === 0 ? [one, "a"] : [other, "b"];
      const lanes = store.take("rt", { worker, now: 20, until: 120 }, 3);
      taken.push(...lanes.map(({ subject }) => subject));
    }
    expect(taken).toHaveLength(100);
    expect(new Set(taken).size).toBe(100);
  });

  it("has everything again after a restart", () => {
    const path = newPath();
    {
      using store = new SqliteDeskStore(path);
      const note = <T>(news: T): T => news;
      store.follow({ offset: 3, n: 1 }, [{ desk: "rt", subject: "c-1", wakes: true, note }], 10);
      store.setCursor("rt", "42");
    }
    using again = new SqliteDeskStore(path);
    expect(again.position()).toEqual({ offset: 3, n: 1 });
    expect(again.cursor("rt")).toBe("42");
    expect(again.figures("rt")).toEqual({ owed: 1, oldestOwedAt: 10, tickets: 0, dead: 0 });
  });
});
