import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { UpClass } from "../src/index.ts";
import { decodeCommand, decodeUp, REFUSAL_CODES } from "../src/index.ts";
import { shippedProduct, utf8 } from "./support/shipped-product.ts";

interface Vector {
  readonly name: string;
  readonly product: string;
  readonly class: UpClass;
  readonly text?: string;
  readonly hex?: string;
  readonly expect?: unknown;
  readonly refusal?: string;
  readonly mentions?: string;
}

const vectorsOf = (name: string): readonly Vector[] => {
  const path = join(import.meta.dirname, "../vectors", name);
  return (JSON.parse(readFileSync(path, "utf8")) as { vectors: Vector[] }).vectors;
};

const bytesOf = ({ text, hex }: Vector): Uint8Array =>
  hex === undefined ? utf8(text ?? "") : Uint8Array.from(Buffer.from(hex, "hex"));

const product = shippedProduct("espresso-pro");

describe("golden vectors that firmware can be tested with", () => {
  test.each([...vectorsOf("up-valid.json"), ...vectorsOf("senml-valid.json")])(
    "accepted: $name",
    (vector) => {
      expect(vector.product).toBe(product.id);
      expect(decodeUp(vector.class, bytesOf(vector), product)).toEqual({
        ok: true,
        value: vector.expect,
      });
    },
  );

  test.each(vectorsOf("up-invalid.json"))("refused: $name", (vector) => {
    const decoded = decodeUp(vector.class, bytesOf(vector), product);
    expect(decoded).toMatchObject({ ok: false, refusal: { code: vector.refusal } });
    if (!decoded.ok) expect(decoded.refusal.reason).toContain(vector.mentions ?? "");
  });

  test.each(vectorsOf("commands.json"))("command: $name", (vector) => {
    const decoded = decodeCommand(bytesOf(vector));
    if (vector.refusal === undefined) expect(decoded).toEqual({ ok: true, value: vector.expect });
    else expect(decoded).toMatchObject({ ok: false, refusal: { code: vector.refusal } });
  });

  test("every reason to refuse a message has at least one vector", () => {
    const covered = new Set(vectorsOf("up-invalid.json").map((vector) => vector.refusal));
    const outside = [
      // Too big for a vector file; see decode.test.ts.
      "too_large",
      "too_many_points",
      // Commands to devices; see command-args.test.ts.
      "unknown_command",
      "unknown_argument",
      "missing_argument",
      "bad_argument",
    ];
    expect([...covered, ...outside].toSorted()).toEqual(Object.keys(REFUSAL_CODES).toSorted());
  });
});
