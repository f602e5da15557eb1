import { describe, expect, test } from "vitest";
import { Engine } from "#domain/engine/engine.ts";
import type { JournalRecord } from "#domain/record.ts";
import { DAY_MS, MINUTE_MS } from "#domain/units.ts";
import { SeriesRows } from "#pipeline/series-rows.ts";
import { happened, measured, minute } from "../support/raw-messages.ts";
import { head, START } from "../support/records.ts";

function rows(clock: "live" | "event" = "live"): SeriesRows {
  const made = new SeriesRows();
  for (const record of head(["b1"], clock)) made.of(record);
  return made;
}

describe("the rows of a message", () => {
  test("are one per point, at the device's own time", () => {
    const points = [
      { offsetMs: -MINUTE_MS, values: { temp: 90 } },
      { offsetMs: 0, values: { temp: 91, state: "on" } },
    ];
    const record = measured({ boot: 1, seq: 1, ts: minute(5) }, points, { at: minute(6) });
    expect(rows().of(record)).toEqual([
      { product: "boiler", device: "b1", at: minute(4), values: { temp: 90 } },
      { product: "boiler", device: "b1", at: minute(5), values: { temp: 91, state: "on" } },
    ]);
  });

  test("of backfill and of late messages are kept as well", () => {
    const made = rows();
    made.of(measured({ boot: 1, seq: 2, ts: minute(9) }, { temp: 1 }, { at: minute(9) }));
    const late = measured(
      { boot: 1, seq: 1, ts: minute(1) },
      { temp: 2 },
      { at: minute(9), cls: "hist" },
    );
    expect(made.of(late)).toMatchObject([{ at: minute(1) }]);
  });

  test("stamped in the future lie at the time of receipt", () => {
    const made = rows();
    const ahead = measured({ ts: minute(0) + 400 * DAY_MS }, { temp: 1 }, { at: minute(2) });
    expect(made.of(ahead)).toMatchObject([{ at: minute(2) }]);
    const inside = [{ offsetMs: 400 * DAY_MS, values: { temp: 1 } }];
    expect(made.of(measured({ ts: minute(3) }, inside, { at: minute(3) }))).toMatchObject([
      { at: minute(3) },
    ]);
  });

  test.each<[string, JournalRecord]>([
    ["an event", happened({ ts: minute(1) }, "dismissed", { at: minute(1) })],
    ["a tick", { kind: "tick", appendedAt: minute(1) }],
    ["an unknown product", { ...measured({}, { temp: 1 }, { at: minute(1) }), product: "toaster" }],
    ["garbage", { ...measured({}, { temp: 1 }, { at: minute(1) }), payload: new Uint8Array([1]) }],
  ])("are none for %s", (_title, record) => {
    expect(rows().of(record)).toEqual([]);
  });
});

describe("a restart", () => {
  test("before any ruleset gives no rows and needs nothing", () => {
    expect(new SeriesRows().of(measured({}, { temp: 1 }, { at: START }))).toEqual([]);
  });

  test.each(["live", "event"] as const)(
    "anywhere gives the same rows for a device without a clock (%s)",
    (clock) => {
      const stream = Array.from({ length: 12 }, (_, i) =>
        measured(
          { boot: 1 + Math.floor(i / 6), seq: i, up: (i % 6) * MINUTE_MS },
          { temp: i },
          { at: minute(i) + (i % 3) * 7 },
        ),
      );
      const whole = rows(clock);
      const wanted = stream.map((record) => whole.of(record));
      let part = rows(clock);
      let saved = part.save() ?? "";
      stream.forEach((record, i) => {
        expect(part.of(record)).toEqual(wanted[i]);
        saved = part.save() ?? saved;
        part = new SeriesRows(saved);
      });
    },
  );

  test("is written down only when there is something new to know", () => {
    const made = rows();
    expect(made.save()).toBeDefined();
    made.of(measured({ ts: minute(1) }, { temp: 1 }, { at: minute(1) }));
    expect(made.save()).toBeUndefined();
    made.of(measured({ up: 5 }, { temp: 1 }, { at: minute(2) }));
    expect(made.save()).toBeDefined();
  });
});

test.each(["live", "event"] as const)(
  "rows and decisions stamp the same message alike (%s)",
  (clock) => {
    const engine = new Engine();
    const made = new SeriesRows();
    const records = [
      ...head(["b1"], clock),
      ...Array.from({ length: 10 }, (_, i) =>
        i % 2 === 0
          ? measured(
              { boot: 1, seq: i, up: i * MINUTE_MS },
              { temp: i },
              { at: minute(i) + i * 11 },
            )
          : measured({}, { temp: i }, { at: minute(i) }),
      ),
    ];
    records.forEach((record, i) => {
      const stored = made.of(record);
      engine.apply(i + 1, record);
      const view = engine.takeViews({ devices: true }).devices.find((d) => d.id === "b1");
      const last = stored.at(-1);
      const known = view?.signals.temp;
      if (last !== undefined && known?.value === last.values.temp) expect(known?.at).toBe(last.at);
    });
  },
);
