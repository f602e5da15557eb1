import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import type { SeriesRow } from "#ports/series-store.ts";
import type { SealingLimits } from "../../../src/adapters/series-sqlite/limits.ts";
import { SqliteSeries } from "../../../src/adapters/series-sqlite/sqlite-series.ts";
import { seriesStoreContract } from "../../contracts/series-store.ts";
import { MemorySeries } from "../../support/memory-series.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const folder = tempFolder();
afterAll(() => folder[Symbol.dispose]());
let stores = 0;
const nextFolder = (): string => join(folder.path, `series-${++stores}`);

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const T0 = Date.UTC(2026, 10, 10);
/** Everything is sealed at the next upkeep, in blocks of few rows. */
const EAGER: SealingLimits = { fullBytes: 1, fewBytes: 1, fullRows: 8, manyBlocks: 2 };
const COARSE: SealingLimits = { ...EAGER, fullRows: 1_000 };
const ALL = { from: -1e15, to: 9e15, points: 100_000 } as const;

/** A store that seals whatever it is given at once. */
class SealedSeries extends SqliteSeries {
  override writeSync(rows: readonly SeriesRow[]): ReturnType<SqliteSeries["writeSync"]> {
    const summary = super.writeSync(rows);
    while (this.upkeepSync(1_000));
    return summary;
  }
}

describe("samples that are sealed at once", () => {
  seriesStoreContract(async () => new SealedSeries(nextFolder(), EAGER));
});

const signals = ["temp", "state", "__proto__"] as const;
const value = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: -200, max: 200 }).map((n) => n / 10) },
  { weight: 1, arbitrary: fc.constantFrom("idle", "off", true, null, -0) },
);
const row = fc.record({
  product: fc.constant("espresso-pro"),
  device: fc.constantFrom("d-1", "d-2"),
  // Few enough times that many rows meet, over three days of two months.
  at: fc.integer({ min: 0, max: 60 }).map((n) => Date.UTC(2026, 10, 29, 12) + n * HOUR),
  values: fc.dictionary(fc.constantFrom(...signals), value, { noNullPrototype: true }),
});
type Step =
  | { readonly kind: "write"; readonly rows: readonly SeriesRow[] }
  | { readonly kind: "upkeep"; readonly budgetMs: number }
  | { readonly kind: "reopen" };
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("write" as const),
      rows: fc.array(row, { minLength: 1, maxLength: 25 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("upkeep" as const),
      budgetMs: fc.constantFrom(0.01, 1, 1_000),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: "reopen" as const }) },
);

describe("samples that are sealed now and then", () => {
  it("read and count as if they never were, whatever is late, sent again or interrupted", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 12 }), async (steps) => {
        const path = nextFolder();
        let store = new SqliteSeries(path, EAGER);
        const model = new MemorySeries();
        try {
          for (const one of steps) {
            if (one.kind === "write") {
              expect(store.writeSync(one.rows)).toEqual(await model.write(one.rows));
            } else if (one.kind === "upkeep") {
              store.upkeepSync(one.budgetMs);
            } else {
              store[Symbol.dispose]();
              store = new SqliteSeries(path, EAGER);
            }
          }
          for (const device of ["d-1", "d-2"]) {
            for (const signal of signals) {
              const query = { ...ALL, device, signal };
              expect(store.readSync(query)).toStrictEqual(await model.read(query));
            }
          }
        } finally {
          store[Symbol.dispose]();
        }
      }),
      { numRuns: 25 },
    );
  });

  it("leave one block per stretch of a day that is over, and no page", () => {
    const path = nextFolder();
    {
      using store = new SqliteSeries(path, { ...COARSE, manyBlocks: 100 });
      for (let hour = 0; hour < 72; hour += 1) {
        const rows = Array.from({ length: 60 }, (_, n) => sample(T0 + hour * HOUR + n * 60_000, n));
        store.writeSync(rows);
        while (store.upkeepSync(1_000));
      }
    }
    const db = new DatabaseSync(join(path, "2026-11.db"));
    const blocks = db.prepare("SELECT first, count FROM block ORDER BY first").all();
    expect(blocks.slice(0, 4).map((block) => block.count)).toEqual([720, 720, 720, 720]);
    expect(db.prepare("SELECT count(*) AS n FROM page").get()?.n).toBeLessThanOrEqual(1);
    expect(db.prepare("SELECT count(*) AS n FROM unmerged").get()?.n).toBe(1);
    db.close();
  });

  it("wait for the data to go on, not for the clock", () => {
    const path = nextFolder();
    using store = new SqliteSeries(path, { ...COARSE, fullBytes: 1e6 });
    store.writeSync([sample(T0, 1)]);
    expect(store.upkeepSync(1_000)).toBe(false);
    store.writeSync([sample(T0 + 2 * HOUR - 1, 1)]);
    store.upkeepSync(1_000);
    expect(rowsIn(path, "block")).toBe(0);
    store.writeSync([sample(T0 + 2 * HOUR, 1)]);
    store.upkeepSync(1_000);
    expect(rowsIn(path, "block")).toBe(1);
    expect(rowsIn(path, "page")).toBe(0);
  });

  it("of a month that the fleet has left behind are sealed too", () => {
    const path = nextFolder();
    using store = new SqliteSeries(path, { ...COARSE, fullBytes: 1e6 });
    store.writeSync([sample(Date.UTC(2026, 9, 31, 23, 59), 1)]);
    for (const hour of [0, 3]) store.writeSync([sample(Date.UTC(2026, 10, 1, hour), 1)]);
    while (store.upkeepSync(1_000));
    while (store.upkeepSync(1_000));
    expect(rowsIn(path, "page", "2026-10")).toBe(0);
    expect(rowsIn(path, "unmerged", "2026-10")).toBe(0);
  });

  it("are sealed at once when more waits than fits in memory", () => {
    const path = nextFolder();
    using store = new SqliteSeries(path, { ...COARSE, fullBytes: 4_000 });
    for (let n = 0; n < 40; n += 1) {
      store.writeSync(Array.from({ length: 50 }, (_, k) => sample(T0 + n * 50 + k, k)));
    }
    expect(rowsIn(path, "page")).toBeLessThan(30);
    const points = store.readSync({ device: "d-1", signal: "temp", ...ALL });
    expect(points).toHaveLength(2_000);
  });
});

describe("a file that takes no block", () => {
  it("stops sealing and says so, loses nothing, and is sealed once it does again", () => {
    const path = nextFolder();
    using store = new SqliteSeries(path, { ...COARSE, fullBytes: 1e6 });
    store.writeSync([sample(T0, 1)]);
    store.writeSync([sample(T0 + DAY, 2)]);
    const other = new DatabaseSync(join(path, "2026-11.db"));
    other.exec(`CREATE TRIGGER full BEFORE INSERT ON block WHEN new.first > ${T0}
      BEGIN SELECT RAISE(ABORT, 'disk full'); END`);
    expect(() => store.upkeepSync(1_000)).toThrow(
      expect.objectContaining({
        code: "VZ_SERIES_UNAVAILABLE",
        message: expect.stringContaining("disk full"),
      }),
    );
    const read = () =>
      store.readSync({ device: "d-1", signal: "temp", ...ALL }).map((p) => p.value);
    expect(store.writeSync([sample(T0, 3)])).toMatchObject({ overwritten: 1 });
    expect(read()).toEqual([3, 2]);
    other.exec("DROP TRIGGER full");
    other.close();
    while (store.upkeepSync(1_000));
    expect(rowsIn(path, "block")).toBe(2);
    expect(read()).toEqual([3, 2]);
  });
});

describe("a month of schema version 1", () => {
  const path = nextFolder();

  it("stays readable, counts what is sent again, and turns into blocks", () => {
    oldMonth(path, 300);
    using store = new SqliteSeries(path, COARSE);
    const query = { device: "d-1", signal: "temp", ...ALL };
    const before = store.readSync(query);
    expect(before).toHaveLength(300);
    expect(store.writeSync([sample(T0, 99), sample(T0 + 300 * 60_000, 5)])).toMatchObject({
      written: 1,
      overwritten: 1,
    });
    while (store.upkeepSync(1_000));
    expect(rowsIn(path, "sample")).toBe(0);
    expect(rowsIn(path, "block")).toBe(1);
    const after = store.readSync(query);
    expect(after[0]).toEqual({ at: T0, value: 99 });
    expect(after.slice(1, 300)).toEqual(before.slice(1));
    expect(after).toHaveLength(301);
    expect(store.readSync({ ...query, signal: "state" })).toHaveLength(300);
  });
});

function sample(at: number, temp: number): SeriesRow {
  return { product: "espresso-pro", device: "d-1", at, values: { temp } };
}

function rowsIn(path: string, table: string, month = "2026-11"): number {
  const db = new DatabaseSync(join(path, `${month}.db`), { readOnly: true });
  const count = Number(db.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n);
  db.close();
  return count;
}

/** As the first release wrote it. */
function oldMonth(path: string, rows: number): void {
  new SqliteSeries(path).writeSync([]);
  const db = new DatabaseSync(join(path, "2026-11.db"));
  db.exec(`CREATE TABLE device (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
   CREATE TABLE sample (device_id INTEGER NOT NULL, at INTEGER NOT NULL, "values" TEXT NOT NULL,
     PRIMARY KEY (device_id, at)) WITHOUT ROWID;
   PRAGMA user_version = 1; INSERT INTO device (id, name) VALUES (1, 'd-1');`);
  db.exec("BEGIN");
  const insert = db.prepare("INSERT INTO sample VALUES (1, ?, ?)");
  for (let n = 0; n < rows; n += 1) {
    insert.run(T0 + n * 60_000, JSON.stringify({ temp: 20 + (n % 7), state: n < 9 ? "a" : "b" }));
  }
  db.exec("COMMIT");
  db.close();
}
