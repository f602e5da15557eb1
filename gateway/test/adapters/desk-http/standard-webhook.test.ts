import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import { StandardWebhook } from "../../../src/adapters/desk-http/standard-webhook.ts";

const NOW = Date.parse("2026-03-02T08:00:00Z");
const secretOf = (sign: string) => `whsec_${Buffer.from(sign.repeat(32)).toString("base64")}`;
const OLD = secretOf("a");
const NEW = secretOf("b");
const BODY = '{"type":"ticket.comment"}';

const verifies = (secrets: string, headers: Record<string, string>, body = BODY, now = NOW) =>
  new StandardWebhook("desk", secrets).verify(headers, Buffer.from(body), now);

describe("A signed call", () => {
  it("is signed as the common library signs, and taken when that library signed it", () => {
    const ours = new StandardWebhook("desk", NEW).headers("msg_1", BODY, NOW);
    expect(ours["webhook-signature"]).toBe(new Webhook(NEW).sign("msg_1", new Date(NOW), BODY));
    expect(verifies(NEW, ours)).toBe(true);
  });

  it("is taken with the old and the new secret while the secret changes", () => {
    const both = `${OLD}\n${NEW}\n`;
    const signed = new StandardWebhook("desk", both).headers("msg_1", BODY, NOW);
    for (const receiver of [OLD, NEW, both]) expect(verifies(receiver, signed)).toBe(true);
    for (const sender of [OLD, NEW]) {
      expect(verifies(both, new StandardWebhook("desk", sender).headers("m", BODY, NOW))).toBe(
        true,
      );
    }
  });

  const signed = new StandardWebhook("desk", NEW).headers("msg_1", BODY, NOW);
  it.each([
    ["another body", signed, `${BODY} `, NOW],
    ["another id", { ...signed, "webhook-id": "msg_2" }, BODY, NOW],
    ["another time", { ...signed, "webhook-timestamp": String(NOW / 1_000 + 1) }, BODY, NOW],
    ["a time that is no number", { ...signed, "webhook-timestamp": "now" }, BODY, NOW],
    ["no signature", { ...signed, "webhook-signature": "" }, BODY, NOW],
    ["a signature of another kind", { ...signed, "webhook-signature": "v1a,AAAA" }, BODY, NOW],
    ["another secret", new StandardWebhook("desk", OLD).headers("msg_1", BODY, NOW), BODY, NOW],
    ["yesterday", signed, BODY, NOW + 86_400_000],
    ["tomorrow", signed, BODY, NOW - 86_400_000],
    ["no headers", {}, BODY, NOW],
  ] as const)("is refused with %s", (_what, headers, body, now) => {
    expect(verifies(NEW, headers, body, now)).toBe(false);
  });

  it.each(["", "whsec_short", "whsec_!!!!", `whsec_${Buffer.alloc(80).toString("base64")}`])(
    "needs a secret that is one, and does not show the one that is none (%j)",
    (secret) => {
      const make = () => new StandardWebhook("crm", secret);
      expect(make).toThrow(/desk crm/);
      if (secret.length > 10) expect(make).not.toThrow(new RegExp(secret.slice(6)));
    },
  );
});
