import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  above,
  Column,
  equals,
  fieldKeys,
  identifier,
  is,
  isNot,
  Select,
  tagValues,
  text,
  within,
} from "../src/influxql.ts";

describe("a query", () => {
  it("looks at the range of the dashboard, also when it groups nothing", () => {
    expect(new Select([Column.of("last", "worst_code")], { from: "vz.device" }).sql).toBe(
      'SELECT last("worst_code") FROM "vz.device" WHERE $timeFilter',
    );
  });

  it("groups by time and tags and says what an empty stretch is", () => {
    const select = new Select([Column.of("percentile", "boiler_temp", 95).as("p95")], {
      from: "espresso-pro",
      where: [within("device", "device")],
      every: "$__interval",
      by: ["device"],
      fill: "null",
    });
    expect(select.sql).toBe(
      'SELECT percentile("boiler_temp", 95) AS "p95" FROM "espresso-pro" WHERE "device" =~ /^$device$/ AND $timeFilter GROUP BY time($__interval), "device" fill(null)',
    );
  });

  it("leaves empty stretches out unless told otherwise", () => {
    const select = new Select([Column.of("sum", "n")], { from: "vz.case", every: "1d" });
    expect(select.sql).toMatch(/GROUP BY time\(1d\) fill\(none\)$/);
  });

  it("asks another query, each with the range", () => {
    const inner = new Select([Column.of("last", "open").as("open")], { from: "vz.case_open" });
    const outer = new Select([Column.of("sum", "open")], { from: inner });
    expect(outer.sql).toBe(
      'SELECT sum("open") FROM (SELECT last("open") AS "open" FROM "vz.case_open" WHERE $timeFilter) WHERE $timeFilter',
    );
  });

  it("takes the newest rows", () => {
    const select = new Select([Column.field("text_s")], { from: "vz.case", newest: 200 });
    expect(select.sql).toMatch(/ORDER BY time DESC LIMIT 200$/);
  });
});

describe("a column", () => {
  it.each([
    [
      Column.over(Column.of("sum", "verified"), Column.of("sum", "n")),
      'sum("verified") / sum("n")',
    ],
    [Column.rest(Column.of("mean", "true_alarm")), '1 - mean("true_alarm")'],
    [Column.rise("cups_total", "1d"), 'non_negative_derivative(last("cups_total"), 1d)'],
    [Column.field("device").as("who"), '"device" AS "who"'],
  ])("%#", (column, sql) => {
    expect(column.sql).toBe(sql);
  });
});

describe("a condition", () => {
  it.each([
    [is("device", "o'neill"), `"device" = 'o\\'neill'`],
    [isNot("status", "resolved"), `"status" != 'resolved'`],
    [above("worst_code", 0), '"worst_code" > 0'],
    [equals("fired", 1), '"fired" = 1'],
    [within("product", "product"), '"product" =~ /^$product$/'],
  ])("%#", (condition, sql) => {
    expect(condition).toBe(sql);
  });
});

describe("a question for the values of a variable", () => {
  it("is narrowed by the variables before it", () => {
    const query = tagValues("device", { from: "vz.device", where: [within("product", "product")] });
    expect(query).toBe(
      'SHOW TAG VALUES FROM "vz.device" WITH KEY = "device" WHERE "product" =~ /^$product$/',
    );
    expect(tagValues("rule", { from: "vz.rule" })).toBe(
      'SHOW TAG VALUES FROM "vz.rule" WITH KEY = "rule"',
    );
    expect(fieldKeys("$measured")).toBe('SHOW FIELD KEYS FROM "$measured"');
  });
});

/** The one text that a quoted piece holds; undefined if it ends early or goes on. */
function unquoted(piece: string, quote: string): string | undefined {
  let inside = "";
  for (let at = 1; at < piece.length; at += 1) {
    const char = piece[at] ?? "";
    if (char === quote) return at === piece.length - 1 ? inside : undefined;
    if (char === "\\") at += 1;
    inside += char === "\\" ? (piece[at] ?? "") : char;
  }
  return undefined;
}

describe("whatever a name or a text holds", () => {
  it("stays one name", () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        expect(unquoted(identifier(name), '"')).toBe(name);
      }),
    );
  });
  it("stays one text", () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        expect(unquoted(text(value), "'")).toBe(value);
      }),
    );
  });
});
