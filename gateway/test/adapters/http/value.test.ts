import { describe, expect, it } from "vitest";
import { DAY_MS, HOUR_MS, iso } from "#domain/units.ts";
import { NO_CASES } from "#pipeline/value/figures.ts";
import type { ValueTally } from "#ports/value-store.ts";
import { bearer, browser, fakes, testApp } from "../../support/http-harness.ts";
import { NOW } from "../../support/http-samples.ts";

const tally = (over: Partial<ValueTally> = {}): ValueTally => ({
  ...NO_CASES,
  product: "espresso-pro",
  rule: "boiler-overheats",
  kind: "fault",
  cases: 4,
  real: 3,
  foundBefore: 2,
  called: 2,
  calledLater: 1,
  leadMs: [2 * HOUR_MS],
  detectionMs: [1_000, 2_000, 3_000, 4_000],
  confirmed: 1,
  falseAlarm: 1,
  tried: 2,
  verified: 1,
  failed: 1,
  proofMs: [60_000],
  ...over,
});

async function asked(url: string, headers: Readonly<Record<string, string>> = {}) {
  const parts = fakes();
  parts.value.found = [tally(), tally({ rule: "never,used", kind: "underuse", cases: 1 })];
  const { app, value } = await testApp(parts);
  const answer = await app.inject({ url, headers: { ...bearer("viewer"), ...headers } });
  return { answer, query: value.asked[0] };
}

describe("GET /api/value", () => {
  it("answers each group and all together, with intervals, for the last thirty days", async () => {
    const { answer, query } = await asked("/api/value");
    expect(query).toEqual({ from: NOW - 30 * DAY_MS, to: NOW, by: "rule" });
    expect(answer.statusCode).toBe(200);
    const { total, groups, from, to, by } = answer.json();
    expect({ from, to, by }).toEqual({ from: iso(NOW - 30 * DAY_MS), to: iso(NOW), by: "rule" });
    expect(total).toMatchObject({ cases: 5, foundBefore: { count: 4, of: 6 } });
    expect(groups[0]).toMatchObject({
      product: "espresso-pro",
      rule: "boiler-overheats",
      kind: "fault",
      week: null,
      figures: {
        falseCases: { count: 1, of: 2, share: 0.5, low: expect.closeTo(0.0945, 3) },
        lead: { count: 1, medianMs: 2 * HOUR_MS },
      },
    });
  });

  it("asks for a product, a rule and a period as given", async () => {
    const from = "2026-11-01T00:00:00Z";
    const to = "2026-11-08T00:00:00Z";
    const { query } = await asked(`/api/value?product=oven&rule=hot&from=${from}&to=${to}&by=week`);
    expect(query).toEqual({
      from: Date.parse(from),
      to: Date.parse(to),
      by: "week",
      products: ["oven"],
      rule: "hot",
    });
  });

  it.each([
    ["/api/value?format=csv", {}],
    ["/api/value", { accept: "text/csv" }],
  ] as const)("is a table for a spreadsheet at %s", async (url, headers) => {
    const { answer } = await asked(url, headers);
    expect(answer.headers["content-type"]).toMatch(/^text\/csv/);
    const lines = answer.body.trimEnd().split("\r\n");
    expect(lines).toHaveLength(4);
    const columns = lines[0]?.split(",") ?? [];
    const first = lines[1]?.split(",") ?? [];
    const value = (name: string) => first[columns.indexOf(name)];
    expect(first).toHaveLength(columns.length);
    expect(value("lead_median_s")).toBe("7200");
    expect(value("found_before_share")).toBe("0.666667");
    expect(value("responses_missed_share")).toBe("");
    expect(lines[2]).toContain('"never,used"');
    expect(lines[3]).toMatch(/^,,,,5,/);
  });

  it("refuses a period that ends before it begins, and what it does not know", async () => {
    const ends = await asked("/api/value?from=2026-11-08T00:00:00Z&to=2026-11-01T00:00:00Z");
    expect(ends.answer.statusCode).toBe(400);
    expect(ends.answer.json().errors[0]).toMatchObject({ field: "query.from" });
    expect((await asked("/api/value?by=device")).answer.statusCode).toBe(400);
    expect((await asked("/api/value?group=rule")).answer.statusCode).toBe(400);
  });
});

describe("the page of values", () => {
  async function page(query: string, found: readonly ValueTally[]) {
    const parts = fakes();
    parts.value.found = found;
    const { app, value } = await testApp(parts);
    const answer = await app.inject({ url: `/value${query}`, headers: browser("viewer") });
    return { body: answer.body.replace(/\s+/g, " "), asked: value.asked };
  }

  it("shows each share with its interval and what it is counted of", async () => {
    const { body, asked: queries } = await page("?days=7&by=product&product=espresso-pro", [
      tally(),
    ]);
    expect(queries.map(({ by, products }) => [by, products])).toEqual([
      ["product", ["espresso-pro"]],
      ["week", ["espresso-pro"]],
    ]);
    expect(queries[0]?.from).toBe(NOW - 7 * DAY_MS);
    expect(body).toContain("1 of 2 · between 9.5 and 91 %");
    expect(body).toContain("In 1 of 3 cases the owner called after it had opened");
    expect(body).not.toContain("No call of an owner is known");
    expect(body).toContain("by=product&amp;format=csv&amp;product=espresso-pro");
  });

  it("says what is missing instead of showing a figure that nobody can know", async () => {
    const bare = { called: 0, calledLater: 0, leadMs: [], confirmed: 0, falseAlarm: 0, tried: 0 };
    const { body } = await page("", [tally(bare)]);
    expect(body).toContain("No call of an owner is known");
    expect(body).toContain("No case was judged right or wrong yet");
    expect(body).not.toMatch(/<b>100/);
    expect((await page("?days=7", [])).body).toContain("No case opened in this time");
  });

  it("ignores what an old bookmark asks for and escapes what a rule is called", async () => {
    const { body, asked: queries } = await page("?by=nothing&days=3&product=<x>", [
      tally({ rule: '<b onclick="x">' }),
    ]);
    expect(queries[0]).toMatchObject({ by: "rule", from: NOW - 90 * DAY_MS });
    expect(body).not.toContain("<b onclick");
  });
});
