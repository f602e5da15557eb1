import { describe, expect, test } from "vitest";
import type { CommandModel } from "../src/index.ts";
import { findCommand, validateCommandArgs } from "../src/index.ts";
import { shippedProduct } from "./support/shipped-product.ts";

const model: CommandModel = {
  number: 1,
  title: "Brew",
  needsConsent: false,
  args: {
    temp: { kind: "number", unit: "Cel", range: [80, 98], required: true },
    cup: { kind: "string", values: ["small", "large"], required: false },
    text: { kind: "string", maxLength: 5, required: false },
    rinse: { kind: "boolean", required: true, default: true },
  },
};

describe("arguments of a command", () => {
  test.each([
    { args: { temp: 93 }, sent: { temp: 93, rinse: true } },
    { args: { temp: 80, rinse: false }, sent: { temp: 80, rinse: false } },
    { args: { temp: 98, cup: "large" }, sent: { temp: 98, cup: "large", rinse: true } },
    { args: { temp: 93, text: "12345" }, sent: { temp: 93, text: "12345", rinse: true } },
  ])("accepted with defaults filled in: $args", ({ args, sent }) => {
    expect(validateCommandArgs(model, args)).toEqual({ ok: true, value: sent });
  });

  test.each<{ args: Record<string, unknown>; code: string; says: string }>([
    {
      args: {},
      code: "missing_argument",
      says: '"temp" is absent; expected a number from 80 to 98 Cel',
    },
    {
      args: { temp: 99 },
      code: "bad_argument",
      says: '"temp" is 99; expected a number from 80 to 98',
    },
    { args: { temp: "93" }, code: "bad_argument", says: 'is "93"; expected a number' },
    { args: { temp: Number.NaN }, code: "bad_argument", says: "NaN" },
    { args: { temp: 93, cup: "huge" }, code: "bad_argument", says: "one of small, large" },
    { args: { temp: 93, text: "123456" }, code: "bad_argument", says: "at most 5 characters" },
    { args: { temp: 93, rinse: 1 }, code: "bad_argument", says: "true or false" },
    { args: { tmp: 93 }, code: "unknown_argument", says: 'did you mean "temp"?' },
    { args: { temp: 93, toString: 1 }, code: "unknown_argument", says: "toString" },
  ])("refused with $code: $args", ({ args, code, says }) => {
    const checked = validateCommandArgs(model, args);
    expect(checked).toMatchObject({ ok: false, refusal: { code } });
    expect(checked.ok ? "" : checked.refusal.reason).toContain(says);
  });

  test("a command is found by its name only", () => {
    const product = shippedProduct("espresso-pro");
    expect(findCommand(product, "set_heater")).toMatchObject({ ok: true });
    for (const name of ["set_heatr", "toString", ""]) {
      expect(findCommand(product, name)).toMatchObject({
        ok: false,
        refusal: { code: "unknown_command" },
      });
    }
  });
});
