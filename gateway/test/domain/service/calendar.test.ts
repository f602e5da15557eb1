import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { OpenWindow } from "#domain/service/calendar.ts";
import { Calendar } from "#domain/service/calendar.ts";
import { HOUR_MS, MINUTE_MS } from "#domain/units.ts";

const OFFICE: readonly (readonly OpenWindow[])[] = [
  ...Array.from({ length: 5 }, (): readonly OpenWindow[] => [[480, 1_020]]),
  [],
  [],
];
const amsterdam = (week = OFFICE, holidays: readonly string[] = []) =>
  new Calendar({ timeZone: "Europe/Amsterdam", week, holidays: new Set(holidays) });
const at = (text: string): number => Date.parse(text);
const shown = (time: number): string => new Date(time).toISOString();

describe("business time", () => {
  test.each([
    ["counts on within the day", "2026-11-25T09:00Z", 2, "2026-11-25T11:00:00.000Z"],
    ["goes on the next morning", "2026-11-25T15:00Z", 2, "2026-11-26T08:00:00.000Z"],
    ["leaves out the weekend", "2026-11-27T15:00Z", 2, "2026-11-30T08:00:00.000Z"],
    ["begins when the doors open", "2026-11-29T12:00Z", 1, "2026-11-30T08:00:00.000Z"],
    [
      "ends when the doors close, not at the next opening",
      "2026-11-25T07:00Z",
      9,
      "2026-11-25T16:00:00.000Z",
    ],
  ])("%s", (_title, from, hours, due) => {
    expect(shown(amsterdam().add(at(from), hours * HOUR_MS))).toBe(due);
  });

  test("leaves out holidays, of one year or of every year", () => {
    const calendar = amsterdam(OFFICE, ["12-25", "2026-12-24"]);
    expect(shown(calendar.add(at("2026-12-23T15:00Z"), 2 * HOUR_MS))).toBe(
      "2026-12-28T08:00:00.000Z",
    );
    expect(shown(calendar.add(at("2027-12-23T15:00Z"), 2 * HOUR_MS))).toBe(
      "2027-12-24T08:00:00.000Z",
    );
  });

  test("keeps the time on the wall when the clocks change", () => {
    // Sunday 29 March 2026 is an hour shorter.
    const due = amsterdam().add(at("2026-03-27T08:00Z"), 9 * HOUR_MS);
    expect(shown(due)).toBe("2026-03-30T07:00:00.000Z");
  });

  test("does not work an hour that the clock skips, and works one twice that it repeats", () => {
    const night: readonly OpenWindow[] = [[60, 240]];
    const calendar = amsterdam(Array.from({ length: 7 }, () => night));
    const spring = [at("2026-03-28T23:00Z"), at("2026-03-29T22:00Z")] as const;
    expect(calendar.between(...spring)).toBe(2 * HOUR_MS);
    const autumn = [at("2026-10-24T22:00Z"), at("2026-10-25T23:00Z")] as const;
    expect(calendar.between(...autumn)).toBe(4 * HOUR_MS);
  });

  test("knows windows over midnight: they belong to the day on which they begin", () => {
    const week = [[[1_320, 1_800]], [], [], [], [], [], []] as const;
    const calendar = amsterdam(week);
    // Monday 22:00 to Tuesday 06:00, local time.
    expect(calendar.isOpen(at("2026-11-24T04:59Z"))).toBe(true);
    expect(calendar.isOpen(at("2026-11-24T05:00Z"))).toBe(false);
    expect(shown(calendar.add(at("2026-11-24T04:00Z"), 2 * HOUR_MS))).toBe(
      "2026-11-30T22:00:00.000Z",
    );
  });

  test("around the clock is time as such", () => {
    const week = Array.from({ length: 7 }, () => [[0, 1_440]] as const);
    expect(amsterdam(week).add(1_000, HOUR_MS)).toBe(1_000 + HOUR_MS);
    expect(amsterdam(week).between(5, 2)).toBe(0);
  });

  test("a calendar whose every day is a holiday ends all the same", () => {
    const every = Array.from({ length: 366 }, (_, i) =>
      new Date(Date.UTC(2028, 0, 1 + i)).toISOString().slice(5, 10),
    );
    const due = amsterdam(OFFICE, every).add(at("2026-11-25T09:00Z"), HOUR_MS);
    expect(due).toBeGreaterThan(at("2035-01-01T00:00Z"));
  });
});

const ZONES = [
  "Europe/Amsterdam",
  "America/St_Johns",
  "Australia/Lord_Howe",
  "Asia/Kolkata",
  "Pacific/Apia",
];

/** Local day and minute of an instant, by the machine's own tables. */
function wallClock(
  timeZone: string,
): (time: number) => { date: string; day: number; minute: number } {
  const format = new Intl.DateTimeFormat("en-CA", {
    timeZone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  return (time) => {
    const [date = "", clock = ""] = format.format(time).split(", ");
    const [hour = 0, minute = 0] = clock.split(":").map(Number);
    const day = (new Date(`${date}T00:00Z`).getUTCDay() + 6) % 7;
    return { date, day, minute: hour * 60 + minute };
  };
}

const window = fc
  .tuple(fc.integer({ min: 0, max: 47 }), fc.integer({ min: 1, max: 20 }))
  .map(([from, length]): OpenWindow => [from * 30, Math.min(1_440, (from + length) * 30)]);
const calendars = fc.record({
  timeZone: fc.constantFrom(...ZONES),
  week: fc.array(
    fc.oneof(
      fc.constant([]),
      window.map((w) => [w]),
    ),
    { minLength: 7, maxLength: 7 },
  ),
});
/** Around the changes of the clocks of 2026, and in between. */
const starts = fc.oneof(
  fc
    .constantFrom(
      "2026-03-29",
      "2026-10-25",
      "2026-04-05",
      "2026-10-04",
      "2026-03-08",
      "2026-11-01",
    )
    .map((day) => at(`${day}T00:00Z`) - 12 * HOUR_MS),
  fc
    .integer({ min: at("2026-01-01T00:00Z") / MINUTE_MS, max: at("2026-12-01T00:00Z") / MINUTE_MS })
    .map((minutes) => minutes * MINUTE_MS),
);

test("agrees with a walker that asks the clock on the wall each minute, in any zone", () => {
  fc.assert(
    fc.property(calendars, starts, fc.integer({ min: 1, max: 900 }), (times, from, minutes) => {
      const calendar = new Calendar({ ...times, holidays: new Set() });
      const clock = wallClock(times.timeZone);
      let open = 0;
      let due = 0;
      for (let t = from; t < from + 1_800 * MINUTE_MS; t += MINUTE_MS) {
        const { day, minute } = clock(t);
        const isOpen = (times.week[day] ?? []).some(([a, b]) => a <= minute && minute < b);
        expect(calendar.isOpen(t)).toBe(isOpen);
        if (isOpen) open += 1;
        if (isOpen && open === minutes) due = t + MINUTE_MS;
      }
      expect(calendar.between(from, from + 1_800 * MINUTE_MS)).toBe(open * MINUTE_MS);
      if (due !== 0) expect(calendar.add(from, minutes * MINUTE_MS)).toBe(due);
    }),
    { numRuns: 25 },
  );
});

test("adding and measuring undo each other", () => {
  fc.assert(
    fc.property(calendars, starts, fc.integer({ min: 0, max: 2_000 }), (times, from, minutes) => {
      fc.pre(times.week.some((day) => day.length > 0));
      const calendar = new Calendar({ ...times, holidays: new Set() });
      const due = calendar.add(from, minutes * MINUTE_MS);
      expect(calendar.between(from, due)).toBe(minutes * MINUTE_MS);
    }),
    { numRuns: 100 },
  );
});
