import { describe, expect, it } from "vitest";
import { createJiraDesk } from "../src/adapters/desk-jira/jira-desk.ts";
import { createRedmineDesk } from "../src/adapters/desk-redmine/redmine-desk.ts";
import { createRtDesk } from "../src/adapters/desk-rt/rt-desk.ts";
import { createWebhookDesk } from "../src/adapters/desk-webhook/webhook-desk.ts";
import { createZendeskDesk } from "../src/adapters/desk-zendesk/zendesk-desk.ts";
import type { Desk, DeskOutcome } from "../src/ports/desk.ts";
import { newTicket, nextFields } from "./support/desk-tickets.ts";
import { ManualClock } from "./support/manual-clock.ts";
import { redmineSettings } from "./support/redmine/redmine-settings.ts";

const NOW = Date.parse("2026-03-02T08:00:00Z");
const TOKEN = `whsec_${Buffer.from("t".repeat(32)).toString("base64")}`;

const KINDS = {
  rt: createRtDesk,
  redmine: createRedmineDesk,
  webhook: createWebhookDesk,
  zendesk: createZendeskDesk,
  "jira-service-management": createJiraDesk,
} as const;

const html = "<html><body>Please sign in</body></html>";
const ANSWERS: Readonly<Record<string, () => Response>> = {
  "a page for people": () => new Response(html, { headers: { "content-type": "text/html" } }),
  nothing: () => new Response(null, { status: 204 }),
  null: () => Response.json(null),
  "an empty object": () => Response.json({}),
  "a list": () => Response.json([1, "two", null]),
  "half of an answer": () => new Response('{"issues":[{"id":'),
  "lists of nothing known": () =>
    Response.json({ issues: [{}], tickets: [null], values: "no", items: 7, user: [], total: "x" }),
  "a redirect to somewhere": () =>
    new Response(null, { status: 302, headers: { location: "https://evil.example/" } }),
  "a page of a proxy": () => new Response(html, { status: 502 }),
  "a refusal": () => Response.json({ errors: ["no"] }, { status: 422 }),
  "a wish to be left alone, in a strange way": () =>
    new Response("", { status: 429, headers: { "retry-after": "soon" } }),
};

const given = newTicket({ queue: "proactive" });

const METHODS: Readonly<Record<string, (desk: Desk) => Promise<DeskOutcome<unknown>>>> = {
  check: (desk) => desk.check(),
  find: (desk) => desk.find(given.reference, ["1"]),
  create: (desk) => desk.create(given, given.reference),
  read: (desk) => desk.read("1"),
  update: (desk) => desk.update("1", { fields: nextFields(given, "1"), status: "open" }, "v"),
  comment: (desk) => desk.comment("1", [{ kind: "paragraph", text: "x" }]),
  attach: (desk) =>
    desk.attach("1", { name: "a.png", type: "image/png", bytes: new Uint8Array(1) }),
  link: (desk) => desk.link("1", "2"),
  changes: (desk) => desk.changes(""),
  orphans: (desk) => desk.orphans(),
  reject: (desk) => desk.reject("1", "made twice"),
};

describe.each(Object.entries(KINDS))("A connector of kind %s", (kind, create) => {
  it.each(Object.entries(ANSWERS))("makes an outcome of %s", async (_what, answer) => {
    let requests = 0;
    for (const [method, call] of Object.entries(METHODS)) {
      const desk = create({
        settings: { ...redmineSettings("https://desk.example"), user: "me", name: kind },
        secrets: { token: TOKEN, hookSecret: "" },
        clock: new ManualClock(NOW),
        fetch: async () => {
          requests++;
          return answer();
        },
      });
      const outcome = await call(desk);
      expect(["done", "refused", "later", "unknown"], method).toContain(outcome.kind);
      expect(JSON.stringify(outcome)).not.toContain(TOKEN);
    }
    expect(requests).toBeLessThan(60);
  });

  it.each([
    ["is cut off", new TypeError("fetch failed", { cause: new Error("socket hang up") })],
    ["cannot be reached", Object.assign(new Error("refused"), { code: "ECONNREFUSED" })],
  ])("throws nothing when the desk %s", async (_what, error) => {
    for (const call of Object.values(METHODS)) {
      const desk = create({
        settings: { ...redmineSettings("https://desk.example"), user: "me", name: kind },
        secrets: { token: TOKEN, hookSecret: "" },
        clock: new ManualClock(NOW),
        fetch: () => Promise.reject(error),
      });
      expect((await call(desk)).kind).not.toBe("");
    }
  });
});
