/**
 * Writes samples and seals them, over and over, until it is killed:
 * `node sealing-child.ts FOLDER FIRST`. Prints the number of each page when it is durable.
 */

import { setImmediate } from "node:timers/promises";
import { SqliteSeries } from "../../src/adapters/series-sqlite/sqlite-series.ts";
import { KILL_LIMITS, pageOfRows } from "./sealing-kill.ts";

const [folder = "", first = ""] = process.argv.slice(2);
const store = new SqliteSeries(folder, KILL_LIMITS);
for (let page = Number(first); ; page += 1) {
  store.writeSync(pageOfRows(page));
  process.stdout.write(`${page}\n`);
  store.upkeepSync(page % 5);
  // A turn of the event loop: writing to a pipe that nobody reads any more ends this process.
  await setImmediate();
}
