import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { SqliteCaseReader } from "../../../src/adapters/cases-sqlite/sqlite-case-reader.ts";
import { SqliteCaseStore } from "../../../src/adapters/cases-sqlite/sqlite-case-store.ts";
import type { CaseStoreUnderTest } from "../../contracts/case-lists.ts";
import { caseStoreContract } from "../../contracts/case-store.ts";
import {
  caseEvent,
  caseView,
  command,
  deviceView,
  effects,
  noViews,
  quarantined,
} from "../../support/case-samples.ts";
import { MemoryCaseStore } from "../../support/memory-case-store.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const folder = tempFolder();
afterAll(() => folder[Symbol.dispose]());
let files = 0;
const nextPath = (): string => join(folder.path, `cases-${++files}.db`);

function openPair(path = nextPath(), quarantineLimit = 1_000): CaseStoreUnderTest {
  const store = new SqliteCaseStore({ path, quarantineLimit });
  const reader = new SqliteCaseReader(path);
  return {
    store,
    reader,
    [Symbol.dispose]: () => {
      reader[Symbol.dispose]();
      store[Symbol.dispose]();
    },
  };
}

describe("cases in SQLite", () => {
  caseStoreContract(openPair);

  it("name every device with its product, without their views, for the broker to know them", () => {
    const path = nextPath();
    using store = new SqliteCaseStore({ path });
    using reader = new SqliteCaseReader(path);
    const devices = [deviceView("d-1"), deviceView("d-2", { product: "heat-pump" })];
    store.commit(1, [], { ...noViews, devices });
    store.commit(2, [], { ...noViews, removedDevices: ["d-1"] });
    expect(reader.products()).toEqual([{ id: "d-2", product: "heat-pump" }]);
  });

  it("are still there, with what is owed, after the store was opened again", async () => {
    const path = nextPath();
    {
      using first = openPair(path);
      const one = effects(4, { events: [caseEvent(4, 0, "c-1")], outbox: [command("o-1")] });
      first.store.commit(4, [one], { ...noViews, cases: [caseView("c-1")] });
    }
    using again = openPair(path);
    expect(again.store.applied()).toBe(4);
    expect(again.store.dueOutbox(5)).toHaveLength(1);
    expect(await again.reader.timeline("c-1")).toHaveLength(1);
  });

  it("notice events that a whole replay leaves out", () => {
    using pair = openPair();
    const live = [1, 2, 3].map((n) => effects(n, { events: [caseEvent(n, 0, "c-1")] }));
    pair.store.commit(3, live, noViews);
    const without = live.filter((one) => one.offset !== 2);
    expect(() => pair.store.commit(3, without, noViews)).toThrow(/offset 2.*decided now nothing/);
  });

  it("notice events that a replay in parts leaves out between two of them", () => {
    using pair = openPair();
    const live = [1, 2, 3].map((n) => effects(n, { events: [caseEvent(n, 0, "c-1")] }));
    pair.store.commit(3, live, noViews);
    pair.store.commit(1, live.slice(0, 1), noViews);
    expect(() => pair.store.commit(2, [], noViews)).toThrow(/offset 2.*decided now nothing/);
  });

  it("write nothing of a commit that fails half-way", async () => {
    using pair = openPair();
    const twice = effects(1, { events: [caseEvent(1, 0, "c-1"), caseEvent(1, 0, "c-1")] });
    expect(() => pair.store.commit(1, [twice], { ...noViews, cases: [caseView("c-1")] })).toThrow(
      expect.objectContaining({ code: "VZ_STORE_UNAVAILABLE" }),
    );
    expect(pair.store.applied()).toBe(0);
    expect(await pair.reader.timeline("c-1")).toEqual([]);
    expect(await pair.reader.case("c-1")).toBeUndefined();
  });

  it("keep the newest quarantine entries only, and a replay of dropped ones is no divergence", async () => {
    using pair = openPair(nextPath(), 3);
    const all = [1, 2, 3, 4, 5].map((n) => effects(n, { quarantine: [quarantined(n, 0)] }));
    for (const one of all) pair.store.commit(one.offset, [one], noViews);
    const kept = (await pair.reader.quarantine({ limit: 10 })).items.map((entry) => entry.offset);
    expect(kept).toEqual([5, 4, 3]);
    pair.store.commit(5, all, noViews);
    expect((await pair.reader.counts()).quarantined).toBe(3);
  });

  it("keep at most 128 KiB of a quarantined payload, and replay it as equal", async () => {
    using pair = openPair();
    const entry = quarantined(1, 0, { payload: new Uint8Array(200 * 1024).fill(7) });
    const one = effects(1, { quarantine: [entry] });
    pair.store.commit(1, [one], noViews);
    pair.store.commit(1, [one], noViews);
    const [kept] = (await pair.reader.quarantine({ limit: 1 })).items;
    expect(kept?.payload.byteLength).toBe(128 * 1024);
  });

  it("tell a reader that comes before the writer that there is no file yet", async () => {
    const path = nextPath();
    using early = new SqliteCaseReader(path);
    await expect(early.counts()).rejects.toMatchObject({ code: "VZ_STORE_UNAVAILABLE" });
    using pair = openPair(path);
    expect(pair.store.applied()).toBe(0);
    expect((await early.counts()).devices).toBe(0);
  });
});

describe("cases in memory", () => {
  caseStoreContract(() => {
    const both = new MemoryCaseStore();
    return { store: both, reader: both, [Symbol.dispose]: () => undefined };
  });
});
