import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { monotonicMs, Random } from "@voorzorg/device-sim";
import { SqliteSeries } from "../../gateway/src/adapters/series-sqlite/sqlite-series.ts";
import type { SeriesQuery, SeriesRow } from "../../gateway/src/ports/series-store.ts";
import type { BenchContext, BenchResult } from "./bench.ts";
import { defineBench } from "./bench.ts";
import { quantile, rounded } from "./statistics.ts";
import { StorageFleet } from "./storage-fleet.ts";
import { StorageWriter } from "./storage-writer.ts";
import { TempDir } from "./temp-dir.ts";

const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2026, 0, 1);
const CHART_POINTS = 1_000;

/** Less is mostly the newest day, which is not merged yet. */
const SEALED_DAYS = 3;
const BOUNDS = { bytesPerPoint: 3, lastDayP95Ms: 20, yearP95Ms: 100 } as const;

export const storageBench = defineBench({
  name: "storage",
  summary:
    "the embedded series store: bytes per point, cost of a row, reads of a day and of a year",
  options: {
    points: { default: 5_000_000, min: 10_000, max: 2_000_000_000, help: "values stored" },
    devices: { default: 100, min: 4, max: 100_000, help: "simulated appliances of four products" },
    reads: { default: 300, min: 10, max: 100_000, help: "reads of the last 24 hours" },
    year: {
      default: 365,
      min: 0,
      max: 3_650,
      help: "days of the one device that sends every 10 s",
    },
    pages: { default: 50, min: 5, max: 100_000, help: "pages of 2,000 rows per write measurement" },
  },
  async run(options, context): Promise<BenchResult> {
    await using dir = await TempDir.create("voorzorg-storage-");
    const writes = measureWrites(dir, options.pages, context);
    const fleet = measureFleet(dir.sub("fleet"), options, context);
    const year =
      options.year === 0 ? undefined : measureYear(dir.sub("year"), options.year, context);
    const figures = { writes, fleet, year, bounds: BOUNDS };
    const ok =
      (fleet.days < SEALED_DAYS || fleet.bytesPerPoint <= BOUNDS.bytesPerPoint) &&
      fleet.lastDayMs.p95 <= BOUNDS.lastDayP95Ms &&
      fleet.missing === 0 &&
      (year === undefined || year.readMs.p95 <= BOUNDS.yearP95Ms);
    return { figures, ok };
  },
});

interface FleetOptions {
  readonly points: number;
  readonly devices: number;
  readonly reads: number;
}

function measureFleet(path: string, options: FleetOptions, context: BenchContext) {
  const fleet = new StorageFleet(options.devices, START_MS, "storage");
  let given = 0;
  let last = START_MS;
  const writer = withStore(path, (store) => {
    const writing = new StorageWriter(store, context.cpuMs);
    for (let slice = 0; given < options.points; slice += 1) {
      context.signal.throwIfAborted();
      const rows = fleet.next();
      writing.add(rows);
      for (const { values } of rows) given += Object.keys(values).length;
      last = rows.at(-1)?.at ?? last;
      if (slice % 960 === 959) {
        context.out(`storage: ${millions(given)} of ${millions(options.points)} M points written`);
      }
    }
    writing.flush();
    writing.settle();
    return writing;
  });
  const bytes = bytesIn(path);
  const reads = withStore(path, (store) =>
    readLastDays(store, { fleet, last, reads: options.reads }, context.cpuMs),
  );
  const figures = {
    points: writer.values,
    rows: writer.rows,
    missing: given - writer.values,
    days: rounded((last - START_MS) / DAY_MS, 1),
    megabytes: rounded(bytes / 1e6, 1),
    bytesPerPoint: rounded(bytes / writer.values, 2),
    writeUsPerRow: rounded((writer.writeMs * 1_000) / writer.rows, 2),
    writeCpuUsPerRow: rounded((writer.writeCpuMs * 1_000) / writer.rows, 2),
    sealCpuUsPerRow: rounded((writer.upkeepCpuMs * 1_000) / writer.rows, 2),
    sealUsPerRow: rounded((writer.upkeepMs * 1_000) / writer.rows, 2),
    rowsPerSecond: Math.round((writer.rows * 1_000) / (writer.writeMs + writer.upkeepMs)),
    lastDayMs: reads,
  };
  context.out(`storage: fleet ${JSON.stringify(figures)}`);
  return figures;
}

interface LastDays {
  readonly fleet: StorageFleet;
  readonly last: number;
  readonly reads: number;
}

function readLastDays(store: SqliteSeries, { fleet, last, reads }: LastDays, cpuMs: () => number) {
  const random = new Random("reads");
  const { devices } = fleet;
  const signals = new Map([
    ["espresso-pro", "boiler_temp"],
    ["heat-pump", "flow_temp"],
    ["e-bike", "battery_soc"],
    ["water-pump-testbed", "current"],
  ]);
  const queries = Array.from({ length: reads }, (): SeriesQuery => {
    const device = devices[Math.floor(random.next() * devices.length)] ?? "";
    const signal = signals.get(device.replace(/-\d+$/, "")) ?? "state";
    return { device, signal, from: last - DAY_MS, to: last + 1, points: CHART_POINTS };
  });
  return timesOf(queries, store, cpuMs);
}

/** One device, three signals every ten seconds. */
function measureYear(path: string, days: number, context: BenchContext) {
  const random = new Random("year");
  let temp = 90;
  let given = 0;
  const rowAt = (at: number): SeriesRow => {
    temp += (90 - temp) * 0.01 + random.normal(0, 0.15);
    given += 3;
    const values = {
      boiler_temp: Math.round(temp * 10) / 10,
      pump_pressure: Math.round((9 + random.normal(0, 0.2)) * 100) / 100,
      state: random.next() < 0.01 ? "brewing" : "idle",
    };
    return { product: "espresso-pro", device: "year-1", at, values };
  };
  const end = START_MS + days * DAY_MS;
  const writer = withStore(path, (store) => {
    const writing = new StorageWriter(store, context.cpuMs);
    for (let at = START_MS; at < end; at += DAY_MS) {
      context.signal.throwIfAborted();
      for (let t = at; t < at + DAY_MS; t += 10_000) writing.add([rowAt(t)]);
    }
    writing.flush();
    writing.settle();
    return writing;
  });
  const { cpuMs } = context;
  const query = (from: number, signal = "boiler_temp"): SeriesQuery => {
    return { device: "year-1", signal, from, to: end, points: CHART_POINTS };
  };
  const repeated = (one: SeriesQuery): SeriesQuery[] => Array.from({ length: 20 }, () => one);
  const figures = withStore(path, (store) => ({
    points: writer.values,
    missing: given - writer.values,
    bytesPerPoint: rounded(bytesIn(path) / writer.values, 2),
    readMs: timesOf(repeated(query(START_MS)), store, cpuMs),
    monthMs: timesOf(repeated(query(end - 30 * DAY_MS)), store, cpuMs),
    weekMs: timesOf(repeated(query(end - 7 * DAY_MS)), store, cpuMs),
    stateMs: timesOf(repeated(query(START_MS, "state")), store, cpuMs),
  }));
  context.out(`storage: year ${JSON.stringify(figures)}`);
  return figures;
}

const SIGNALS = ["boiler_temp", "pump_pressure", "flow", "power", "level", "state", "open", "cups"];

/** Cost of a row in the thread that writes, by number of devices and signals. */
function measureWrites(dir: TempDir, pages: number, context: BenchContext) {
  const figures: { signals: number; devices: number; usPerRow: number; cpuUsPerRow: number }[] = [];
  for (const signals of [8, 1]) {
    for (const devices of [50, 1_000, 10_000]) {
      let wallMs = 0;
      let cpuMs = 0;
      withStore(dir.sub(`writes-${signals}-${devices}`), (store) => {
        for (let page = 0; page < pages; page += 1) {
          const rows = pageOf(page, signals, devices);
          const startedAt = monotonicMs();
          const before = context.cpuMs();
          store.writeSync(rows);
          // The first pages register devices and warm up.
          if (page < pages / 5) continue;
          wallMs += monotonicMs() - startedAt;
          cpuMs += context.cpuMs() - before;
        }
      });
      const rows = (pages - Math.ceil(pages / 5)) * PAGE_ROWS;
      const usPerRow = rounded((wallMs * 1_000) / rows, 2);
      const cpuUsPerRow = rounded((cpuMs * 1_000) / rows, 2);
      figures.push({ signals, devices, usPerRow, cpuUsPerRow });
      context.out(`storage: ${signals} signals, ${devices} devices: ${usPerRow} us per row`);
    }
  }
  return figures;
}

const PAGE_ROWS = 2_000;

function pageOf(page: number, signals: number, devices: number): readonly SeriesRow[] {
  return Array.from({ length: PAGE_ROWS }, (_, n) => {
    const row = page * PAGE_ROWS + n;
    const values: Record<string, number | string | boolean> = {};
    for (const [index, signal] of SIGNALS.slice(0, signals).entries()) {
      if (signal === "state") values[signal] = row % 50 < 40 ? "idle" : "brewing";
      else if (signal === "open") values[signal] = row % 9 === 0;
      else values[signal] = Math.round((90 + Math.sin(row / 30 + index) * 5) * 100) / 100;
    }
    const at = START_MS + Math.floor(row / devices) * 10_000 + ((row * 7) % 13);
    return { product: "espresso-pro", device: `device-${row % devices}`, at, values };
  });
}

function withStore<T>(path: string, work: (store: SqliteSeries) => T): T {
  using store = new SqliteSeries(path);
  return work(store);
}

/** Quantiles of wall time and, for a machine that has other work too, of CPU time. */
function timesOf(queries: readonly SeriesQuery[], store: SqliteSeries, cpuMs: () => number) {
  const wall: number[] = [];
  const cpu: number[] = [];
  for (const query of queries) {
    const startedAt = monotonicMs();
    const before = cpuMs();
    store.readSync(query);
    cpu.push(cpuMs() - before);
    wall.push(monotonicMs() - startedAt);
  }
  return {
    p50: rounded(quantile(wall, 0.5), 2),
    p95: rounded(quantile(wall, 0.95), 2),
    cpuP50: rounded(quantile(cpu, 0.5), 2),
    cpuP95: rounded(quantile(cpu, 0.95), 2),
  };
}

function bytesIn(folder: string): number {
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

const millions = (count: number): string => (count / 1e6).toFixed(1);
