import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createRemoteStore } from "../../../src/adapters/influx/create-remote-store.ts";
import { InfluxdProcess } from "../../support/influxd-process.ts";

const DOCUMENT = readFileSync(new URL("../../../../docs/series.md", import.meta.url), "utf8");
const block = /```sql\n([\s\S]*?)```/.exec(DOCUMENT)?.[1] ?? "";
const examples = block
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("--"))
  .map((line) => line.replace(/;$/, ""));

let influxd: InfluxdProcess;
beforeAll(async () => {
  influxd = await InfluxdProcess.start();
  await influxd.createDatabase("telemetry");
  await using store = createRemoteStore({
    kind: "influx1",
    url: influxd.url,
    database: "telemetry",
  });
  const now = Date.now();
  await store.write(
    Array.from({ length: 600 }, (_, n) => ({
      product: "espresso-pro",
      device: n % 2 === 0 ? "coffee-0042" : "coffee-0043",
      at: now - n * 1_000_000,
      values: { boiler_temp: 90 + (n % 9), cups_total: 1_000 - n, state: "idle", leak: n < 20 },
    })),
  );
});
afterAll(() => influxd[Symbol.asyncDispose]());

test("the page has examples", () => {
  expect(examples.length).toBeGreaterThanOrEqual(7);
});

test.each(examples)("the documented query answers something: %s", async (q) => {
  const series = await influxd.query(q, { db: "telemetry" });
  const values = series.flatMap((one) => one.values.flatMap((row) => row.slice(1)));
  expect(values.length).toBeGreaterThan(0);
  expect(values.every((value) => value !== null)).toBe(true);
});
