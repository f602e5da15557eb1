import {
  SqliteState,
  STATE_MIGRATIONS,
} from "../../../../src/adapters/state-sqlite/sqlite-state.ts";
import type { StoredFile } from "./stored-file.ts";

export const state: StoredFile = {
  name: "state.db",
  source: "state-sqlite/sqlite-state.ts",
  migrations: STATE_MIGRATIONS,
  versions: [
    {
      rows: `INSERT INTO entry VALUES ('device/d-1', '{"presence":"online"}'), ('engine', '{"now":1000}');
        INSERT INTO snapshot VALUES (1, 4711, '1.0.0');`,
      holds: {
        offset: 4_711,
        build: "1.0.0",
        entries: [
          { key: "device/d-1", value: '{"presence":"online"}' },
          { key: "engine", value: '{"now":1000}' },
        ],
      },
    },
  ],
  read: (path) => {
    using store = new SqliteState(path);
    return store.load();
  },
};
