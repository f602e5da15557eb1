import { describe, expect, it } from "vitest";
import { createWebhookDesk } from "../../../src/adapters/desk-webhook/webhook-desk.ts";
import { doneValue, newTicket, nextFields } from "../../support/desk-tickets.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { redmineSettings } from "../../support/redmine/redmine-settings.ts";
import { WebhookReceiver } from "../../support/webhook-receiver.ts";

const NOW = Date.parse("2026-03-02T08:00:00Z");
const SECRET = `whsec_${Buffer.from("s".repeat(32)).toString("base64")}`;

function setUp() {
  const clock = new ManualClock(NOW);
  const receiver = new WebhookReceiver(SECRET, () => clock.now());
  const desk = createWebhookDesk({
    settings: {
      ...redmineSettings("https://crm.example/hooks"),
      name: "crm",
      kind: "webhook",
      options: {},
    },
    secrets: { token: SECRET, hookSecret: "" },
    clock,
    fetch: receiver.fetch,
  });
  return { clock, receiver, desk };
}

describe("A desk behind a webhook", () => {
  it("gets the whole ticket, as blocks and rendered, with its picture", async () => {
    const { desk, receiver } = setUp();
    const bytes = new Uint8Array([137, 80, 78, 71]);
    const given = newTicket({ attachments: [{ name: "chart.png", type: "image/png", bytes }] });
    expect(doneValue(await desk.create(given, given.reference)).id).toBe(given.reference);
    expect(receiver.taken).toMatchObject([
      {
        type: "ticket.create",
        data: {
          ticket: given.reference,
          severity: "major",
          evidence: { text: "Now: 0.8 bar\n", blocks: given.evidence },
          body: { markdown: "Look at the valve.\n" },
          attachments: [{ name: "chart.png", base64: "iVBORw==" }],
        },
      },
    ]);
    expect(receiver.requests[0]?.headers.get("user-agent")).toBe("voorzorg-gateway");
  });

  it("makes one ticket when the answer is lost and the same is sent again", async () => {
    const { desk, receiver } = setUp();
    const given = newTicket();
    receiver.answers.push(new Error("connection reset"));
    expect((await desk.create(given, given.reference)).kind).toBe("unknown");
    expect((await desk.create(given, given.reference)).kind).toBe("done");
    expect(receiver.requests).toHaveLength(2);
    expect(receiver.taken).toHaveLength(1);
  });

  it("sends what is the same with the same id, and another revision with another", async () => {
    const { desk, receiver } = setUp();
    const given = newTicket();
    const fields = nextFields(given, "0.9 bar");
    for (const revision of [2, 2, 3]) {
      doneValue(await desk.update(given.reference, { fields: { ...fields, revision } }, ""));
    }
    for (const text of ["a", "a", "b"]) {
      doneValue(await desk.comment(given.reference, [{ kind: "paragraph", text }]));
    }
    const ids = receiver.requests.map(({ id }) => id);
    expect(new Set(ids).size).toBe(4);
    expect(receiver.taken.map(({ type }) => type)).toEqual([
      "ticket.update",
      "ticket.update",
      "ticket.comment",
      "ticket.comment",
    ]);
  });

  it("can set the same status again later", async () => {
    const { desk, receiver, clock } = setUp();
    for (const status of ["resolved", "open", "resolved"] as const) {
      doneValue(await desk.update("case-1-1", { status }, ""));
      await clock.advance(1_000);
    }
    expect(receiver.taken.map(({ data }) => data.status)).toEqual(["resolved", "open", "resolved"]);
  });

  it("leaves a severity alone that agents changed", async () => {
    const { desk, receiver } = setUp();
    const fields = { ...nextFields(newTicket(), "0.9 bar"), severity: "" };
    doneValue(await desk.update("case-1-1", { fields }, ""));
    expect(receiver.taken[0]?.data).not.toHaveProperty("severity");
  });

  it("sends nothing more after 410 Gone, until a person checks the desk", async () => {
    const { desk, receiver } = setUp();
    receiver.answers.push(new Response("", { status: 410 }));
    for (let i = 0; i < 2; i++) {
      const refused = await desk.create(newTicket(), "k");
      expect(refused).toMatchObject({ kind: "refused", code: "denied" });
    }
    expect(receiver.requests).toHaveLength(1);
    expect(doneValue(await desk.check()).ok).toBe(true);
    expect((await desk.create(newTicket(), "k2")).kind).toBe("done");
  });

  it("waits as long as the receiver asks, in seconds or until a date", async () => {
    for (const wait of ["30", new Date(NOW + 30_000).toUTCString()]) {
      const { desk, receiver } = setUp();
      receiver.answers.push(new Response("", { status: 429, headers: { "retry-after": wait } }));
      expect(await desk.create(newTicket(), "k")).toMatchObject({
        kind: "later",
        retryAfterMs: 30_000,
      });
    }
  });

  it.each([
    [400, { kind: "refused", code: "invalid" }],
    [401, { kind: "refused", code: "denied" }],
    [404, { kind: "refused", code: "denied" }],
    [500, { kind: "unknown" }],
    [409, { kind: "done" }],
  ])("takes %i on a new ticket for what it is", async (status, outcome) => {
    const { desk, receiver } = setUp();
    receiver.answers.push(new Response("", { status }));
    expect(await desk.create(newTicket(), "k")).toMatchObject(outcome);
  });

  it("says honestly what it cannot do", async () => {
    const { desk } = setUp();
    expect(desk.capabilities).toMatchObject({
      fence: "idempotency_key",
      readBack: false,
      changes: false,
    });
    for (const outcome of [
      await desk.find("r", []),
      await desk.read("r"),
      await desk.changes(""),
    ]) {
      expect(outcome.kind).toBe("refused");
    }
    expect(doneValue(await desk.check()).lines).toContainEqual(
      expect.objectContaining({ state: "doubtful", what: "secret for calls back" }),
    );
  });
});
