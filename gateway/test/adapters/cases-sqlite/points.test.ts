import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { CaseView } from "#domain/case/case.ts";
import { DAY_MS } from "#domain/units.ts";
import type { ServicePoint } from "#ports/point-store.ts";
import { FleetReader } from "../../../src/adapters/cases-sqlite/fleet-reader.ts";
import { PointReader } from "../../../src/adapters/cases-sqlite/point-reader.ts";
import { SqliteCaseStore } from "../../../src/adapters/cases-sqlite/sqlite-case-store.ts";
import {
  alertView,
  caseEvent,
  caseView,
  deviceView,
  effects,
  noViews,
} from "../../support/case-samples.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const folder = tempFolder();
afterAll(() => folder[Symbol.dispose]());
let files = 0;
const newFile = (): string => join(folder.path, `cases-${++files}.db`);

const point = (n: number): ServicePoint => ({
  measurement: "vz.case",
  tags: { device: "d-1" },
  fields: { n },
  at: 1_000 + n,
});
const event = (offset: number) => effects(offset, { events: [caseEvent(offset, 0, "c-1")] });

describe("points beside decisions", () => {
  test("are there if and only if the decision is, in order, and go when they are told", () => {
    const path = newFile();
    using store = new SqliteCaseStore({ path });
    using reader = new PointReader(path);
    expect(reader.newest()).toBe(0);
    store.commit(1, [event(1)], noViews, [point(1), point(2)]);
    // The same key again fails the whole commit: neither decision nor point.
    expect(() =>
      store.commit(2, [effects(2, { events: [caseEvent(1, 0, "c-1")] })], noViews, [point(9)]),
    ).toThrow();
    store.commit(3, [event(3)], noViews, [point(3)]);
    const waiting = reader.after(0, 10);
    expect(waiting.map((one) => one.point)).toEqual([point(1), point(2), point(3)]);
    expect(reader.after(waiting[0]?.seq ?? 0, 1).map((one) => one.point)).toEqual([point(2)]);
    store.pointsTold(waiting[1]?.seq ?? 0);
    expect(reader.after(0, 10)).toHaveLength(3);
    store.commit(4, [event(4)], noViews);
    expect(reader.after(0, 10).map((one) => one.point)).toEqual([point(3)]);
  });

  test("have numbers that only rise, also after all are gone and over a restart", () => {
    const path = newFile();
    const seqs: number[] = [];
    for (let offset = 1; offset <= 6; offset += 2) {
      using store = new SqliteCaseStore({ path });
      using reader = new PointReader(path);
      store.commit(offset, [event(offset)], noViews, [point(offset)]);
      seqs.push(reader.newest());
      store.pointsTold(reader.newest());
      store.commit(offset + 1, [event(offset + 1)], noViews);
      expect(reader.after(0, 10)).toEqual([]);
    }
    expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
  });

  test("of an outage go a few thousand with each commit, so that none takes long", () => {
    const path = newFile();
    using store = new SqliteCaseStore({ path });
    using reader = new PointReader(path);
    store.commit(
      1,
      [event(1)],
      noViews,
      Array.from({ length: 10_000 }, (_, n) => point(n)),
    );
    store.pointsTold(reader.newest());
    const left = [2, 3, 4].map((offset) => {
      store.commit(offset, [event(offset)], noViews);
      return reader.after(0, 20_000).length;
    });
    expect(left).toEqual([5_999, 1_998, 0]);
  });

  test("of an earlier configuration are forgotten where nobody is told", () => {
    const path = newFile();
    using store = new SqliteCaseStore({ path });
    using reader = new PointReader(path);
    store.commit(1, [event(1)], noViews, [point(1)]);
    store.forgetPoints();
    expect(reader.newest()).toBe(0);
  });
});

describe("figures of the fleet", () => {
  const NOW = 100 * DAY_MS;

  function filled(): string {
    const path = newFile();
    using store = new SqliteCaseStore({ path });
    const escalation = { kind: "escalation", startedAt: NOW } as CaseView["actions"][number];
    store.commit(1, [], {
      devices: [
        deviceView("d-1", { worst: "urgent", openCases: 2, activatedAt: NOW - 90 * DAY_MS }),
        deviceView("d-2", {
          presence: "lost",
          activatedAt: NOW - 10 * DAY_MS,
          featuresUsed: ["rinse"],
        }),
        deviceView("d-3", { activatedAt: 0, cohort: "", use: [] }),
        deviceView("o-1", { product: "oven" }),
      ],
      cases: [
        caseView("old", { openedAt: NOW - 40 * DAY_MS }),
        caseView("new", {
          openedAt: NOW - DAY_MS,
          stage: "escalated",
          status: "acknowledged",
          actions: [escalation],
        }),
        caseView("done", {
          openedAt: NOW - DAY_MS,
          status: "resolved",
          resolution: "fixed",
          verdict: "confirmed",
        }),
        caseView("wrong", {
          openedAt: NOW - DAY_MS,
          status: "resolved",
          verdict: "sensor_fault",
          rule: "other",
        }),
        caseView("past", {
          openedAt: NOW - 40 * DAY_MS,
          status: "resolved",
          verdict: "false_alarm",
        }),
      ],
      alerts: [
        alertView("a-1"),
        alertView("a-2", { device: "d-2", phase: "pending" }),
        alertView("a-3", { device: "d-2", rule: "never", kind: "underuse" }),
      ],
      removedDevices: [],
    });
    return path;
  }

  test("are counted by product", () => {
    using fleet = new FleetReader(filled());
    const product = "espresso-pro";
    expect(fleet.presence()).toEqual([
      { product, presence: "lost", devices: 1, withCases: 0 },
      { product, presence: "online", devices: 2, withCases: 1 },
      { product: "oven", presence: "online", devices: 1, withCases: 0 },
    ]);
    expect(fleet.open()).toEqual([
      {
        product,
        kind: "fault",
        severity: "urgent",
        open: 2,
        escalated: 1,
        acknowledged: 1,
        oldestAt: NOW - 40 * DAY_MS,
      },
    ]);
    expect(fleet.products(NOW)).toEqual([
      { product, devices: 3, deviceMs: 40 * DAY_MS },
      { product: "oven", devices: 1, deviceMs: 0 },
    ]);
  });

  test("of a rule are those of cases opened within 30 days, and its alerts and open cases now", () => {
    using fleet = new FleetReader(filled());
    const none = {
      alerts: 0,
      open: 0,
      cases: 0,
      resolved: 0,
      fixed: 0,
      escalated: 0,
      confirmed: 0,
      wrong: 0,
    };
    const product = "espresso-pro";
    expect(fleet.rules(NOW)).toEqual([
      {
        ...none,
        product,
        rule: "boiler-overheats",
        alerts: 1,
        open: 2,
        cases: 2,
        resolved: 1,
        fixed: 1,
        escalated: 1,
        confirmed: 1,
      },
      { ...none, product, rule: "never", alerts: 1 },
      { ...none, product, rule: "other", cases: 1, resolved: 1, wrong: 1 },
    ]);
  });

  test("come with every device once, page by page", () => {
    const path = newFile();
    using store = new SqliteCaseStore({ path });
    const devices = Array.from({ length: 600 }, (_, n) => deviceView(`d-${n}`));
    store.commit(1, [], { ...noViews, devices });
    using fleet = new FleetReader(path);
    const pages = [...fleet.devices()];
    expect(pages.length).toBeGreaterThan(2);
    expect(new Set(pages.flat().map(({ id }) => id)).size).toBe(600);
    expect(pages[0]?.[0]).toEqual(
      expect.objectContaining({ id: "d-0", worst: null, lastSeenAt: 1_000 }),
    );
    expect([...fleet.use()].flat()).toHaveLength(600);
  });

  test("of use hold days, features and the active rules of kind underuse", () => {
    using fleet = new FleetReader(filled());
    const [first, second, third] = [...fleet.use()].flat();
    expect(first).toMatchObject({
      id: "d-1",
      use: [{ day: "2026-11-24", amount: 12 }],
      featuresUsed: [],
      alerts: [],
    });
    expect(second).toMatchObject({ id: "d-2", featuresUsed: ["rinse"], alerts: ["never"] });
    expect(third).toMatchObject({ id: "d-3", cohort: "", use: [] });
  });
});
