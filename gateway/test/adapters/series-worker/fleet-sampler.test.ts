import { expect, test } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "#domain/units.ts";
import type { DeviceUse } from "#pipeline/points/use-points.ts";
import type { ServicePoint } from "#ports/point-store.ts";
import { FleetSampler } from "../../../src/adapters/series-worker/fleet-sampler.ts";
import { PointRing } from "../../../src/adapters/series-worker/point-ring.ts";
import { Sweeps } from "../../../src/adapters/series-worker/sweeps.ts";
import { deviceView } from "../../support/case-samples.ts";

const DAY = 20_000;
const rule = {
  id: "hot",
  product: "espresso-pro",
  kind: "fault",
  severity: "urgent",
  level: "act",
  title: "Hot",
  test: "condition",
} as const;

class Fixture {
  readonly ring = new PointRing();
  readonly sweeps = new Sweeps();
  told: number | undefined = DAY - 3;
  elapsed = 0;
  readonly sampler: FleetSampler;

  constructor(told: number | undefined) {
    this.told = told;
    const device = deviceView("d-1", { activatedAt: (DAY - 20) * DAY_MS, use: [] });
    const use: DeviceUse = { ...device, featuresUsed: [], alerts: [] };
    this.sampler = new FleetSampler({
      fleet: {
        presence: () => [],
        open: () => [],
        rules: () => [],
        products: () => [],
        *devices() {
          yield [device];
        },
        *use() {
          yield [use];
        },
      },
      value: {
        *count() {
          yield;
          return [];
        },
      },
      facts: { products: [{ id: "espresso-pro", unit: "1", features: 1 }], rules: [rule] },
      ring: this.ring,
      sweeps: this.sweeps,
      place: {
        load: () => told,
        save: (day) => {
          this.told = day;
        },
      },
      elapsed: () => this.elapsed,
    });
  }

  sample(at: number): readonly string[] {
    this.sampler.sample(at);
    this.elapsed += 10 * SECOND_MS;
    const swept: ServicePoint[] = [];
    for (let page = this.sweeps.page(); page !== undefined; page = this.sweeps.page()) {
      swept.push(...page);
      this.sweeps.told(page);
    }
    return [...this.ring.take(1_000), ...swept].map(
      ({ measurement, at: when }) => `${measurement} ${when - at}`,
    );
  }
}

test("everything is sampled at the start, then each at its own pace on the service clock", () => {
  const fixture = new Fixture(DAY - 1);
  const at = DAY * DAY_MS + 12 * HOUR_MS;
  expect(fixture.sample(0)).toEqual([]);
  expect(fixture.sample(at + 5)).toEqual([
    "vz.fleet -5",
    "vz.case_open -5",
    "vz.rule -5",
    "vz.device -5",
    `vz.value ${-12 * HOUR_MS - 5}`,
  ]);
  expect(fixture.sample(at + 59_000)).toEqual([]);
  expect(fixture.sample(at + MINUTE_MS)).toEqual(["vz.fleet 0", "vz.case_open 0"]);
  expect(fixture.sample(at + 15 * MINUTE_MS)).toEqual([
    "vz.fleet 0",
    "vz.case_open 0",
    "vz.device 0",
  ]);
  expect(fixture.sample(at + HOUR_MS)).toEqual([
    "vz.fleet 0",
    "vz.case_open 0",
    "vz.rule 0",
    "vz.device 0",
    `vz.value ${-13 * HOUR_MS}`,
  ]);
});

test("value is of the day that has begun, told anew each hour, also of rules without a case", () => {
  const fixture = new Fixture(DAY - 1);
  const at = DAY * DAY_MS + 22 * HOUR_MS;
  const values = (when: number) =>
    fixture.sample(when).filter((line) => line.startsWith("vz.value"));
  expect(values(at)).toEqual([`vz.value ${-22 * HOUR_MS}`]);
  expect(values(at + 59 * MINUTE_MS)).toEqual([]);
  expect(values(at + HOUR_MS)).toEqual([`vz.value ${-23 * HOUR_MS}`]);
  expect(values(at + 2 * HOUR_MS)).toEqual(["vz.value 0"]);
});

test("use is told when its day has ended, and its place kept when it is told", () => {
  const fixture = new Fixture(DAY - 2);
  const at = DAY * DAY_MS + 6 * HOUR_MS;
  expect(fixture.sample(at - MINUTE_MS).filter((line) => line.startsWith("vz.use"))).toEqual([]);
  expect(fixture.told).toBe(DAY - 2);
  const told = fixture.sample(at).filter((line) => line.startsWith("vz.use"));
  expect(told).toHaveLength(7);
  expect(told.at(-1)).toBe(`vz.use ${-DAY_MS - 6 * HOUR_MS}`);
  expect(fixture.told).toBe(DAY - 1);
  expect(fixture.sample(at + HOUR_MS).filter((line) => line.startsWith("vz.use"))).toEqual([]);
});

test("where the service clock runs faster than life, what looks at all devices is spared", () => {
  const fixture = new Fixture(DAY - 1);
  const at = DAY * DAY_MS + 12 * HOUR_MS;
  fixture.sample(at);
  fixture.elapsed -= 10 * SECOND_MS;
  expect(fixture.sample(at + HOUR_MS)).toEqual(["vz.fleet 0", "vz.case_open 0"]);
  expect(fixture.sample(at + HOUR_MS + MINUTE_MS).slice(2)).toEqual([
    "vz.rule -60000",
    "vz.device 0",
    `vz.value ${-13 * HOUR_MS - MINUTE_MS}`,
  ]);
});
