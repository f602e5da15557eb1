import { describe, expect, it } from "vitest";
import {
  DAY,
  Device,
  detectorOf,
  HOUR,
  healthy,
  MINUTE,
  noise,
  repaired,
  START,
} from "./baseline-support.ts";

const A_DAY = 144;
const TWO_WEEKS = 14 * A_DAY;

/** A device after two healthy weeks. */
function learned(more: Parameters<typeof detectorOf>[0] = {}): Device {
  const device = new Device(detectorOf(more));
  device.see(healthy(0, TWO_WEEKS));
  return device;
}

describe("a baseline rule", () => {
  it("says that it has not enough data before 200 readings, and is quiet afterwards", () => {
    const device = new Device(detectorOf());
    const kinds = device.see(healthy(0, 199));
    expect(new Set(kinds)).toEqual(new Set(["unknown"]));
    expect(device.last).toEqual({
      kind: "unknown",
      why: "not enough data yet: 199 of 200 readings",
    });
    expect(new Set(device.see(healthy(199, TWO_WEEKS)))).toEqual(new Set(["ok"]));
  });

  it("also waits for the stated time, however many readings there are", () => {
    const device = new Device(detectorOf({ learnFor: 3 * DAY }));
    device.see(healthy(0, 2 * A_DAY));
    expect(device.last).toEqual({
      kind: "unknown",
      why: "not enough data yet: 288 of 200 readings and 47.8 h of 3 d",
    });
    device.see(healthy(2 * A_DAY, A_DAY + 1));
    expect(device.last.kind).toBe("ok");
  });

  it("finds a level far above all that was, dated at its beginning, and says what is usual and how sure it is", () => {
    const device = learned();
    const rows = healthy(TWO_WEEKS, 12, { level: 420 });
    const kinds = device.see(rows);
    const found = kinds.indexOf("breach");
    expect(found).toBeGreaterThanOrEqual(0);
    expect(found).toBeLessThan(6);
    expect(device.last).toEqual({ kind: "breach", since: rows[0]?.at });
    const { observed, expected, sure, limits, disproof } = device.explain({
      at: 0,
      power: undefined,
    });
    expect(observed).toMatch(
      /^power is where this device never was before: .* W \(usual: -?[\d.]+ W to [\d.]+ W\)/,
    );
    expect(expected).toMatch(
      /^power between 2\d\d(\.\d)? W and 3\d\d(\.\d)? W, its own normal over 20\d\d readings$/,
    );
    expect(sure).toMatch(/^(high|medium): \d of 7 views are new at once, after 20\d\d readings/);
    expect(limits).toMatchObject([{ signal: "power", op: ">" }]);
    expect(disproof).toMatch(/led there on purpose/);
  });

  it("is over as soon as the signal has been back for a while, and does not report the way back", () => {
    const device = learned();
    device.see(healthy(TWO_WEEKS, 12, { level: 420 }));
    expect(device.active).toBe(true);
    device.see(healthy(TWO_WEEKS + 12, A_DAY));
    expect(device.active).toBe(false);
    expect(device.alerts).toBe(1);
  });

  it("sees a load at the wrong time of day, although its height is usual at another", () => {
    const usual = (i: number, shift = 0) => {
      const at = START + i * 10 * MINUTE;
      const hour = ((at + shift) % DAY) / HOUR;
      return { at, power: (hour >= 8 && hour < 17 ? 400 : 100) + 10 * noise(i) };
    };
    const device = new Device(detectorOf());
    device.see(Array.from({ length: 28 * A_DAY }, (_, i) => usual(i)));
    expect(device.alerts).toBe(0);
    device.see(Array.from({ length: A_DAY }, (_, i) => usual(28 * A_DAY + i, 12 * HOUR)));
    expect(device.alerts).toBeGreaterThan(0);
    expect(device.alerts).toBeLessThan(3);
  });

  it("looks at one side only when told so", () => {
    const above = learned({ side: "above" });
    above.see(healthy(TWO_WEEKS, 36, { level: 180 }));
    expect(above.alerts).toBe(0);
    const below = learned({ side: "below" });
    below.see(healthy(TWO_WEEKS, 36, { level: 180 }));
    expect(below.alerts).toBe(1);
  });

  it("takes an hour's mean as one reading when told so", () => {
    const device = new Device(detectorOf({ every: HOUR }));
    device.see(healthy(0, 200 * 6));
    expect(device.last.kind).toBe("unknown");
    device.see(healthy(200 * 6, 7));
    expect(device.last.kind).toBe("ok");
    expect(device.state.habit.readings).toBe(201);
  });

  it("neither learns nor judges while its condition is not true", () => {
    const device = new Device(detectorOf({ where: "mode == 'on'" }));
    device.see(healthy(0, TWO_WEEKS).map((row) => ({ ...row, mode: "on" })));
    const before = device.state;
    device.see(healthy(TWO_WEEKS, A_DAY, { level: 0 }).map((row) => ({ ...row, mode: "off" })));
    expect(device.state).toBe(before);
    expect(device.last.kind).toBe("ok");
  });

  it("is unknown while the signal is, and goes on from there", () => {
    const device = learned();
    const at = START + TWO_WEEKS * 10 * MINUTE;
    device.see([{ at, power: undefined }]);
    expect(device.last).toEqual({ kind: "unknown", why: "power is unknown" });
    device.see(healthy(TWO_WEEKS + 1, 1));
    expect(device.last.kind).toBe("ok");
  });
});

describe("what a baseline rule learns", () => {
  it("does not learn what it flags: the alert stays as long as the fault, up to 100 readings", () => {
    const device = learned();
    device.see(healthy(TWO_WEEKS, 90, { level: 420 }));
    expect(device.active).toBe(true);
    expect(device.state.bands.flatMap(({ once }) => once)).toEqual(
      learned().state.bands.flatMap(({ once }) => once),
    );
  });

  it("takes a level that has held for 100 readings for the new normal", () => {
    const device = learned();
    device.see(healthy(TWO_WEEKS, 115, { level: 420 }));
    expect(device.active).toBe(false);
    device.see(healthy(TWO_WEEKS + 115, TWO_WEEKS, { level: 420 }));
    expect(device.alerts).toBe(1);
  });

  it("does not report the same finding again by itself, but does once its case was closed as fixed", () => {
    const again = (outcome: "recovered" | "fixed") => {
      const device = learned();
      device.see(healthy(TWO_WEEKS, 12, { level: 420 }));
      device.see(healthy(TWO_WEEKS + 12, 3 * A_DAY - 12));
      device.state = device.detector.caseResolved?.(device.state, outcome) ?? device.state;
      device.see(healthy(TWO_WEEKS + 3 * A_DAY, 12, { level: 420 }));
      return device.alerts;
    };
    expect(again("recovered")).toBe(1);
    expect(again("fixed")).toBe(2);
  });

  it("takes the present for normal when a person closes the case although the alert stands", () => {
    for (const outcome of ["by_agent", "false_alarm"] as const) {
      const device = learned();
      device.see(healthy(TWO_WEEKS, 36, { level: 420 }));
      expect(device.active).toBe(true);
      device.state = device.detector.caseResolved?.(device.state, outcome) ?? device.state;
      device.see(healthy(TWO_WEEKS + 36, A_DAY, { level: 420 }));
      expect(device.alerts).toBe(1);
      expect(device.active).toBe(false);
    }
  });

  it("learns everything anew after an event that says so, unless that event comes late", () => {
    const device = learned({ relearnOn: ["repaired"] });
    const at = START + TWO_WEEKS * 10 * MINUTE;
    expect(device.input(repaired(at - DAY, true)).kind).toBe("ok");
    expect(device.input(repaired(at)).kind).toBe("unknown");
    device.see(healthy(TWO_WEEKS, TWO_WEEKS, { level: 420 }));
    expect(device.alerts).toBe(0);
  });

  it("is in alarm for less than 5 % of half a year of slow ageing with a yearly and a daily season", () => {
    for (const every of [0, HOUR]) {
      const device = new Device(detectorOf({ every }));
      const days = 180;
      for (let i = 0; i < days * A_DAY; i++) {
        const at = START + i * 10 * MINUTE;
        const ageing = (120 * i) / (days * A_DAY);
        const year = 60 * Math.sin((2 * Math.PI * i) / (365 * A_DAY));
        const day = 40 * Math.sin((2 * Math.PI * at) / DAY);
        device.see([{ at, power: 300 + ageing + year + day + 10 * noise(i) }]);
      }
      expect(device.inAlarm / device.seen).toBeLessThan(0.05);
      expect(device.alerts).toBeLessThanOrEqual(6);
      // The fault is still seen at the end.
      device.see(healthy(days * A_DAY, 2 * A_DAY, { level: 700 }));
      expect(device.active || device.alerts > 0).toBe(true);
    }
  });

  it("keeps its memory of a device small", () => {
    const bytes = (season: "none" | "day" | "week") =>
      JSON.stringify(learned({ season }).state).length;
    expect(bytes("none")).toBeLessThan(1_300);
    expect(bytes("day")).toBeLessThan(1_800);
    expect(bytes("week")).toBeLessThan(3_500);
  });
});
