import type { SignalValues } from "@voorzorg/firmware-contracts";
import { expect, it } from "vitest";
import type { EpochMs } from "#domain/units.ts";
import type { SeriesRow, SeriesStore } from "#ports/series-store.ts";

const NOVEMBER = Date.UTC(2026, 10, 24, 12);
const ALWAYS = { from: Date.UTC(2000, 0), to: Date.UTC(2090, 0), points: 1_000 } as const;

const row = (at: EpochMs, values: SignalValues, device = "d-1"): SeriesRow => ({
  product: "espresso-pro",
  device,
  at,
  values,
});

/** Where the port leaves a choice. */
export interface StoreTraits {
  readonly countsOverwrites: boolean;
  /** False: null is stored as the absence of a value. */
  readonly keepsNull: boolean;
  /** False: `retain` does nothing, the store has a retention of its own. */
  readonly dropsMonths: boolean;
}

const EMBEDDED: StoreTraits = { countsOverwrites: true, keepsNull: true, dropsMonths: true };

/** What the port promises; `open` answers an empty store. */
export function seriesStoreContract(
  open: () => Promise<SeriesStore>,
  traits: StoreTraits = EMBEDDED,
): void {
  it("reads values of every type back, oldest first, whatever order they came in", async () => {
    await using store = await open();
    const values = [93.25, "idle", true, null, -0.5];
    const rows = values.map((value, n) => row(NOVEMBER + n, { any: value }));
    await store.write(rows.toReversed());
    const points = await store.read({ device: "d-1", signal: "any", ...ALWAYS });
    const expected = values.map((value, n) => ({ at: NOVEMBER + n, value }));
    expect(points).toEqual(expected.filter(({ value }) => traits.keepsNull || value !== null));
  });

  it("reads from the first moment up to but not including the last", async () => {
    await using store = await open();
    await store.write([1, 2, 3, 4].map((n) => row(NOVEMBER + n, { temp: n })));
    const range = { from: NOVEMBER + 2, to: NOVEMBER + 4, points: 100 };
    const points = await store.read({ device: "d-1", signal: "temp", ...range });
    expect(points.map((point) => point.value)).toEqual([2, 3]);
  });

  it("answers nothing for devices and signals that it does not know", async () => {
    await using store = await open();
    await store.write([row(NOVEMBER, { temp: 1 })]);
    expect(await store.read({ device: "d-2", signal: "temp", ...ALWAYS })).toEqual([]);
    expect(await store.read({ device: "d-1", signal: "toString", ...ALWAYS })).toEqual([]);
  });

  it("replaces the value of the same device, signal and time, and counts it", async () => {
    await using store = await open();
    expect(await store.write([row(NOVEMBER, { temp: 1, state: "on" })])).toEqual({
      written: 2,
      overwritten: 0,
      rejected: [],
    });
    expect(await store.write([row(NOVEMBER, { temp: 2, flow: 5 })])).toEqual({
      ...(traits.countsOverwrites
        ? { written: 1, overwritten: 1 }
        : { written: 2, overwritten: 0 }),
      rejected: [],
    });
    const now = async (signal: string): Promise<unknown> =>
      (await store.read({ device: "d-1", signal, ...ALWAYS }))[0]?.value;
    expect(await now("temp")).toBe(2);
    expect(await now("state")).toBe("on");
    expect(await now("flow")).toBe(5);
  });

  it("is the same after a batch was offered twice", async () => {
    await using store = await open();
    const batch = [row(NOVEMBER, { temp: 1 }), row(NOVEMBER + 1, { temp: 2 })];
    await store.write(batch);
    expect(await store.write(batch)).toEqual({
      ...(traits.countsOverwrites
        ? { written: 0, overwritten: 2 }
        : { written: 2, overwritten: 0 }),
      rejected: [],
    });
    expect(await store.read({ device: "d-1", signal: "temp", ...ALWAYS })).toHaveLength(2);
  });

  it("keeps devices apart, and values on both sides of a month's end together", async () => {
    await using store = await open();
    const december = Date.UTC(2026, 11);
    const times = [december - 1, december, december + 1];
    await store.write(times.map((at, n) => row(at, { temp: n })));
    await store.write([row(december, { temp: 99 }, "d-2")]);
    const points = await store.read({ device: "d-1", signal: "temp", ...ALWAYS });
    expect(points).toEqual(times.map((at, value) => ({ at, value })));
  });

  it("thins many numbers but keeps the peaks", async () => {
    await using store = await open();
    const rows = Array.from({ length: 2_000 }, (_, n) => row(NOVEMBER + n * 1_000, { temp: 20 }));
    rows[777] = row(NOVEMBER + 777_000, { temp: 141 });
    rows[1_234] = row(NOVEMBER + 1_234_000, { temp: -9 });
    await store.write(rows);
    const query = { device: "d-1", signal: "temp", ...ALWAYS, points: 100 };
    const points = await store.read(query);
    expect(points.length).toBeLessThanOrEqual(100);
    expect(points.length).toBeGreaterThan(25);
    expect(points).toContainEqual({ at: NOVEMBER + 777_000, value: 141 });
    expect(points).toContainEqual({ at: NOVEMBER + 1_234_000, value: -9 });
    expect(points[0]?.at).toBe(NOVEMBER);
    expect(points.at(-1)?.at).toBe(NOVEMBER + 1_999_000);
    expect(points.map((point) => point.at)).toEqual(points.map((point) => point.at).sort());
  });

  it("thins a state to its changes and the newest moment", async () => {
    await using store = await open();
    const stateAt = (n: number): string => (n < 300 ? "idle" : n < 310 ? "brewing" : "off");
    const rows = Array.from({ length: 1_000 }, (_, n) => row(NOVEMBER + n, { state: stateAt(n) }));
    await store.write(rows);
    const points = await store.read({ device: "d-1", signal: "state", ...ALWAYS, points: 20 });
    expect(points).toEqual([
      { at: NOVEMBER, value: "idle" },
      { at: NOVEMBER + 300, value: "brewing" },
      { at: NOVEMBER + 310, value: "off" },
      { at: NOVEMBER + 999, value: "off" },
    ]);
  });

  it("drops months that ended before the limit and no others, or nothing", async () => {
    await using store = await open();
    const times = [Date.UTC(2026, 8, 30), Date.UTC(2026, 9, 1), NOVEMBER];
    await store.write(times.map((at) => row(at, { temp: 1 })));
    await store.retain(Date.UTC(2026, 9, 15));
    const points = await store.read({ device: "d-1", signal: "temp", ...ALWAYS });
    expect(points.map((point) => point.at)).toEqual(traits.dropsMonths ? times.slice(1) : times);
  });
}
