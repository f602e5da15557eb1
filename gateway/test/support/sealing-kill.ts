import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import type { SeriesRow } from "#ports/series-store.ts";
import type { SealingLimits } from "../../src/adapters/series-sqlite/limits.ts";
import { SqliteSeries } from "../../src/adapters/series-sqlite/sqlite-series.ts";

/** So small that every page is followed by some sealing, merging and dropping. */
export const KILL_LIMITS: SealingLimits = {
  fullBytes: 4_000,
  fewBytes: 1_000,
  fullRows: 200,
  manyBlocks: 3,
};

const START = Date.UTC(2026, 10, 29);
const DEVICES = 7;
const PAGE_ROWS = 40;
const ROW_MS = 7 * 60_000;

/** Page by page through the days, across the end of a month; every fifth page repeats an older one. */
export function pageOfRows(page: number): readonly SeriesRow[] {
  const source = page % 5 === 4 ? Math.max(0, page - 40) : page;
  return Array.from({ length: PAGE_ROWS }, (_, n) => {
    const row = source * PAGE_ROWS + n;
    const values = { temp: (row % 977) / 10, state: row % 13 < 9 ? "idle" : "busy", row };
    const at = START + Math.floor(row / DEVICES) * ROW_MS;
    return { product: "espresso-pro", device: `d-${row % DEVICES}`, at, values };
  });
}

/** Kills a writing process `rounds` times and checks after each that what it said to be durable is there. */
export async function surviveKills(folder: string, rounds: number): Promise<number> {
  let next = 0;
  for (let round = 0; round < rounds; round += 1) {
    next = await untilKilled(folder, next, 3 + ((round * 7) % 11));
    checkFiles(folder);
    checkRows(folder, next);
  }
  return next;
}

/** Answers the first page that is not known to be durable. */
async function untilKilled(folder: string, first: number, pages: number): Promise<number> {
  const script = fileURLToPath(new URL("sealing-child.ts", import.meta.url));
  const child = spawn(process.execPath, [script, folder, String(first)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.setEncoding("utf8");
  child.stdout.on("data", (chunk: string) => {
    text += chunk;
    if (text.split("\n").length > pages) child.kill("SIGKILL");
  });
  const [, signal] = await once(child, "close");
  expect(signal).toBe("SIGKILL");
  return Number(text.split("\n").at(-2) ?? first - 1) + 1;
}

function checkFiles(folder: string): void {
  for (const name of readdirSync(folder).filter((file) => file.endsWith(".db"))) {
    const db = new DatabaseSync(join(folder, name));
    expect(db.prepare("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
    db.close();
  }
}

function checkRows(folder: string, pages: number): void {
  using store = new SqliteSeries(folder, KILL_LIMITS);
  const expected = new Map<string, Map<number, unknown>>();
  for (let page = 0; page < pages; page += 1) {
    for (const { device, at, values } of pageOfRows(page)) {
      const own = expected.get(device) ?? new Map<number, unknown>();
      expected.set(device, own.set(at, values.row));
    }
  }
  for (const [device, rows] of expected) {
    const query = { device, signal: "row", from: 0, to: 9e15, points: 1e6 };
    const points = new Map(store.readSync(query).map(({ at, value }) => [at, value]));
    for (const [at, row] of rows) expect(points.get(at)).toBe(row);
  }
}
