import { describe, expect, test } from "vitest";
import type { PointSummary, ServicePoint } from "#ports/point-store.ts";
import { SeriesUnavailableError } from "#ports/series-store.ts";
import { PointLoop } from "../../../src/adapters/series-worker/point-loop.ts";
import { PointRing } from "../../../src/adapters/series-worker/point-ring.ts";
import { PointSender } from "../../../src/adapters/series-worker/point-sender.ts";
import { Sweeps } from "../../../src/adapters/series-worker/sweeps.ts";
import { ManualClock, settled } from "../../support/manual-clock.ts";

const point = (at: number, measurement = "vz.case"): ServicePoint => ({
  measurement,
  tags: {},
  fields: { n: 1 },
  at,
});
const numbered = (count: number, measurement?: string) =>
  Array.from({ length: count }, (_, n) => point(n, measurement));

/** A store and a table of decisions, both in memory. */
class Fixture {
  readonly stored: ServicePoint[] = [];
  readonly told: number[] = [];
  readonly rejected: string[] = [];
  readonly ring = new PointRing(100);
  readonly sweeps = new Sweeps();
  table: { readonly seq: number; readonly point: ServicePoint }[] = [];
  answer: (points: readonly ServicePoint[]) => Promise<PointSummary> = async (points) =>
    this.take(points);
  readonly sender = new PointSender({
    store: { writePoints: (points) => this.answer(points) },
    waiting: {
      after: (seq, limit) => this.table.filter((row) => row.seq > seq).slice(0, limit),
      newest: () => this.table.at(-1)?.seq ?? 0,
    },
    ring: this.ring,
    sweeps: this.sweeps,
    onTold: (upTo) => this.told.push(upTo),
    onRejected: (all) => this.rejected.push(...all.map(({ reason }) => reason)),
  });

  take(points: readonly ServicePoint[]): PointSummary {
    this.stored.push(...points);
    return { written: points.length, rejected: [] };
  }

  decide(points: readonly ServicePoint[]): void {
    const first = (this.table.at(-1)?.seq ?? 0) + 1;
    this.table.push(...points.map((one, n) => ({ seq: first + n, point: one })));
  }

  async all(): Promise<void> {
    for (let n = 0; n < 50; n += 1) if ((await this.sender.step()).kind !== "more") return;
  }
}

const down = () =>
  Promise.reject(new SeriesUnavailableError("away", { problem: "unreachable", retryAfterMs: 5 }));

describe("decisions", () => {
  test("are told in order, page by page, and then need not be kept", async () => {
    const fixture = new Fixture();
    fixture.decide(numbered(5_000));
    await fixture.all();
    expect(fixture.stored).toEqual(numbered(5_000));
    expect(fixture.told).toEqual([2_000, 4_000, 5_000]);
    expect(await fixture.sender.step()).toEqual({ kind: "idle" });
    expect(fixture.stored).toHaveLength(5_000);
  });

  test("wait while the store is away and are all told when it is back", async () => {
    const fixture = new Fixture();
    fixture.decide(numbered(10));
    fixture.answer = down;
    for (let n = 0; n < 3; n += 1) {
      expect(await fixture.sender.step()).toEqual({
        kind: "failed",
        failure: { problem: "unreachable", message: "away" },
        retryAfterMs: 5,
      });
    }
    expect(fixture.told).toEqual([]);
    expect(fixture.sender.stats).toMatchObject({ waiting: 10, dropped: 0, error: "away" });
    fixture.answer = async (points) => fixture.take(points);
    await fixture.all();
    expect(fixture.stored).toEqual(numbered(10));
    expect(fixture.sender.stats).toMatchObject({ waiting: 0, written: 10, error: "" });
  });

  test("that the store refuses for good are reported and do not stop those behind them", async () => {
    const fixture = new Fixture();
    fixture.decide(numbered(3));
    fixture.answer = async (points) => ({
      written: 2,
      rejected: points.slice(0, 1).map((one) => ({ point: one, reason: "too old" })),
    });
    await fixture.all();
    expect(fixture.rejected).toEqual(["too old"]);
    expect(fixture.told).toEqual([3]);
  });
});

describe("samples", () => {
  test("come after decisions, and the newest survive a long absence", async () => {
    const fixture = new Fixture();
    fixture.answer = down;
    for (let n = 0; n < 250; n += 1) {
      fixture.ring.add([point(n, "vz.fleet")]);
      if (n % 50 === 0) await fixture.sender.step();
    }
    expect(fixture.sender.stats).toMatchObject({ waiting: 100, dropped: 150 });
    fixture.answer = async (points) => fixture.take(points);
    fixture.decide([point(7)]);
    await fixture.all();
    expect(fixture.stored.map(({ at }) => at)).toEqual([
      7,
      ...numbered(250)
        .slice(150)
        .map(({ at }) => at),
    ]);
  });

  test("added while a request is under way push out those that come back from it", async () => {
    const fixture = new Fixture();
    fixture.ring.add(numbered(100, "vz.fleet"));
    fixture.answer = () => {
      fixture.ring.add(numbered(60, "vz.gateway"));
      return down();
    };
    await fixture.sender.step();
    expect(fixture.ring.size).toBe(100);
    expect(fixture.ring.dropped).toBe(60);
  });
});

describe("a sweep over all devices", () => {
  const pages = (count: number) => ({
    *pages() {
      for (let n = 0; n < count; n += 1) yield [point(n, "vz.device")];
    },
  });

  test("goes on with the page that could not be told, and ends once", async () => {
    const fixture = new Fixture();
    let done = 0;
    fixture.sweeps.add("devices", { ...pages(3), done: () => done++ });
    await fixture.sender.step();
    fixture.answer = down;
    await fixture.sender.step();
    await fixture.sender.step();
    fixture.answer = async (points) => fixture.take(points);
    await fixture.all();
    expect(fixture.stored.map(({ at }) => at)).toEqual([0, 1, 2]);
    expect(done).toBe(1);
  });

  test("gives way to a newer one of its name only", async () => {
    const fixture = new Fixture();
    const ended: string[] = [];
    fixture.sweeps.add("devices", { ...pages(3), done: () => ended.push("old") });
    fixture.sweeps.add("use", { ...pages(1), done: () => ended.push("use") });
    await fixture.sender.step();
    fixture.sweeps.add("devices", { ...pages(2), done: () => ended.push("new") });
    await fixture.all();
    expect(ended).toEqual(["use", "new"]);
    expect(fixture.stored.map(({ at }) => at)).toEqual([0, 0, 0, 1]);
  });

  test("that cannot be read begins again", async () => {
    const fixture = new Fixture();
    let tries = 0;
    fixture.sweeps.add("devices", {
      *pages() {
        yield [point(1, "vz.device")];
        tries += 1;
        if (tries === 1) throw new Error("busy");
      },
      done: () => undefined,
    });
    await fixture.sender.step();
    expect(await fixture.sender.step()).toMatchObject({
      kind: "failed",
      failure: { message: "busy" },
    });
    await fixture.all();
    expect(tries).toBe(2);
  });
});

describe("the loop", () => {
  test("looks every second, waits longer after each failure, and stops although the store hangs", async () => {
    const fixture = new Fixture();
    const clock = new ManualClock(0);
    const loop = new PointLoop({ sender: fixture.sender, clock, random: () => 1 });
    await settled();
    fixture.decide([point(1)]);
    await clock.advance(1_000);
    expect(fixture.stored).toHaveLength(1);
    let tries = 0;
    fixture.answer = () => {
      tries += 1;
      return down();
    };
    fixture.decide([point(2)]);
    await clock.advance(10_000);
    expect(tries).toBe(4);
    fixture.answer = () => new Promise(() => undefined);
    await clock.advance(60_000);
    const closing = loop.close();
    await clock.advance(500);
    await closing;
  });
});
