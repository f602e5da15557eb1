import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Block, encodeBlock } from "../../../src/adapters/series-sqlite/codec/block.ts";
import { ByteReader, ByteWriter } from "../../../src/adapters/series-sqlite/codec/bytes.ts";
import { decodeColumn, encodeColumn } from "../../../src/adapters/series-sqlite/codec/column.ts";
import { compress, decompress } from "../../../src/adapters/series-sqlite/codec/compress.ts";
import { PageWriter, UnstorableError } from "../../../src/adapters/series-sqlite/codec/page.ts";
import { Page } from "../../../src/adapters/series-sqlite/codec/page-reader.ts";
import {
  decodeRollup,
  encodeRollup,
  rollUp,
} from "../../../src/adapters/series-sqlite/codec/rollup.ts";
import type { Cell } from "../../../src/adapters/series-sqlite/codec/sample-table.ts";
import { SampleTable } from "../../../src/adapters/series-sqlite/codec/sample-table.ts";

const T0 = Date.UTC(2026, 10, 24);

const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer({ min: -100_000, max: 100_000 }).map((n) => n / 100),
  fc.integer(),
  fc.float({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(
    0,
    -0,
    5e-324,
    Number.MAX_VALUE,
    -Number.MAX_VALUE,
    Number.MAX_SAFE_INTEGER,
    Number.MIN_SAFE_INTEGER,
    2 ** 51,
    2 ** 53 + 2,
    0.1 + 0.2,
    1e21,
    1e-9,
    123_456_789.123_456,
  ),
);
const text = fc.oneof(
  fc.constantFrom("", "idle", "heizen 🔥", "\ud800", "-0", "null", '"'),
  fc.string({ unit: "binary" }),
);
const value = fc.oneof(
  { weight: 3, arbitrary: number },
  { weight: 1, arbitrary: text },
  { weight: 1, arbitrary: fc.constantFrom(null, true, false) },
);
const cell: fc.Arbitrary<Cell> = fc.oneof(
  { weight: 5, arbitrary: value },
  { weight: 1, arbitrary: fc.constant(undefined) },
);
/** What a signal usually is, and everything mixed. */
const cells = fc.oneof(
  fc.array(number, { maxLength: 200 }),
  fc.array(
    fc.integer({ min: -9_999, max: 9_999 }).map((n) => n / 10),
    { maxLength: 200 },
  ),
  fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { maxLength: 100 }),
  fc.array(fc.constantFrom("idle", "brewing", null), { maxLength: 200 }),
  fc.array(cell, { maxLength: 100 }),
);
const name = fc.oneof(
  fc.constantFrom("temp", "state", "__proto__", "constructor", "0", "größe", ""),
  fc.string(),
);
const scattered = fc
  .uniqueArray(fc.nat({ max: 86_399_999 }), { minLength: 1, maxLength: 120 })
  .map((offsets) => offsets.map((offset) => T0 + offset).sort((a, b) => a - b));
const regular = fc
  .record({ every: fc.integer({ min: 1, max: 60_000 }), count: fc.integer({ min: 1, max: 300 }) })
  .map(({ every, count }) => Array.from({ length: count }, (_, n) => T0 + n * every));
const times = fc.oneof(scattered, regular);

const table = fc
  .tuple(times, fc.uniqueArray(fc.tuple(name, cells), { selector: ([n]) => n, maxLength: 6 }))
  .map(([at, columns]) => {
    const made = new SampleTable();
    made.times = at;
    for (const [signal, list] of columns) {
      const own = list.slice(0, at.length);
      if (own.some((one) => one !== undefined)) made.columns.set(signal, own);
    }
    return made;
  });

const padded = (list: readonly Cell[], length: number): readonly Cell[] =>
  Array.from({ length }, (_, n) => list[n]);

describe("numbers in bytes", () => {
  it("come back whatever their size", () => {
    const whole = fc.oneof(fc.nat(), fc.maxSafeInteger().map(Math.abs), fc.nat({ max: 300 }));
    const signed = fc.integer({ min: -(2 ** 52), max: 2 ** 52 });
    fc.assert(
      fc.property(fc.array(whole), fc.array(signed), (unsigned, ints) => {
        const out = new ByteWriter(1);
        for (const one of unsigned) out.uint(one);
        for (const one of ints) out.int(one);
        const input = new ByteReader(out.copy());
        expect(unsigned.map(() => input.uint())).toEqual(unsigned);
        // +0 as an integer arbitrary may give -0, which no whole number keeps.
        expect(ints.map(() => input.int() + 0)).toEqual(ints.map((one) => one + 0));
        expect(input.atEnd).toBe(true);
      }),
    );
  });

  it("are refused when they end too early", () => {
    expect(() => new ByteReader(Uint8Array.of(0x80)).uint()).toThrow(RangeError);
    expect(() => new ByteReader(Uint8Array.of(9, 1)).blob()).toThrow(RangeError);
  });
});

describe("a column of a block", () => {
  it("gives every cell back exactly, -0 and half characters too", () => {
    fc.assert(
      fc.property(cells, fc.nat({ max: 20 }), (list, missing) => {
        const length = list.length + missing;
        const back = decodeColumn(encodeColumn(list, length), length);
        expect(padded(back, length)).toStrictEqual(padded(list, length));
        for (const [row, one] of list.entries()) expect(Object.is(back[row], one)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it("takes about a byte per number of a quiet gauge", () => {
    const list = Array.from({ length: 1_000 }, (_, n) => Math.round(930 + 20 * Math.sin(n)) / 10);
    expect(encodeColumn(list, 1_000).length).toBeLessThan(1_100);
  });
});

describe("compression", () => {
  it("gives the bytes back with zstd, with deflate and without either", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(40), fc.boolean(), (part, n, zstd) => {
        const bytes = new Uint8Array(part.length * n);
        for (let k = 0; k < n; k += 1) bytes.set(part, k * part.length);
        const packed = compress(bytes, { zstd });
        expect(new Uint8Array(decompress(packed))).toEqual(bytes);
        expect(packed.length).toBeLessThanOrEqual(bytes.length + 1);
      }),
    );
    const zeros = new Uint8Array(1_000);
    expect(compress(zeros, { zstd: true })[0]).toBe(2);
    expect(compress(zeros, { zstd: false })[0]).toBe(1);
  });

  it("says which codec it does not know", () => {
    expect(() => decompress(Uint8Array.of(9, 1))).toThrow("codec 9");
  });
});

describe("a block of samples", () => {
  it("gives times and every signal back, compressed or not", () => {
    fc.assert(
      fc.property(table, fc.boolean(), fc.boolean(), (made, compressed, zstd) => {
        const block = new Block(encodeBlock(made, { compressed, zstd }));
        expect(block.times()).toEqual(made.times);
        expect(block.signals).toEqual([...made.columns.keys()]);
        for (const [signal, list] of made.columns) {
          const back = padded(block.column(signal) ?? [], made.length);
          expect(back).toStrictEqual(padded(list, made.length));
        }
        const row = made.length - 1;
        const there = [...made.columns].filter(([, list]) => list[row] !== undefined);
        expect(block.signalsAt(row)).toEqual(there.map(([signal]) => signal));
        expect(block.column("no such signal")).toBeUndefined();
      }),
      { numRuns: 200 },
    );
  });
});

describe("a page of rows as they came in", () => {
  const row = fc.record({
    at: fc.oneof(
      fc.nat({ max: 100_000 }).map((n) => T0 + n),
      fc.constantFrom(-1e14, 0, 8.64e15 + 1e6),
    ),
    values: fc.dictionary(name, value, { noNullPrototype: true, maxKeys: 8 }),
  });
  const groups = fc.array(fc.array(row, { minLength: 1, maxLength: 8 }), { maxLength: 6 });

  it("gives each device's rows back, page after page", () => {
    const writer = new PageWriter();
    fc.assert(
      fc.property(groups, (devices) => {
        writer.begin();
        let counted = 0;
        for (const [n, rows] of devices.entries()) {
          counted += writer.add(
            n + 1,
            rows.map((one) => ({ product: "p", device: `d-${n}`, ...one })),
          );
        }
        const { bytes, chunks } = writer.end();
        const page = new Page(bytes);
        expect(page.chunks()).toEqual(chunks);
        expect(chunks.map(({ device }) => device)).toEqual(devices.map((_, n) => n + 1));
        let values = 0;
        for (const [n, rows] of devices.entries()) {
          const expected = new SampleTable();
          for (const { at, values: own } of rows) expected.addRow(at, own);
          const back = new SampleTable();
          page.read(chunks[n]?.offset ?? 0, back);
          expect(back.times).toEqual(expected.times);
          for (const [signal, list] of expected.columns) {
            const found = padded(back.columns.get(signal) ?? [], expected.length);
            expect(found).toStrictEqual(padded(list, expected.length));
          }
          values += expected.points();
          const at = rows.map((one) => one.at);
          const extent = { first: Math.min(...at), last: Math.max(...at) };
          expect(page.extent(chunks[n]?.offset ?? 0)).toEqual(extent);
        }
        expect(counted).toBe(values);
      }),
      { numRuns: 200 },
    );
  });

  it("refuses a number that is none", () => {
    const writer = new PageWriter();
    writer.begin();
    const rows = [{ product: "p", device: "d", at: T0, values: { temp: Number.NaN } }];
    expect(() => writer.add(1, rows)).toThrow(UnstorableError);
  });
});

describe("a roll-up", () => {
  const steps = fc.constantFrom(1_000, 60_000, 3_600_000);
  const numbers = fc.array(
    fc.oneof(
      fc.integer({ min: -500, max: 500 }).map((n) => n / 10 + 0),
      fc.double({ noNaN: true, min: -1e6, max: 1e6 }).map((n) => n + 0),
      fc.constantFrom(1, 2, undefined),
    ),
    { maxLength: 120 },
  );

  it("is what the samples of each step say, and survives its encoding", () => {
    fc.assert(
      fc.property(times, numbers, steps, (at, list, step) => {
        const made = new SampleTable();
        made.times = at;
        made.columns.set("temp", list.slice(0, at.length));
        made.columns.set("state", ["idle"]);
        const points = at.flatMap((time, n) => {
          const one = list[n];
          return one === undefined ? [] : [{ at: time, value: one }];
        });
        const encoded = encodeRollup(made, step);
        const back = encoded === undefined ? [] : (decodeRollup(encoded, "temp", step) ?? []);
        expect(back).toEqual(rollUp(at, list.slice(0, at.length), step));
        const grouped = Map.groupBy(points, (point) => Math.floor(point.at / step) * step);
        expect(back.map((bucket) => bucket.start)).toEqual([...grouped.keys()]);
        for (const bucket of back) {
          const own = grouped.get(bucket.start) ?? [];
          const numbersOf = own.map((point) => point.value);
          const min = Math.min(...numbersOf);
          const max = Math.max(...numbersOf);
          expect(bucket.count).toBe(own.length);
          expect(bucket.first).toEqual(own[0]);
          expect(bucket.last).toEqual(own.at(-1));
          expect(bucket.min).toEqual(own.find((point) => point.value === min));
          expect(bucket.max).toEqual(own.find((point) => point.value === max));
          const sum = numbersOf.reduce((a, b) => a + b, 0);
          const size = numbersOf.reduce((a, b) => a + Math.abs(b), 1);
          expect(Math.abs(bucket.sum - sum)).toBeLessThanOrEqual(size * 1e-9);
        }
        if (encoded !== undefined) expect(decodeRollup(encoded, "state", step)).toBeUndefined();
      }),
      { numRuns: 200 },
    );
  });
});
