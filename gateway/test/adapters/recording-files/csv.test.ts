import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseCell, parseTime } from "../../../src/adapters/recording-files/cells.ts";
import { readCsv } from "../../../src/adapters/recording-files/csv.ts";
import { tempFolder } from "../../support/temp-folder.ts";

async function read(text: string, { zip = false } = {}) {
  using folder = tempFolder();
  const path = join(folder.path, zip ? "file.csv.gz" : "file.csv");
  writeFileSync(path, zip ? gzipSync(text) : text);
  const rows: (readonly string[])[] = [];
  let header: readonly string[] = [];
  let bytes = 0;
  const onBytes = (n: number): void => {
    bytes += n;
  };
  for await (const batch of readCsv(path, { onBytes })) {
    header = batch.header;
    rows.push(...batch.rows);
  }
  return { header, rows, bytes };
}

describe("a CSV file", () => {
  test("has named columns, quotes, empty cells, and lines that end in either way", async () => {
    const text = '\uFEFFdevice,attrs,x\r\nm1,"{""a"":1,""b"":""x, y""}",\r\n\r\nm2,"two\nlines",3';
    const { header, rows } = await read(text);
    expect(header).toEqual(["device", "attrs", "x"]);
    expect(rows).toEqual([
      ["m1", '{"a":1,"b":"x, y"}', ""],
      ["m2", "two\nlines", "3"],
    ]);
  });

  test("may be compressed and larger than what is read at once", async () => {
    const lines = Array.from({ length: 40_000 }, (_, n) => `${n},"v ${n}"`);
    const { rows, bytes } = await read(`ts,v\n${lines.join("\n")}\n`, { zip: true });
    expect(rows).toHaveLength(40_000);
    expect(rows.every(([ts, v]) => v === `v ${ts}`)).toBe(true);
    expect(bytes).toBeGreaterThan(0);
  });

  test("whose row has another number of cells is refused with file and line", async () => {
    await expect(read("a,b\n1,2\n1,2,3\n")).rejects.toThrow(/file\.csv, line 3: 3 cells; .* 2$/);
  });

  test("whose last quote is open is refused", async () => {
    await expect(read('a,b\n1,"2\n')).rejects.toThrow(/never closed/);
  });

  test("that is no gzip file or does not exist is refused with its name", async () => {
    using folder = tempFolder();
    const path = join(folder.path, "broken.csv.gz");
    writeFileSync(path, "not compressed");
    const take = async (file: string) => {
      for await (const _batch of readCsv(file));
    };
    await expect(take(path)).rejects.toThrow(/broken\.csv\.gz cannot be read/);
    await expect(take(join(folder.path, "none.csv"))).rejects.toThrow(/none\.csv cannot be read/);
  });

  test("gives back whatever cells were written", async () => {
    const cell = fc.string({ maxLength: 8 }).filter((text) => !text.includes("\r"));
    const table = fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(table, async (rows) => {
        const text = rows.map((row) => row.map((c) => `"${c.replaceAll('"', '""')}"`).join(","));
        const read_ = await read(`a,b,c\n${text.join("\n")}\n`);
        expect(read_.rows).toEqual(rows);
      }),
      { numRuns: 40 },
    );
  });
});

test.each([
  ["", null],
  ["1", 1],
  ["-2.5e3", -2500],
  [".5", 0.5],
  ["true", true],
  ["false", false],
  ["NaN", "NaN"],
  ["Infinity", "Infinity"],
  ["0x10", "0x10"],
  ["1e999", "1e999"],
  ["idle", "idle"],
  [" 1", " 1"],
])("the cell %j is the value %j, as the simulator's replay sends it", (cell, value) => {
  expect(parseCell(cell)).toBe(value);
});

test.each([
  ["2020-01-01T00:00:00.000Z", 1_577_836_800_000],
  ["1577836800000", 1_577_836_800_000],
  ["yesterday", undefined],
  ["", undefined],
])("the time %j is %j", (cell, at) => {
  expect(parseTime(cell)).toBe(at);
});
