import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { ConsumedFile } from "../../../src/adapters/series-sqlite/consumed-file.ts";
import { DEFAULT_LIMITS } from "../../../src/adapters/series-sqlite/limits.ts";
import { SqliteSeries } from "../../../src/adapters/series-sqlite/sqlite-series.ts";
import { seriesStoreContract } from "../../contracts/series-store.ts";
import { MemorySeries } from "../../support/memory-series.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const folder = tempFolder();
afterAll(() => folder[Symbol.dispose]());
let stores = 0;
const nextFolder = (): string => join(folder.path, `series-${++stores}`);

const at = Date.UTC(2026, 10, 24);
const row = (device: string, time: number) => ({
  product: "espresso-pro",
  device,
  at: time,
  values: { temp: 1 },
});
const all = { signal: "temp", from: -1e15, to: 9e15, points: 1_000 } as const;

describe("samples in SQLite", () => {
  seriesStoreContract(async () => new SqliteSeries(nextFolder()));

  it("are still there after a restart", () => {
    const path = nextFolder();
    {
      using store = new SqliteSeries(path);
      store.writeSync([row("d-1", at)]);
    }
    using again = new SqliteSeries(path);
    expect(again.readSync({ device: "d-1", ...all })).toEqual([{ at, value: 1 }]);
  });

  it("are refused one by one when they can never be stored", () => {
    using store = new SqliteSeries(nextFolder());
    const bad = [
      row("d-1", Number.NaN),
      row("d-1", at + 0.5),
      { ...row("d-1", at), values: { temp: Number.POSITIVE_INFINITY } },
    ];
    const summary = store.writeSync([...bad, row("d-1", at)]);
    expect(summary).toMatchObject({ written: 1, overwritten: 0 });
    expect(summary.rejected.map((one) => one.row)).toEqual(bad);
    expect(summary.rejected.at(-1)?.reason).toBe("temp is Infinity");
  });

  it("keep file names to months, however wild the clock and the name of a device are", () => {
    const path = nextFolder();
    using store = new SqliteSeries(path);
    const times = [-1e14, 0, at, Date.UTC(2150, 5), 8.64e15 + 1e6];
    store.writeSync(times.map((time) => row("../../evil", time)));
    const files = readdirSync(path).filter((name) => name.endsWith(".db"));
    expect(files.sort()).toEqual(["2026-11.db", "early.db", "late.db"]);
    const points = store.readSync({ device: "../../evil", ...all });
    expect(points.map((point) => point.at)).toEqual(times);
  });

  it("span more months than are kept open", () => {
    const path = nextFolder();
    using store = new SqliteSeries(path, { ...DEFAULT_LIMITS, fullBytes: 1 });
    const times = Array.from({ length: 20 }, (_, month) => Date.UTC(2025, month, 3));
    store.writeSync(times.map((time) => row("d-1", time)));
    expect(readdirSync(path).filter((name) => name.endsWith(".db-wal")).length).toBeLessThan(18);
    const read = () => store.readSync({ device: "d-1", ...all }).map((point) => point.at);
    expect(read()).toEqual(times);
    while (store.upkeepSync(1_000));
    expect(read()).toEqual(times);
  });

  it("leave no file of a dropped month behind", () => {
    const path = nextFolder();
    {
      using store = new SqliteSeries(path);
      store.writeSync([row("d-1", at), row("d-1", Date.UTC(2026, 8))]);
      store.retainSync(at);
      expect(readdirSync(path).filter((name) => name.startsWith("2026-09"))).toEqual([]);
    }
    const orphan = join(path, "2026-08.db-wal");
    writeFileSync(orphan, "rest of a month that was being dropped");
    using again = new SqliteSeries(path);
    expect(again.readSync({ device: "d-1", ...all })).toHaveLength(1);
    expect(existsSync(orphan)).toBe(false);
  });

  it("say which folder failed and go on once it is back", () => {
    const path = nextFolder();
    writeFileSync(path, "a file where the folder should be");
    using store = new SqliteSeries(path);
    expect(() => store.writeSync([row("d-1", at)])).toThrow(
      expect.objectContaining({
        code: "VZ_SERIES_UNAVAILABLE",
        message: expect.stringContaining(path),
      }),
    );
    rmSync(path);
    expect(store.writeSync([row("d-1", at)])).toEqual({
      written: 1,
      overwritten: 0,
      rejected: [],
    });
  });
});

const values = fc.dictionary(
  fc.constantFrom("temp", "state", "__proto__", "constructor"),
  fc.oneof(fc.integer(), fc.constantFrom("idle", true, null)),
  { noNullPrototype: true },
);
const rows = fc.array(
  fc.record({
    product: fc.constant("espresso-pro"),
    device: fc.constantFrom("d-1", "d-2", "__proto__"),
    at: fc.integer({ min: 0, max: 5 }).map((n) => Date.UTC(2026, n, 28)),
    values,
  }),
  { maxLength: 20 },
);

describe("samples in SQLite and in memory", () => {
  it("are the same after any batches, with the same counts", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(rows, { maxLength: 4 }), async (batches) => {
        using store = new SqliteSeries(nextFolder());
        const model = new MemorySeries();
        for (const batch of batches) {
          expect(store.writeSync(batch)).toEqual(await model.write(batch));
        }
        for (const device of ["d-1", "d-2", "__proto__"]) {
          for (const signal of ["temp", "state", "__proto__", "constructor"]) {
            const query = { ...all, device, signal };
            expect(store.readSync(query)).toEqual(await model.read(query));
          }
        }
      }),
      { numRuns: 15 },
    );
  });
});

describe("the place of a consumer in the journal", () => {
  it("starts at nothing and is still there, with its context, after a restart", () => {
    const path = join(nextFolder(), "meta.db");
    {
      using file = new ConsumedFile(path);
      expect(file.load()).toEqual({ consumed: 0, context: "" });
      file.save(4, "context of 4");
      file.save(5);
    }
    using again = new ConsumedFile(path);
    expect(again.load()).toEqual({ consumed: 5, context: "context of 4" });
  });

  it("says which file failed", () => {
    const path = nextFolder();
    writeFileSync(path, "a file where the folder should be");
    using file = new ConsumedFile(join(path, "meta.db"));
    expect(() => file.load()).toThrow(
      expect.objectContaining({
        code: "VZ_SERIES_UNAVAILABLE",
        message: expect.stringContaining(path),
      }),
    );
  });
});

describe("samples in memory", () => {
  seriesStoreContract(async () => new MemorySeries());
});
