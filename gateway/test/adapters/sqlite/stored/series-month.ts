import { dirname } from "node:path";
import { MIGRATIONS } from "../../../../src/adapters/series-sqlite/schema.ts";
import { SqliteSeries } from "../../../../src/adapters/series-sqlite/sqlite-series.ts";
import type { StoredFile } from "./stored-file.ts";

const AT = Date.UTC(2026, 10, 2, 10);

const device1 = {
  temp: [
    { at: AT, value: 93.5 },
    { at: AT + 1_000, value: 94 },
    { at: AT + 2_000, value: 95 },
  ],
  state: [{ at: AT, value: "idle" }],
};

export const seriesMonth: StoredFile = {
  name: "2026-11.db",
  source: "series-sqlite/schema.ts",
  migrations: MIGRATIONS,
  versions: [
    {
      rows: `INSERT INTO device VALUES (1, 'd-1'), (2, 'd-2');
        INSERT INTO sample VALUES (1, ${AT}, '{"temp":93.5,"state":"idle"}'),
          (1, ${AT + 1_000}, '{"temp":94}'), (1, ${AT + 2_000}, '{"temp":95}'),
          (2, ${AT}, '{"temp":20}');`,
      holds: { ...device1, other: [{ at: AT, value: 20 }] },
    },
    {
      // As it is between the upgrade from version 1 and the end of its upkeep.
      rows: `INSERT INTO device VALUES (1, 'd-1', ${AT + 2_000}), (2, 'd-2', ${AT});
        INSERT INTO sample VALUES (2, ${AT}, '{"temp":20}');
        INSERT INTO page VALUES (1, X'01010000cd39bb197a42000000f00b0101010101062274656d7022000f000000');
        INSERT INTO block VALUES (1, 1, ${AT}, ${AT + 1_000}, 2,
          X'01020c0000005039bb197a4200d00f02062274656d70220700010201ce0e0a07227374617465220f000201000101062269646c65220001');
        INSERT INTO unmerged VALUES (1, 20759, 1);`,
      holds: { ...device1, other: [{ at: AT, value: 20 }] },
      empty: { rollup: "follows from the blocks; only large ones have it" },
    },
  ],
  read: (path) => {
    using series = new SqliteSeries(dirname(path));
    const read = (device: string, signal: string): unknown =>
      series.readSync({ device, signal, from: 0, to: AT + 1e6, points: 100 });
    const before = {
      temp: read("d-1", "temp"),
      state: read("d-1", "state"),
      other: read("d-2", "temp"),
    };
    while (series.upkeepSync(100));
    const after = {
      temp: read("d-1", "temp"),
      state: read("d-1", "state"),
      other: read("d-2", "temp"),
    };
    return JSON.stringify(before) === JSON.stringify(after) ? after : { before, after };
  },
};
