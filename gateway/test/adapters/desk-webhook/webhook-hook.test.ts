import fc from "fast-check";
import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import { createWebhookDesk } from "../../../src/adapters/desk-webhook/webhook-desk.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { redmineSettings } from "../../support/redmine/redmine-settings.ts";

const NOW = Date.parse("2026-03-02T08:00:00Z");
const SECRET = `whsec_${Buffer.from("h".repeat(32)).toString("base64")}`;
const desk = createWebhookDesk({
  settings: { ...redmineSettings("https://crm.example"), name: "crm", kind: "webhook" },
  secrets: { token: SECRET, hookSecret: SECRET },
  clock: new ManualClock(NOW),
});

function call(body: string, id = "msg_1") {
  const headers = {
    "webhook-id": id,
    "webhook-timestamp": String(NOW / 1_000),
    "webhook-signature": new Webhook(SECRET).sign(id, new Date(NOW), body),
  };
  return desk.parseHook(headers, Buffer.from(body), NOW);
}

const hook = (type: string, data: object, timestamp = "2026-03-02T08:59:00+01:00") =>
  call(JSON.stringify({ type, timestamp, data: { ticket: "case-1-1", by: "Anna", ...data } }));

describe("What a receiver of webhooks calls back", () => {
  it.each([
    ["ticket.comment", { text: "on it" }, { kind: "comment", text: "on it" }],
    ["ticket.owner", { owner: "Anna" }, { kind: "owner", to: "Anna" }],
    ["ticket.owner", { owner: "" }, { kind: "owner", to: "" }],
    ["ticket.status", { status: "resolved" }, { kind: "status", to: "resolved", raw: "resolved" }],
    [
      "ticket.status",
      { status: "rejected", raw: "Won't do" },
      { kind: "status", to: "rejected", raw: "Won't do" },
    ],
    ["ticket.queue", { queue: "Field" }, { kind: "queue", to: "Field" }],
    ["ticket.merged", { into: "case-2-1" }, { kind: "merged", into: "case-2-1" }],
    ["ticket.verdict", { verdict: "false_alarm" }, { kind: "verdict", verdict: "false_alarm" }],
    ["ticket.verdict", { verdict: null }, { kind: "verdict", verdict: null }],
    ["ticket.created", { device: "b-1" }, { kind: "created", device: "b-1", reference: "" }],
  ])("means what it says: %s %j", (type, data, meaning) => {
    const common = { id: "msg_1", ticket: "case-1-1", by: "Anna", own: false, at: NOW - 60_000 };
    expect(hook(type, data)).toEqual({ kind: "changes", changes: [{ ...common, ...meaning }] });
  });

  it.each([
    ["ticket.comment", {}],
    ["ticket.comment", { text: "x", by: "" }],
    ["ticket.comment", { text: "x", ticket: "../../etc" }],
    ["ticket.status", { status: "done" }],
    ["ticket.verdict", { verdict: "maybe" }],
    ["ticket.deleted", {}],
  ])("is refused whole when it is not in the format: %s %j", (type, data) => {
    expect(hook(type, data)).toMatchObject({ kind: "refused", code: "malformed" });
  });

  it("is refused when it claims to come from the future", () => {
    expect(hook("ticket.comment", { text: "x" }, "2027-01-01T00:00:00Z")).toMatchObject({
      code: "malformed",
    });
  });

  it("is refused without the right signature, and when no secret is agreed", () => {
    const forged = { "webhook-id": "a", "webhook-timestamp": "1", "webhook-signature": "v1,x" };
    expect(desk.parseHook(forged, Buffer.from("{}"), NOW)).toMatchObject({ code: "forged" });
    const deaf = createWebhookDesk({
      settings: redmineSettings("https://crm.example"),
      secrets: { token: SECRET, hookSecret: "" },
      clock: new ManualClock(NOW),
    });
    expect(deaf.parseHook(forged, Buffer.from("{}"), NOW)).toMatchObject({ code: "forged" });
  });

  it("is never more than refused, whatever is signed", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (body) => {
        expect(call(body).kind).toBe("refused");
      }),
      { numRuns: 200 },
    );
  });
});
