import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { evidenceMarks, plotData } from "#pipeline/chart/plot-data.ts";
import type { PlotData } from "#ports/chart-drawer.ts";
import { createChartDrawer } from "../../../src/adapters/chart-png/chart-png.ts";
import { COLOURS } from "../../../src/adapters/chart-png/colours.ts";
import { pictureSvg } from "../../../src/adapters/chart-png/picture-svg.ts";
import { numberTicks, offsetAt, timeTicks } from "../../../src/adapters/chart-png/ticks.ts";
import { boilerSeries, caseView, espresso, heaterSeries } from "../../support/http-samples.ts";

const timeZone = "Europe/Amsterdam";
const { evidence } = caseView("c");
const marks = evidenceMarks(evidence);
const { limits } = evidence;
const boiler = plotData(
  { signal: "boiler_temp", product: espresso, limits, marks },
  boilerSeries(),
);
const heater = plotData({ signal: "heater", product: espresso, limits, marks }, heaterSeries());
const sizeOf = (png: Uint8Array) => {
  const view = new DataView(png.buffer, png.byteOffset);
  return [view.getUint32(16), view.getUint32(20)];
};

describe("the picture of a case", () => {
  it("is a PNG as wide as a desk shows, a chart per signal, and the same bytes each time", async () => {
    const drawer = createChartDrawer();
    const picture = {
      title: "esp-0017: The boiler runs too hot",
      plots: [boiler, heater],
      timeZone,
    };
    const [first, again] = [await drawer.draw(picture), await drawer.draw(picture)];
    if (first === undefined || again === undefined) throw new Error("nothing was drawn");
    expect([...first.subarray(1, 4)]).toEqual([..."PNG"].map((letter) => letter.charCodeAt(0)));
    expect(sizeOf(first)).toEqual([800, 432]);
    expect(Buffer.compare(first, again)).toBe(0);
    const nasty = `😀 עברית \u202e <svg onload="x"/> ]]> &amp; ${"long ".repeat(100)}`;
    const odd = await drawer.draw({
      title: nasty,
      plots: [
        { ...boiler, title: nasty, unit: nasty },
        { ...heater, categories: [nasty, "\ud800"] },
      ],
      timeZone: "Asia/Kathmandu",
    });
    expect(odd?.byteLength).toBeGreaterThan(1_000);
  });

  it("says what the console says: limit, moments, unit, times of the desk's zone", () => {
    const svg = pictureSvg({ title: "esp-0017", plots: [boiler, heater], timeZone })?.text ?? "";
    for (const word of [
      "Boiler temperature in °C",
      "limit 135 °C",
      "Began",
      "Found",
      ">yes<",
      ">20:15<",
      "24 Nov 2026, times of Europe/Amsterdam",
    ]) {
      expect(svg).toContain(word);
    }
    expect(svg).not.toContain(">18:15<");
    const tokyo = pictureSvg({ title: "", plots: [boiler], timeZone: "Asia/Tokyo" })?.text ?? "";
    expect(tokyo).toContain(">04:15<");
  });

  it("has the colours of the console by day", () => {
    const css = readFileSync(
      join(import.meta.dirname, "../../../src/adapters/http/assets/console.css"),
      "utf8",
    );
    const day = css.slice(0, css.indexOf("prefers-color-scheme: dark"));
    for (const [name, colour] of Object.entries(COLOURS)) {
      expect(day).toContain(`--${name}: ${colour};`);
    }
  });

  it("of nothing is no picture", () => {
    expect(pictureSvg({ title: "x", plots: [], timeZone })).toBeUndefined();
    const empty = { ...boiler, values: boiler.values.map(() => null) };
    expect(pictureSvg({ title: "x", plots: [empty], timeZone })).toBeUndefined();
  });

  it("keeps foreign text out of its markup, and every number in it finite", () => {
    const text = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("<b>", "]]>", '" x="'));
    const value = fc.option(
      fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e12, max: 1e12 }),
    );
    const plots: fc.Arbitrary<PlotData> = fc
      .array(fc.tuple(fc.integer({ min: 0, max: 4e9 }), value), { minLength: 1, maxLength: 6 })
      .chain((points) => {
        const sorted = points.toSorted((a, b) => a[0] - b[0]);
        return fc.record({
          title: text,
          unit: text,
          stepped: fc.boolean(),
          categories: fc.constantFrom<readonly string[]>([], ["no", "yes"]),
          seconds: fc.constant(sorted.map(([second]) => second)),
          values: fc.constant(sorted.map(([, one]) => one)),
          limits: fc.array(fc.record({ value: fc.integer(), text }), { maxLength: 1 }),
          marks: fc.array(
            fc.record({
              second: fc.integer({ min: 0, max: 4e9 }),
              text,
              tone: fc.constantFrom("bad" as const, "watch" as const),
            }),
            { maxLength: 2 },
          ),
        });
      });
    fc.assert(
      fc.property(text, plots, (title, plot) => {
        const svg = pictureSvg({ title, plots: [plot], timeZone })?.text ?? "";
        expect(svg).not.toMatch(/NaN|Infinity/);
        const bare = svg.replace(/<\/?(?:svg|rect|path|text|circle)\b[^<>]*>/g, "");
        expect(bare).not.toMatch(/[<>]/);
      }),
      { numRuns: 30 },
    );
  });
});

describe("the axes of a chart", () => {
  const at = (text: string) => Date.parse(text) / 1_000;

  it("are labelled at round times of the zone, on both sides of a change of the clocks", () => {
    const range = { from: at("2026-10-24T20:00:00Z"), to: at("2026-10-25T10:00:00Z") };
    const texts = timeTicks(range, 9, timeZone).map(({ text }) => text);
    expect(texts).toEqual(["22:00", "00:00", "02:00", "04:00", "06:00", "08:00", "10:00"]);
    const days = timeTicks({ from: at("2026-10-20"), to: at("2026-10-29") }, 9, timeZone);
    expect(days.map(({ text }) => text)).toContain("26 Oct");
    expect(days.every(({ value }) => (value + offsetAt(value, timeZone)) % 86_400 === 0)).toBe(
      true,
    );
  });

  it("know zones that are not ahead by whole hours", () => {
    expect(offsetAt(0, "UTC")).toBe(0);
    expect(offsetAt(at("2026-11-24"), "Asia/Kathmandu")).toBe(5.75 * 3_600);
    expect(offsetAt(at("2026-11-24"), "America/St_Johns")).toBe(-3.5 * 3_600);
  });

  it("are round numbers within the range", () => {
    expect(numberTicks({ low: 88, high: 146 }, 5).map(({ text }) => text)).toEqual([
      "100",
      "120",
      "140",
    ]);
    expect(numberTicks({ low: -0.3, high: 0.3 }, 4).map(({ text }) => text)).toEqual([
      "−0.2",
      "0",
      "0.2",
    ]);
    expect(numberTicks({ low: 1, high: 1 }, 4)).toEqual([]);
  });
});
