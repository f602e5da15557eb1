import { describe, expect, it } from "vitest";
import { Fleet } from "../../src/fleet/fleet.ts";
import type { DevicePlan } from "../../src/fleet/plan.ts";
import { healthyDevice, planFleet, repeatTroubles } from "../../src/fleet/plan.ts";
import { findTrouble } from "../../src/models/catalogue.ts";
import { PRODUCTS } from "../../src/models/make-appliance.ts";
import { Random } from "../../src/random.ts";
import { TestBroker } from "../support/broker.ts";
import { MemoryAcks } from "../support/memory-acks.ts";

const START_MS = Date.UTC(2026, 2, 2);
const HOUR_MS = 3_600_000;

async function run(plans: readonly DevicePlan[], how: { seed: number; hours: number }) {
  await using broker = await TestBroker.start();
  const acks = new MemoryAcks();
  const fleet = new Fleet({
    plans,
    mqttUrl: broker.url,
    startMs: START_MS,
    endMs: START_MS + how.hours * HOUR_MS,
    random: new Random(how.seed),
    acks,
    register: false,
    lockstep: false,
    acceleration: Number.POSITIVE_INFINITY,
  });
  await fleet.run();
  return { broker, acks, truth: fleet.truth.rows() };
}

const plansOf = (seed: number, devices = 12): readonly DevicePlan[] =>
  planFleet({
    products: PRODUCTS,
    devices,
    startMs: START_MS,
    endMs: START_MS + 8 * 24 * HOUR_MS,
    random: new Random(seed),
    wrongClocks: false,
  });

/** Everything each device sent, in its order. */
function said(broker: TestBroker): ReadonlyMap<string, readonly string[]> {
  const lines = broker.published.map(
    ({ topic, payload }) => `${topic} ${payload.toString("utf8")}`,
  );
  return Map.groupBy(lines, (line) => line.split("/")[2] ?? "");
}

describe("a seeded fleet", () => {
  it("gives each device a place on the map of its own", () => {
    const places = plansOf(5).map(({ attrs }) => [attrs.lat, attrs.lon]);
    for (const [lat, lon] of places) {
      expect(lat).toBeGreaterThan(50);
      expect(lon).toBeGreaterThan(4);
    }
    expect(new Set(places.map(String)).size).toBe(places.length);
  });

  it("lives the same life again with the same seed, and another with another", async () => {
    const how = { seed: 5, hours: 30 };
    const first = await run(plansOf(5), how);
    const again = await run(plansOf(5), how);
    const other = await run(plansOf(6), { ...how, seed: 6 });
    expect(said(again.broker)).toEqual(said(first.broker));
    expect(again.truth).toEqual(first.truth);
    expect(said(other.broker)).not.toEqual(said(first.broker));
  });

  it("numbers what it sends without a gap, and every number is acknowledged", async () => {
    const { acks } = await run(plansOf(5), { seed: 5, hours: 12 });
    const byDevice = Map.groupBy(
      acks.entries.filter(({ seq }) => seq !== null),
      ({ device }) => device,
    );
    expect(byDevice.size).toBe(12);
    for (const entries of byDevice.values()) {
      const seqs = [...new Set(entries.map(({ seq }) => Number(seq)))].sort((a, b) => a - b);
      expect(seqs).toEqual(seqs.map((_, i) => i + 1));
    }
  });

  it("a device's times never run backward on a good network", async () => {
    const { broker } = await run(plansOf(5), { seed: 5, hours: 20 });
    const newest = new Map<string, number>();
    for (const { topic, payload } of broker.published) {
      const body = JSON.parse(payload.toString("utf8")) as { ts?: number };
      if (body.ts === undefined) continue;
      const device = topic.split("/")[2] ?? "";
      expect(body.ts).toBeGreaterThanOrEqual(newest.get(device) ?? 0);
      newest.set(device, body.ts);
    }
  });

  it("looks closely once a fault begins", async () => {
    const random = new Random(1);
    const trouble = findTrouble("espresso-pro", "heater_relay_welded");
    const healthy = healthyDevice("esp-1", "espresso-pro", { random, startMs: START_MS });
    const fromMs = START_MS + 2 * HOUR_MS;
    const { broker, truth } = await run([{ ...healthy, troubles: [{ trouble, fromMs }] }], {
      seed: 1,
      hours: 3,
    });
    const times = broker.payloads("tele").map(({ ts }) => Number(ts));
    expect(times.filter((ts) => ts <= fromMs).length).toBeLessThan(12);
    expect(times.filter((ts) => ts > fromMs).length).toBeGreaterThanOrEqual(24);
    expect(truth).toEqual([
      {
        device: "esp-1",
        product: "espresso-pro",
        kind: "fault",
        name: "heater_relay_welded",
        from: new Date(fromMs).toISOString(),
        to: null,
        expectedRule: "boiler-overheats",
      },
    ]);
  });

  it("a device that was never connected sends nothing and is in the truth", async () => {
    const random = new Random(1);
    const trouble = findTrouble("e-bike", "never_commissioned");
    const plan = healthyDevice("bike-1", "e-bike", { random, startMs: START_MS });
    const { broker, truth } = await run([{ ...plan, troubles: [{ trouble, fromMs: START_MS }] }], {
      seed: 1,
      hours: 48,
    });
    expect(broker.published).toEqual([]);
    expect(truth).toMatchObject([{ kind: "underuse", name: "never_commissioned", to: null }]);
  });
});

describe("the plan of a fleet", () => {
  it("has faults, misuse, underuse and bad networks in a fleet of 24", () => {
    const kinds = plansOf(1, 24).flatMap(({ troubles }) => troubles.map((one) => one.trouble.kind));
    expect(new Set(kinds)).toEqual(new Set(["fault", "misuse", "underuse", "network"]));
  });

  it("turns no clock wrong unless asked to", () => {
    const names = plansOf(1, 200).flatMap(({ troubles }) =>
      troubles.map((one) => one.trouble.name),
    );
    expect(names.filter((name) => name.startsWith("clock_"))).toEqual([]);
  });

  it("goes on for a fleet that lives longer: what begins later also ends", () => {
    const plans = plansOf(1, 24);
    const fromMs = START_MS + 8 * 24 * HOUR_MS;
    const longer = repeatTroubles(plans, { random: new Random(1), fromMs, days: 100 });
    for (const [index, { troubles }] of longer.entries()) {
      const later = troubles.slice(plans[index]?.troubles.length ?? 0);
      expect(later.length).toBeGreaterThanOrEqual(10);
      expect(later.every((one) => (one.toMs ?? 0) > one.fromMs)).toBe(true);
    }
  });
});
