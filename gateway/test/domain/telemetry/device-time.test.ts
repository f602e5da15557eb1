import type { MeasurementMessage } from "@voorzorg/firmware-contracts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ServiceClock } from "#domain/telemetry/device-time.ts";
import {
  advanceClock,
  momentOf,
  newestTime,
  setClockMode,
  stamp,
  startClock,
} from "#domain/telemetry/device-time.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "#domain/units.ts";

const NOW = Date.UTC(2026, 5, 1);

const live = (): ServiceClock => ({ ...startClock(), now: NOW, heard: true });
const event = (now = 0): ServiceClock => ({ ...startClock(), mode: "event", now, heard: now > 0 });

const tele = (envelope: Partial<MeasurementMessage>): MeasurementMessage => ({
  class: "tele",
  points: [{ offsetMs: 0, values: { temp: 1 } }],
  ...envelope,
});

describe("a device with a clock", () => {
  test.each([
    ["is believed when it is right", NOW, "device"],
    ["may be a little ahead", NOW + 5 * MINUTE_MS, "device"],
    ["may be years behind: it has a backlog", NOW - 900 * DAY_MS, "device"],
    ["is not believed when over five minutes ahead", NOW + 5 * MINUTE_MS + 1, "receive"],
    ["is not believed before 2020: it was never set", Date.UTC(2019, 11, 31), "receive"],
    ["is not believed at zero", 0, "receive"],
  ])("%s", (_title, ts, source) => {
    const stamped = stamp(live(), "b1", tele({ ts }), NOW);
    expect(stamped).toMatchObject({ source, suspect: source === "receive" });
    expect(stamped.base).toBe(source === "receive" ? NOW : ts);
  });

  test("that is wrong gets its readings stored apart, though its backlog comes within a millisecond", () => {
    const clock = live();
    const at = (received: number, device = "b1"): number =>
      stamp(clock, device, tele({ ts: 0 }), received).base;
    expect([at(NOW), at(NOW), at(NOW + 1), at(NOW + 1)]).toEqual([NOW, NOW + 1, NOW + 2, NOW + 3]);
    expect(at(NOW, "b2")).toBe(NOW);
    expect(at(NOW + MINUTE_MS)).toBe(NOW + MINUTE_MS);
    expect(Object.keys(clock.receipts?.of ?? {})).toEqual(["b1"]);
    // The machine's clock was set back: the receipt is what it says.
    expect(at(NOW - HOUR_MS)).toBe(NOW - HOUR_MS);
  });

  test("is believed with any year while recorded data are played", () => {
    for (const ts of [0, Date.UTC(1999, 0, 1), Date.UTC(2099, 0, 1)]) {
      const clock = event(NOW);
      expect(stamp(clock, "b1", tele({ ts }), NOW)).toMatchObject({ base: ts, suspect: false });
    }
  });

  test("cannot get past the limits with the time of a single point", () => {
    const point = (moment: { offsetMs: number; absoluteMs?: number }) =>
      tele({ ts: NOW, points: [{ ...moment, values: { temp: 1 } }] });
    for (const moment of [
      { offsetMs: 400 * DAY_MS },
      { offsetMs: 0, absoluteMs: Date.UTC(2099, 0, 1) },
      { offsetMs: 0, absoluteMs: 5_000 },
    ]) {
      const message = point(moment);
      const stamped = stamp(live(), "b1", message, NOW);
      expect(stamped.suspect).toBe(true);
      expect(momentOf(stamped, moment)).toBe(NOW);
      expect(newestTime(message, stamped)).toBe(NOW);
    }
  });
});

describe("a device without a clock", () => {
  test("and without uptime lives by the time of receipt", () => {
    expect(stamp(live(), "b1", tele({}), NOW)).toMatchObject({ base: NOW, source: "receive" });
  });

  test("is counted from its boot, by the message that travelled shortest", () => {
    const clock = live();
    const base = (up: number, received: number, boot = 1) =>
      stamp(clock, "b1", tele({ up, boot }), received).base;
    expect(base(1_000, NOW + 500)).toBe(NOW + 500);
    expect(base(2_000, NOW + 1_000)).toBe(NOW + 1_000);
    // Travelled four seconds longer than the one before.
    expect(base(3_000, NOW + 6_000)).toBe(NOW + 2_000);
    // A reboot starts anew.
    expect(base(1_000, NOW + 60_000, 2)).toBe(NOW + 60_000);
  });

  test("moves on in recorded time too", () => {
    const clock = event();
    let last = 0;
    for (const up of [1_000, 61_000, 121_000, 181_000]) {
      const message = tele({ up, boot: 1 });
      const stamped = stamp(clock, "b1", message, NOW);
      clock.now = advanceClock(clock, NOW, newestTime(message, stamped));
      if (last !== 0) expect(stamped.base - last).toBe(60_000);
      last = stamped.base;
    }
    expect(clock.now).toBe(last);
  });

  test("is never stamped later than it was received, and keeps the distances that it measured", () => {
    const steps = fc.array(
      fc.tuple(fc.integer({ min: 0, max: HOUR_MS }), fc.integer({ min: 0, max: 5_000 })),
      {
        minLength: 1,
        maxLength: 30,
      },
    );
    fc.assert(
      fc.property(steps, (walk) => {
        const clock = live();
        let up = 0;
        for (const [gap, delay] of walk) {
          up += gap;
          const received = NOW + up + delay;
          const { base } = stamp(clock, "b1", tele({ up, boot: 4 }), received);
          expect(base).toBeLessThanOrEqual(received);
          expect(base).toBeGreaterThanOrEqual(NOW + up);
        }
      }),
    );
  });
});

describe("the service's clock", () => {
  test("never runs back, in either mode", () => {
    const records = fc.array(fc.tuple(fc.nat(1e6), fc.option(fc.nat(1e6), { nil: undefined })));
    fc.assert(
      fc.property(fc.constantFrom("live" as const, "event" as const), records, (mode, stream) => {
        const clock: ServiceClock = { ...startClock(), mode, heard: true };
        for (const [appendedAt, eventTime] of stream) {
          const next = advanceClock(clock, appendedAt, eventTime);
          expect(next).toBeGreaterThanOrEqual(clock.now);
          clock.now = next;
        }
      }),
    );
  });

  test("starts with the first message in recorded time, not with the service's own first records", () => {
    const clock = startClock();
    clock.now = advanceClock(clock, NOW, undefined);
    setClockMode(clock, "event");
    clock.now = advanceClock(clock, NOW, undefined);
    expect(clock.now).toBe(0);
    clock.now = advanceClock(clock, NOW, Date.UTC(2015, 0, 1));
    expect(clock.now).toBe(Date.UTC(2015, 0, 1));
    setClockMode(clock, "event");
    expect(clock.now).toBe(Date.UTC(2015, 0, 1));
  });
});
