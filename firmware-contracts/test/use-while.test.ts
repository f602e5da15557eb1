import { describe, expect, test } from "vitest";
import { parseProduct } from "../src/index.ts";

const parsed = (use: string) =>
  parseProduct(
    "kettle.yaml",
    `id: kettle
title: Kettle
version: 1
expectedPeriod: 1m
signals:
  boils_total: { kind: counter, title: Times boiled, unit: "1" }
  state: { kind: state, title: State, values: ["off", "on"] }
use: ${use}
`,
  );

describe("a product that is measured by a counter", () => {
  test("may say when it is in use", () => {
    const result = parsed(`{ title: B, unit: "1", counter: boils_total, while: state == 'on' }`);
    expect(result.ok && result.model.use).toEqual({
      title: "B",
      unit: "1",
      counter: "boils_total",
      while: "state == 'on'",
    });
  });

  test.each([
    [
      `{ title: B, unit: "1", counter: boils_total, while: stat == 'on' }`,
      '"stat" is no signal of this product; did you mean "state"?',
    ],
    [
      "{ title: B, unit: h, when: state == 'on', while: state == 'on' }",
      "expected while only with counter or event: when says already when it is in use",
    ],
  ])("and is refused with %s", (use, message) => {
    const result = parsed(use);
    expect(result.ok ? "" : result.problems.map((p) => p.message).join()).toContain(message);
  });
});
