import { describe, expect, test } from "vitest";
import { DAY_MS } from "#domain/units.ts";
import { DeviceChanges, devicePoint } from "#pipeline/points/device-points.ts";
import type { FleetFacts, RuleFacts } from "#pipeline/points/fleet-facts.ts";
import { fleetPoints, openCasePoints, rulePoints } from "#pipeline/points/fleet-points.ts";
import { gatewayPoint, quantileMs } from "#pipeline/points/gateway-points.ts";
import { deviceView } from "../../support/case-samples.ts";

const rule = (over: Partial<RuleFacts> = {}): RuleFacts => ({
  id: "hot",
  product: "pump",
  kind: "fault",
  severity: "urgent",
  level: "act",
  title: "Hot",
  test: "condition",
  ...over,
});
const facts: FleetFacts = {
  products: [
    { id: "pump", unit: "1", features: 2 },
    { id: "oven", unit: "", features: 0 },
  ],
  rules: [rule(), rule({ id: "warm", level: "watch" }), rule({ id: "idle", kind: "underuse" })],
};

test("a fleet is counted by presence and kind of case, products without devices too", () => {
  const presence = [
    { product: "pump", presence: "online", devices: 7, withCases: 1 },
    { product: "pump", presence: "lost", devices: 2, withCases: 2 },
  ] as const;
  const open = [
    {
      product: "pump",
      kind: "fault",
      severity: "urgent",
      open: 3,
      escalated: 1,
      acknowledged: 1,
      oldestAt: 40,
    },
  ] as const;
  const [pump, oven] = fleetPoints(facts, { presence, open }, 100);
  expect(pump).toMatchObject({
    measurement: "vz.fleet",
    tags: { product: "pump" },
    at: 100,
    fields: {
      devices: 9,
      online: 7,
      lost: 2,
      offline: 0,
      open_cases: 3,
      open_fault: 3,
      devices_with_cases: 3,
    },
  });
  expect(oven?.fields).toMatchObject({ devices: 0, online: 0, open_cases: 0 });
  expect(openCasePoints(facts, open, 100).map(({ tags, fields }) => [tags.kind, fields])).toEqual([
    ["fault", { open: 3, escalated: 1, acknowledged: 1, oldest_ms: 60 }],
    ["underuse", { open: 0, escalated: 0, acknowledged: 0, oldest_ms: 0 }],
  ]);
});

test("a rule has precision by its verdicts only, and cases per 30 days of a device", () => {
  const count = {
    product: "pump",
    rule: "hot",
    alerts: 2,
    open: 1,
    cases: 6,
    resolved: 5,
    fixed: 3,
  };
  const rules = [{ ...count, escalated: 1, confirmed: 3, wrong: 1 }];
  const products = [{ product: "pump", devices: 10, deviceMs: 90 * DAY_MS }];
  const [hot, warm] = rulePoints(facts, { rules, products }, 0);
  expect(hot?.fields).toMatchObject({
    verdicts: 4,
    precision: 0.75,
    device_days: 90,
    cases_per_30_device_days: 2,
    devices: 10,
  });
  expect(warm?.fields).toMatchObject({ cases: 0, verdicts: 0, devices: 10 });
  expect(warm?.fields).not.toHaveProperty("precision");
});

describe("a device", () => {
  test("is told with words and numbers that sort by what is worse", () => {
    const view = deviceView("d-1", {
      worst: "safety",
      openCases: 2,
      attrs: { lat: 52.1, lon: 4.3 },
    });
    expect(devicePoint(view, 5)).toEqual({
      measurement: "vz.device",
      tags: { device: "d-1", product: "espresso-pro", cohort: "espresso-pro/north" },
      fields: {
        presence: "online",
        presence_code: 5,
        online: 1,
        open_cases: 2,
        worst: "safety",
        worst_code: 3,
        firmware: "1.0",
        last_seen_ms: 1_000,
        lat: 52.1,
        lon: 4.3,
      },
      at: 5,
    });
  });

  test("of which only half a position is known has none", () => {
    expect(devicePoint(deviceView("d-1", { attrs: { lat: 52 } }), 5).fields).not.toHaveProperty(
      "lat",
    );
  });

  test("is told when presence, firmware or cases change, not with every message", () => {
    const changes = new DeviceChanges();
    const told = (over: Parameters<typeof deviceView>[1]) =>
      changes.of([deviceView("d-1", over)], 1).length;
    expect(told({})).toBe(1);
    expect(told({ messages: 11, lastSeenAt: 2_000 })).toBe(0);
    expect(told({ presence: "lost" })).toBe(1);
    expect(told({ presence: "lost", firmware: "1.1" })).toBe(1);
    changes.forget(["d-1"]);
    expect(told({ presence: "lost", firmware: "1.1" })).toBe(1);
  });
});

describe("the gateway", () => {
  const bounds = [0.001, 0.01, 0.1, Number.POSITIVE_INFINITY];
  const none = { bounds, counts: [0, 0, 0, 0] };
  const totals = {
    at: 0,
    messages: 100,
    refused: 0,
    quarantined: 0,
    shed: 0,
    cpuSeconds: 5,
    appends: none,
    readingToCase: none,
  };
  const levels = {
    status: "ok",
    decideLag: 0,
    storeLag: 1,
    remoteOk: true,
    outboxDue: 0,
    outboxOldestMs: 0,
    journalBytes: 10,
    journalAgeMs: null,
    rssBytes: 1,
    connections: 2,
    pointsWaiting: 0,
    pointsDropped: 0,
  };

  test("is told by what happened between two looks", () => {
    const appends = { bounds, counts: [50, 100, 100, 100] };
    const after = { ...totals, at: 10_000, messages: 600, cpuSeconds: 9, appends };
    const { fields } = gatewayPoint(totals, after, levels, 77);
    expect(fields).toMatchObject({ messages_per_s: 50, cpu: 0.4, remote_ok: 1, status: "ok" });
    expect(fields.append_p99_ms).toBeCloseTo(9.82, 2);
    expect(fields).not.toHaveProperty("reading_to_case_p99_ms");
    expect(fields).not.toHaveProperty("journal_age_ms");
  });

  test("has no quantile of nothing, and above the last bound only that bound", () => {
    expect(quantileMs(none, none, 0.99)).toBeUndefined();
    expect(quantileMs(none, { bounds, counts: [0, 0, 0, 3] }, 0.99)).toBe(100);
  });
});
