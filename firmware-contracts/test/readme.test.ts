import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { UpClass } from "../src/index.ts";
import {
  decodeCommand,
  decodeDesired,
  decodeUp,
  parseProduct,
  REFUSAL_CODES,
} from "../src/index.ts";
import { shippedProduct, utf8 } from "./support/shipped-product.ts";

const readme = readFileSync(join(import.meta.dirname, "../README.md"), "utf8");
const blocksOf = (language: string): readonly string[] =>
  [...readme.matchAll(new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``, "g"))].map(
    ([, text]) => text ?? "",
  );
const espresso = shippedProduct("espresso-pro");

/** What a message looks like tells its class. */
function classOf(body: object): UpClass | "cmd" {
  if ("name" in body) return "cmd";
  if ("s" in body) return "status";
  if ("code" in body || "e" in body) return "event";
  return "m" in body || "p" in body ? "tele" : "birth";
}

describe("the README for firmware engineers", () => {
  test("lists every refusal with its meaning, and no other", () => {
    const rows = [...readme.matchAll(/^\| `(\w+)` \| (.*) \|$/gm)]
      .map(([, code, meaning]) => [code, meaning])
      .filter(([code]) => code?.includes("_"));
    expect(rows).toEqual(Object.entries(REFUSAL_CODES));
  });

  test("every message in it is accepted", () => {
    const messages = blocksOf("json").flatMap((block) => block.trim().split(/\n(?=\{)/));
    expect(messages.length).toBeGreaterThan(7);
    for (const message of messages) {
      const cls = classOf(JSON.parse(message) as object);
      const bytes = utf8(message);
      const decoded = cls === "cmd" ? decodeCommand(bytes) : decodeUp(cls, bytes, espresso);
      expect([message, decoded]).toMatchObject([message, { ok: true }]);
    }
  });

  test("every message within its sentences is accepted", () => {
    const inline = (start: string): Uint8Array => {
      const found = [...readme.matchAll(/`([{[][^`]*[}\]])`/g)]
        .map(([, text]) => text ?? "")
        .find((text) => text.startsWith(start));
      return utf8(found ?? "");
    };
    expect(decodeUp("status", inline('{"s":"lost"'), espresso)).toMatchObject({ ok: true });
    expect(decodeUp("tele", inline('[{"bn"'), espresso)).toMatchObject({ ok: true });
    expect(decodeDesired(inline('{"v":12'))).toMatchObject({ ok: true });
    expect(decodeUp("rep", inline('{"boot":417,"seq":90215'), espresso)).toMatchObject({
      ok: true,
    });
    expect(decodeUp("res", inline('{"id"'), espresso)).toMatchObject({ ok: true });
  });

  test("its product file is right, and its wrong line is refused as shown", () => {
    const [good = ""] = blocksOf("yaml");
    expect(parseProduct("products/kettle.yaml", good)).toMatchObject({ ok: true });
    const wrong = parseProduct("products/kettle.yaml", good.replace("kind: gauge", "kind: gage"));
    const messages = wrong.ok ? [] : wrong.problems.map((problem) => problem.message);
    expect(readme).toContain(`products/kettle.yaml:6:17: ${messages[0]}`);
  });
});
