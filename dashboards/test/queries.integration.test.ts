import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allDashboards } from "../src/all-dashboards.ts";
import { readSources } from "../src/sources.ts";
import { applies } from "./support/alerting.ts";
import type { Outcome } from "./support/execution.ts";
import { execute, isAnswered, outcomeOf } from "./support/execution.ts";
import { FilledStore } from "./support/filled-store.ts";
import { readAlertRules } from "./support/provisioning.ts";

/** The gateway's own points stand on the machine's clock, all others on the service's. */
const WALL_CLOCK = "vz-gateway";

let store: FilledStore;
const outcomes: Outcome[] = [];

beforeAll(async () => {
  const dashboards = [...allDashboards(readSources()).values()];
  store = await FilledStore.fill();
  for (const dashboard of dashboards) {
    const toMs = dashboard.uid === WALL_CLOCK ? Date.now() : store.toMs;
    outcomes.push(...(await execute(dashboard, { ask: store.ask, toMs })));
  }
  for (const { uid, data } of readAlertRules()) {
    const about = { dashboard: "alerts", what: uid, series: 0, rows: 0, empty: [] };
    const sent = data[0].model.query;
    outcomes.push(outcomeOf({ ...about, sent }, await store.ask(sent)));
  }
}, 110_000);
afterAll(async () => {
  await store?.[Symbol.asyncDispose]();
});

describe("every query of every dashboard, on a store that the gateway filled", () => {
  it("answers, and no column stays empty", () => {
    process.stdout.write(`${table(outcomes)}\n`);
    const silent = outcomes.filter((outcome) => !isAnswered(outcome));
    expect(
      silent.map(({ dashboard, what, empty, sent }) => ({ dashboard, what, empty, sent })),
    ).toEqual([]);
    expect(outcomes.length).toBeGreaterThan(200);
  });

  it("stays below the number of series at which Grafana stops", () => {
    expect(Math.max(...outcomes.map(({ series }) => series))).toBeLessThan(1_000);
  });

  it("is seen to fail with a slip in the name of its field", async () => {
    const asked = outcomes.filter(({ sent }) => sent.startsWith("SELECT"));
    const green: string[] = [];
    for (const outcome of asked) {
      const broken = misspelt(outcome.sent);
      expect(broken).not.toBe(outcome.sent);
      const now = outcomeOf({ ...outcome, sent: broken }, await store.ask(broken));
      if (isAnswered(now)) green.push(broken);
    }
    expect(green).toEqual([]);
  });
});

describe("alerts about the gateway", () => {
  /** The disk of a test machine may be slow. */
  const rules = readAlertRules().filter(({ uid }) => uid !== "vz-ack-latency");

  it("are quiet while it is well", async () => {
    for (const rule of rules) {
      const answer = await store.ask(rule.data[0].model.query);
      expect([rule.uid, applies(rule, answer)]).toEqual([rule.uid, false]);
    }
  });

  it("have no data where nothing was written, which one of them takes for silence", async () => {
    for (const rule of rules) {
      const elsewhere = rule.data[0].model.query.replace('"vz.gateway"', '"vz.elsewhere"');
      expect(applies(rule, await store.ask(elsewhere))).toBeUndefined();
    }
  });
});

/** The first field that is asked for, with a letter too many. */
const misspelt = (query: string): string => query.replace(/^([^"]*)"([^"]+)"/, '$1"$2x"');

function table(all: readonly Outcome[]): string {
  const lines = [...Map.groupBy(all, ({ dashboard }) => dashboard)].map(([dashboard, own]) => [
    dashboard,
    own.length,
    own.reduce((sum, { rows }) => sum + rows, 0),
    Math.min(...own.map(({ rows }) => rows)),
  ]);
  const rows = all.reduce((sum, one) => sum + one.rows, 0);
  const shown = [["", "queries", "rows", "least"], ...lines, ["all", all.length, rows, ""]];
  return shown
    .map(([name, ...figures]) =>
      [String(name).padEnd(32), ...figures.map((figure) => String(figure).padStart(8))].join(""),
    )
    .join("\n");
}
