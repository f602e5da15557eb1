import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { SqliteState } from "../../../src/adapters/state-sqlite/sqlite-state.ts";
import { stateStoreContract } from "../../contracts/state-store.ts";
import { MemoryState } from "../../support/memory-state.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const folder = tempFolder();
afterAll(() => folder[Symbol.dispose]());
let files = 0;
const nextPath = (): string => join(folder.path, `state-${++files}.db`);

describe("snapshots in SQLite", () => {
  stateStoreContract(() => new SqliteState(nextPath()));

  it("are still there after the store was closed and opened again", () => {
    const path = nextPath();
    {
      using store = new SqliteState(path);
      store.save(5, "b", [{ key: "service", value: "{}" }]);
    }
    using again = new SqliteState(path);
    expect(again.load()).toEqual({
      offset: 5,
      build: "b",
      entries: [{ key: "service", value: "{}" }],
    });
  });

  it("keep the old snapshot whole when a save fails half-way", () => {
    using store = new SqliteState(nextPath());
    store.save(5, "b", [{ key: "service", value: "old" }]);
    const broken = { key: "other", value: Object.create(null) };
    expect(() => store.save(6, "b", [{ key: "service", value: "new" }, broken])).toThrow(
      expect.objectContaining({ code: "VZ_STORE_UNAVAILABLE" }),
    );
    expect(store.load()).toEqual({
      offset: 5,
      build: "b",
      entries: [{ key: "service", value: "old" }],
    });
  });
});

describe("snapshots in memory", () => {
  stateStoreContract(() => new MemoryState());
});
