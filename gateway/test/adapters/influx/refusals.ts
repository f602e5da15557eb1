import { expect, it } from "vitest";
import type { SeriesRow, SeriesStore } from "#ports/series-store.ts";

const AT = Date.UTC(2026, 10, 24, 12);
const ALWAYS = { from: Date.UTC(2000, 0), to: Date.UTC(2090, 0), points: 100_000 } as const;

const row = (n: number, values: SeriesRow["values"], device = "d-1"): SeriesRow => ({
  product: "espresso-pro",
  device,
  at: AT + n,
  values,
});

const read = async (store: SeriesStore, signal: string, device = "d-1") =>
  (await store.read({ device, signal, ...ALWAYS })).map((point) => point.value);

export interface InfluxHooks {
  /** An empty store. */
  open(): Promise<SeriesStore>;
  /** An empty store that keeps nothing from before 2026. */
  openShort(): Promise<SeriesStore>;
}

/** How each InfluxDB, real or a double, and the adapter divide what is refused from what is kept. */
export function influxRefusals({ open, openShort }: InfluxHooks): void {
  it("takes more rows than a request may carry", async () => {
    await using store = await open();
    const rows = Array.from({ length: 12_345 }, (_, n) => row(n, { temp: n }));
    expect(await store.write(rows)).toEqual({ written: 12_345, overwritten: 0, rejected: [] });
    expect(await read(store, "temp")).toHaveLength(12_345);
  });

  it("takes nothing without complaint", async () => {
    await using store = await open();
    const none = { written: 0, overwritten: 0, rejected: [] };
    expect(await store.write([])).toEqual(none);
    expect(await store.write([row(0, { temp: null })])).toEqual(none);
  });

  it("rejects the one value of another type, and keeps the rest of its row and all other rows", async () => {
    await using store = await open();
    // The text of `mode` has the field of the number `mode_s`.
    await store.write([row(0, { mode_s: 5 })]);
    const rows = Array.from({ length: 300 }, (_, n) => row(n + 1, { temp: n, flow: 2 }));
    rows[123] = row(124, { temp: 123, mode: "eco", flow: 2 });
    const summary = await store.write(rows);
    expect(summary.written).toBe(600);
    expect(summary.rejected.map((one) => one.row)).toEqual([row(124, { mode: "eco" })]);
    expect(summary.rejected[0]?.reason).toContain("field type conflict");
    expect(await read(store, "temp")).toHaveLength(300);
    expect(await read(store, "flow")).toHaveLength(300);
    expect(await read(store, "mode_s")).toEqual([5]);
    expect(await read(store, "mode")).toEqual([]);
  });

  it("rejects a signal of the wrong type on every row at the price of a few requests", async () => {
    await using store = await open();
    await store.write([row(0, { mode_s: 5 })]);
    const rows = Array.from({ length: 2_000 }, (_, n) => row(n + 1, { temp: n, mode: "eco" }));
    const before = performance.now();
    const summary = await store.write(rows);
    expect(performance.now() - before).toBeLessThan(2_000);
    expect(summary.written).toBe(2_000);
    expect(summary.rejected).toHaveLength(2_000);
    expect(summary.rejected[7]?.row.values).toEqual({ mode: "eco" });
    expect(await read(store, "temp")).toHaveLength(2_000);
  });

  it("rejects what is older than the retention, and nothing else", async () => {
    await using store = await openShort();
    const rows = Array.from({ length: 100 }, (_, n) => row(n, { temp: n, state: "on" }));
    const old = rows.filter((_, n) => n % 10 === 3).map((one) => ({ ...one, at: one.at - 9e11 }));
    const mixed = rows.map((one, n) => (n % 10 === 3 ? (old[(n - 3) / 10] ?? one) : one));
    const summary = await store.write(mixed);
    expect(summary.written).toBe(180);
    expect(new Set(summary.rejected.map((one) => one.row.at))).toEqual(
      new Set(old.map((one) => one.at)),
    );
    expect(summary.rejected[0]?.row.values).toEqual({ temp: 3, state: "on" });
    expect(summary.rejected[0]?.reason).toMatch(/retention policy/);
    expect(await read(store, "temp")).toHaveLength(90);
  });

  it("rejects what no server would understand before it is sent", async () => {
    await using store = await open();
    const summary = await store.write([
      row(0, { temp: Number.NaN, flow: 1 }),
      row(1, { temp: 1, time: 2 }),
      { ...row(2, { temp: 1, flow: 2 }), at: Number.NaN },
    ]);
    expect(summary.written).toBe(2);
    expect(summary.rejected.map((one) => one.row.values)).toEqual([
      { temp: Number.NaN },
      { time: 2 },
      { temp: 1, flow: 2 },
    ]);
  });

  it("rejects a time that the server cannot count, and keeps what came with it", async () => {
    await using store = await open();
    const late = { ...row(0, { temp: 9 }), at: 9_223_372_036_855 };
    const summary = await store.write([row(1, { temp: 1 }), late, row(2, { temp: 2 })]);
    expect(summary.written).toBe(2);
    expect(summary.rejected.map((one) => one.row)).toEqual([late]);
    expect(summary.rejected[0]?.reason).toContain("time outside range");
    expect(await read(store, "temp")).toEqual([1, 2]);
  });

  it("keeps names and texts with every separator apart, and no query breaks out of its quotes", async () => {
    await using store = await open();
    const evil = [`x' OR "device" =~ /.*/`, "a,b=c d", "quote\"'`", "ends in'", "ünï-☕"];
    const text = 'a "quoted" \\ text\nof two lines, ☕';
    await store.write(evil.map((device, n) => row(n, { temp: n, note: text }, device)));
    for (const [n, device] of evil.entries()) {
      expect(await read(store, "temp", device)).toEqual([n]);
      expect(await read(store, "note", device)).toEqual([text]);
    }
    expect(await read(store, `temp" FROM /.*/ --`)).toEqual([]);
    expect(await read(store, "temp", "x' OR time > 0; SELECT 1 --")).toEqual([]);
    expect(await read(store, "temp", "\\")).toEqual([]);
    expect(await read(store, "temp", "line\nend")).toEqual([]);
  });

  it("carries numbers as they are, to the last digit", async () => {
    await using store = await open();
    const values = [0.1 + 0.2, 1e21, -1.797_693_134_862_315_7e308, 5e-324, 2 ** 53, -0.1, 1e-7];
    await store.write(values.map((temp, n) => row(n, { temp })));
    expect(await read(store, "temp")).toEqual(values);
  });

  it("keeps the first and the last moment of a chart although they are no extremes", async () => {
    await using store = await open();
    const valueAt = (n: number) => (n === 0 || n === 999 ? 5 : (n % 2) * 10);
    await store.write(Array.from({ length: 1_000 }, (_, n) => row(n, { temp: valueAt(n) })));
    const points = await store.read({ device: "d-1", signal: "temp", ...ALWAYS, points: 40 });
    expect(points.length).toBeLessThanOrEqual(40);
    expect(points[0]).toEqual({ at: AT, value: 5 });
    expect(points.at(-1)).toEqual({ at: AT + 999, value: 5 });
  });

  it("reads a signal although the field of its texts belongs to a number", async () => {
    await using store = await open();
    const rows = Array.from({ length: 600 }, (_, n) => row(n, { shot: n % 50, shot_s: -n }));
    await store.write(rows);
    expect(await read(store, "shot")).toEqual(rows.map((one) => one.values.shot));
    const few = await store.read({ device: "d-1", signal: "shot", ...ALWAYS, points: 50 });
    expect(few.length).toBeLessThanOrEqual(50);
    expect(few.every((point) => Number(point.value) >= 0)).toBe(true);
    expect(few.some((point) => point.value === 49)).toBe(true);
    expect(await store.read({ device: "d-1", signal: "sho", ...ALWAYS, points: 4 })).toEqual([]);
  });

  it("thins what is number and text in turn with every change kept", async () => {
    await using store = await open();
    const valueAt = (n: number) => (n >= 700 && n < 720 ? "fault" : n % 97);
    const rows = Array.from({ length: 12_000 }, (_, n) => row(n * 1_000, { level: valueAt(n) }));
    await store.write(rows);
    const points = await store.read({ device: "d-1", signal: "level", ...ALWAYS, points: 400 });
    expect(points.length).toBeLessThanOrEqual(400);
    expect(points).toContainEqual({ at: AT + 700_000, value: "fault" });
    expect(points.at(-1)?.at).toBeGreaterThan(AT + 11_900_000);
    expect(points.filter((point) => point.value === 96).length).toBeGreaterThan(10);
  });
}
