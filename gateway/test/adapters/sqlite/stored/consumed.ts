import {
  CONSUMED_MIGRATIONS,
  ConsumedFile,
} from "../../../../src/adapters/series-sqlite/consumed-file.ts";
import type { StoredFile } from "./stored-file.ts";

export const consumed: StoredFile = {
  name: "meta.db",
  source: "series-sqlite/consumed-file.ts",
  migrations: CONSUMED_MIGRATIONS,
  versions: [
    {
      rows: `UPDATE consumed SET offset = 4711, context = '{"d-1":1795000000000}';`,
      holds: { consumed: 4_711, context: '{"d-1":1795000000000}' },
    },
  ],
  read: (path) => {
    using file = new ConsumedFile(path);
    return file.load();
  },
};
