import type { Exemption } from "./purity.ts";

/** Programs and the entries of worker threads: they hand what they read here to the rest. */
const PROGRAMS = [
  "gateway/src/main.ts",
  "gateway/src/run.ts",
  "vitest.config.ts",
  "vitest.faults.config.ts",
  "vitest.integration.config.ts",
  "gateway/src/admin.ts",
  "gateway/src/health-check.ts",
  "gateway/src/rules-cli.ts",
  "gateway/src/backtest-cli.ts",
  "device-sim/src/main.ts",
  "device-sim/src/demo.ts",
  "bench/src/main.ts",
  "bench/src/programs/",
  "firmware-contracts/src/generate.ts",
  "dashboards/src/generate.ts",
  "scripts/",
];

export const EXEMPTIONS: readonly Exemption[] = [
  ...PROGRAMS.map((path) => ({
    path,
    what: "process" as const,
    reason: "a program reads its arguments, environment and signals",
  })),
  {
    path: "vitest.influx2.config.ts",
    what: "process",
    reason: "the server to test against is the caller's; the token stays out of argv",
  },
  { path: "scripts/", what: "clock", reason: "says how long a gate took" },
  {
    path: "gateway/src/backtest-cli.ts",
    what: "clock",
    reason: "paces the progress shown and says how long it took",
  },
  {
    path: "gateway/src/adapters/system-clock/",
    what: "clock",
    reason: "the Clock port over the machine's clock",
  },
  {
    path: "gateway/src/adapters/system-clock/",
    what: "timer",
    reason: "the Clock port over the machine's timers",
  },
  {
    path: "gateway/src/run.ts",
    what: "timer",
    reason: "a stop that takes too long is ended; nothing else runs any more",
  },
  {
    path: "gateway/src/adapters/journal-worker/journal-loop.ts",
    what: "clock",
    reason: "measures how long a commit took; records carry the time that they are given",
  },
  {
    path: "gateway/src/adapters/journal-sqlite/seal.ts",
    what: "timer",
    reason: "lets appends of the same thread come between its steps, and a reader finish",
  },
  {
    path: "gateway/src/adapters/series-sqlite/sqlite-series.ts",
    what: "clock",
    reason: "ends upkeep when its time is up; what is old enough to seal the data says",
  },
  {
    path: "gateway/src/adapters/series-worker/consumer-loop.ts",
    what: "clock",
    reason: "paces upkeep between pages; samples carry the time that they are given",
  },
  {
    path: "gateway/src/adapters/series-worker/consumer-loop.ts",
    what: "timer",
    reason: "a turn of the event loop between pages, so that requests are answered; no duration",
  },
  {
    path: "gateway/src/adapters/series-worker/point-loop.ts",
    what: "timer",
    reason: "a turn of the event loop between pages, so that samples come in between; no duration",
  },
  {
    path: "gateway/src/adapters/decide-worker/worker.ts",
    what: "timer",
    reason: "a turn of the event loop between batches, so that requests are answered; no duration",
  },
  {
    path: "gateway/src/adapters/cases-sqlite/sqlite-value-reader.ts",
    what: "timer",
    reason: "a turn of the event loop between pages, so that devices are served; no duration",
  },
  {
    path: "gateway/src/adapters/mqtt/aedes-link.ts",
    what: "timer",
    reason: "lets the last acknowledgements reach their sockets before closing; no duration",
  },
  {
    path: "bench/src/desk/sim-clock.ts",
    what: "timer",
    reason: "a turn of the event loop between two moments of simulated time; no duration",
  },
  {
    path: "bench/src/node-red/flow.ts",
    what: "timer",
    reason: "text of a function that Node-RED runs, not we",
  },
  {
    path: "device-sim/src/wall-clock.ts",
    what: "clock",
    reason: "paces sending and measures latencies; simulated time is an argument",
  },
  {
    path: "device-sim/src/wall-clock.ts",
    what: "timer",
    reason: "paces sending; simulated time is an argument",
  },
];
