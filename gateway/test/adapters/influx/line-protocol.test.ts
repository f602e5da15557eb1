import type { SignalValue } from "@voorzorg/firmware-contracts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SeriesRow } from "#ports/series-store.ts";
import { encodeRow } from "../../../src/adapters/influx/line-protocol.ts";
import { parseLineProtocol } from "../../support/line-protocol-parser.ts";

const AT = Date.UTC(2026, 10, 24, 12);
const row = (values: SeriesRow["values"], more: Partial<SeriesRow> = {}): SeriesRow => ({
  product: "espresso-pro",
  device: "d-1",
  at: AT,
  values,
  ...more,
});
const lineOf = (values: SeriesRow["values"], more: Partial<SeriesRow> = {}): string =>
  encodeRow(row(values, more)).line;

describe("a sample as a line for InfluxDB", () => {
  it("is measurement, device, fields by type and milliseconds", () => {
    const values = { temp: 93.25, shots: 4, state: "idle", door: true, flow: null };
    expect(encodeRow(row(values))).toEqual({
      line: `espresso-pro,device=d-1 temp=93.25,shots=4,state_s="idle",door_b=true ${AT}`,
      values: 4,
      refused: undefined,
    });
  });

  it.each([
    ["quotes and backslashes in texts", 'a"b\\', 'p,device=d t_s="a\\"b\\\\" 5'],
    ["line ends in texts as they are", "a\nb", 'p,device=d t_s="a\nb" 5'],
    ["half a surrogate pair as the replacement character", "a\ud800", 'p,device=d t_s="a\ufffd" 5'],
    ["very large numbers", 1e21, "p,device=d t=1e+21 5"],
    ["very small numbers", -5e-324, "p,device=d t=-5e-324 5"],
  ])("carries %s", (_title, value, line) => {
    expect(lineOf({ t: value }, { product: "p", device: "d", at: 5 })).toBe(line);
  });

  it("escapes what separates in names", () => {
    const names = { product: "a b,c=d", device: "e f,g=h" };
    expect(lineOf({ "i j,k=l": 1 }, names)).toBe(
      `a\\ b\\,c=d,device=e\\ f\\,g\\=h i\\ j\\,k\\=l=1 ${AT}`,
    );
  });

  it("is empty if every value is null", () => {
    expect(encodeRow(row({ temp: null }))).toEqual({ line: "", values: 0, refused: undefined });
    expect(encodeRow(row({}))).toEqual({ line: "", values: 0, refused: undefined });
  });

  it.each<[string, SeriesRow, readonly [string, string][]]>([
    ["not a number", row({ temp: Number.NaN, flow: 1 }), [["temp", "the value NaN"]]],
    ["infinite", row({ temp: Number.NEGATIVE_INFINITY }), [["temp", "the value -Infinity"]]],
    ["named like the time", row({ time: 1, flow: 2 }), [["time", "a signal of the name time"]]],
    ["named like the tag", row({ device: 1 }), [["device", "a signal of the name device"]]],
    ["in the field of another", row({ t: "on", t_s: 1 }), [["t", "both are the field t_s"]]],
    ["without a name", row({ "": 1 }), [["", 'signal ""']]],
    ["with a line end in the name", row({ "a\nb": 1 }), [["a\nb", "signal"]]],
    ["of a device with a line end", row({ t: 1 }, { device: "a\nb" }), [["t", 'device "a\\nb"']]],
    ["of a device that ends in \\", row({ t: 1 }, { device: "a\\" }), [["t", "device"]]],
    ["of a product that would be a comment", row({ t: 1 }, { product: "#p" }), [["t", "product"]]],
    [
      "at a fraction of a millisecond",
      row({ t: 1, n: null }, { at: 1.5 }),
      [["t", "the time 1.5"]],
    ],
    ["at no time", row({ t: 1 }, { at: Number.NaN }), [["t", "the time NaN"]]],
  ])("refuses a value that is %s, and says why", (_title, bad, expected) => {
    const { refused, values } = encodeRow(bad);
    expect(refused?.size).toBe(expected.length);
    for (const [signal, reason] of expected) expect(refused?.get(signal)).toContain(reason);
    const all = Object.values(bad.values).filter((value) => value !== null).length;
    expect(values).toBe(all - expected.length);
  });

  const name = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/);
  const anyName = fc.oneof(name, fc.string({ minLength: 1, unit: "binary" }));
  const value: fc.Arbitrary<SignalValue> = fc.oneof(
    fc.double({ noDefaultInfinity: true, noNaN: true }),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.string({ unit: "binary" }),
    fc.string({ unit: fc.constantFrom('"', "\\", "\n", " ", ",", "=", "a", "\ud800", "\udc00") }),
  );

  it("is read back by a strict parser, whatever names and values are", () => {
    const rows = fc.array(
      fc.record({
        product: anyName,
        device: anyName,
        at: fc.integer({ min: -9_223_372_036_854, max: 9_223_372_036_854 }),
        values: fc.dictionary(
          fc.oneof(fc.stringMatching(/^[a-z][a-z0-9_]{0,8}$/), anyName),
          value,
          { maxKeys: 5 },
        ),
      }),
      { maxLength: 5 },
    );
    fc.assert(
      fc.property(rows, (samples) => {
        // Two signals may want one field; that is the store's to refuse.
        fc.pre(samples.every((one) => !clashes(one.values)));
        const encoded = samples.map(encodeRow);
        const lines = encoded.filter((one) => one.values > 0);
        const points = parseLineProtocol(lines.map((one) => one.line).join("\n"));
        expect(points).toHaveLength(lines.length);
        const kept = samples.filter((_, n) => (encoded[n]?.values ?? 0) > 0);
        points.forEach((point, n) => {
          const sample = kept[n];
          const refused = encoded.filter((one) => one.values > 0)[n]?.refused;
          expect(point.measurement).toBe(sample?.product.toWellFormed());
          expect([...point.tags]).toEqual([["device", sample?.device.toWellFormed()]]);
          expect(point.time).toBe(BigInt(sample?.at ?? 0));
          const expected = Object.entries(sample?.values ?? {})
            .filter(([signal, one]) => one !== null && refused?.has(signal) !== true)
            .map(([signal, one]) => fieldOf(signal, one));
          expect([...point.fields].map(([key, field]) => [key, field.value])).toEqual(expected);
        });
      }),
    );
  });
});

function fieldOf(signal: string, value: SignalValue): readonly [string, SignalValue] {
  const key = signal.toWellFormed();
  if (typeof value === "string") return [`${key}_s`, value.toWellFormed()];
  if (typeof value === "boolean") return [`${key}_b`, value];
  // Line protocol has no negative zero of its own.
  return [key, value === 0 ? 0 : value];
}

function clashes(values: SeriesRow["values"]): boolean {
  const keys = Object.entries(values)
    .filter(([, value]) => value !== null)
    .map(([signal, value]) => fieldOf(signal, value)[0]);
  return new Set(keys).size < keys.length;
}
