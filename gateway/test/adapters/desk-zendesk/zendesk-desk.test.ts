import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { internal } from "../../../src/adapters/desk-zendesk/zendesk-write.ts";
import type { DeskChange } from "../../../src/ports/desk.ts";
import { doneValue, newTicket, nextFields } from "../../support/desk-tickets.ts";
import { ZendeskDouble } from "../../support/zendesk/zendesk-double.ts";
import { agentAt, zendeskDesk } from "../../support/zendesk/zendesk-under-test.ts";
import type { Ticket } from "../../support/zendesk/zendesk-world.ts";

const QUEUE = "Proactive Service";

function setUp() {
  const double = new ZendeskDouble();
  const desk = zendeskDesk(double);
  const create = async (more: Parameters<typeof newTicket>[0] = {}) => {
    const given = newTicket({ queue: QUEUE, ...more });
    const { id } = doneValue(await desk.create(given, given.reference));
    return { given, id };
  };
  const at = (id: string): Ticket => {
    const ticket = double.world.tickets.get(Number(id));
    if (ticket === undefined) throw new Error(`no ticket ${id}`);
    return ticket;
  };
  const tell = async (cursor: string): Promise<readonly DeskChange[]> => {
    double.world.shown = double.world.events.length;
    const told: DeskChange[] = [];
    for (let more = true; more; ) {
      const page = doneValue(await desk.changes(cursor));
      told.push(...page.changes);
      ({ cursor, more } = page);
    }
    return told;
  };
  return { double, desk, create, at, tell, anna: agentAt(double) };
}

describe("Zendesk", () => {
  it("makes one ticket when the answer is lost, found by its reference or by its key", async () => {
    const { double, desk } = setUp();
    const given = newTicket({ queue: QUEUE });
    doneValue(await desk.find(given.reference, []));
    double.faults.push("cut");
    expect((await desk.create(given, given.reference)).kind).toBe("unknown");
    const found = doneValue(await desk.find(given.reference, []));
    expect(found).toHaveLength(1);
    const again = doneValue(await desk.create(given, given.reference));
    expect(again.id).toBe(found[0]?.id);
    expect(double.world.tickets.size).toBe(1);
  });

  it("looks again when the same key was used with an older text: that ticket was made", async () => {
    const { desk, create } = setUp();
    const { given } = await create();
    const later = { ...given, subject: "Pressure falls further" };
    expect((await desk.create(later, given.reference)).kind).toBe("unknown");
  });

  it("says nothing to anybody but agents", async () => {
    const { desk, create, at } = setUp();
    const { id } = await create();
    doneValue(await desk.comment(id, [{ kind: "paragraph", text: "{{ticket.requester.email}}" }]));
    expect(at(id).comments.map((comment) => comment.public)).toEqual([false, false]);
    expect(at(id).comments[1]?.html).not.toContain("{{");
    expect(at(id).tags).toEqual(["voorzorg"]);
  });

  it("changes nothing that is closed for good, and follows it with another ticket", async () => {
    const { double, desk, create, at } = setUp();
    const { id, given } = await create();
    double.world.change(at(id), 101, { status: "closed" });
    for (const outcome of [
      await desk.update(id, { fields: nextFields(given, "0.7 bar") }, ""),
      await desk.update(id, { status: "open" }, ""),
      await desk.comment(id, [{ kind: "paragraph", text: "again" }]),
    ]) {
      expect(outcome).toMatchObject({ kind: "refused", code: "closed" });
    }
    expect(doneValue(await desk.read(id))).toMatchObject({ status: "closed" });
    const next = await create({ follows: id });
    expect(at(next.id).tags).toContain("followup");
    expect(at(next.id).comments[0]?.html).toContain(`Follows #${id}`);
  });

  it("solves a ticket that nobody has in its own name, and one that Anna has in hers", async () => {
    const { desk, create, anna } = setUp();
    const [nobodys, annas] = [await create(), await create()];
    await anna.take(annas.id);
    for (const { id } of [nobodys, annas]) {
      const { version } = doneValue(await desk.read(id));
      doneValue(await desk.update(id, { status: "resolved" }, version));
    }
    expect(doneValue(await desk.read(nobodys.id))).toMatchObject({ owner: "Gateway" });
    expect(doneValue(await desk.read(annas.id))).toMatchObject({ owner: "Anna Agent" });
  });

  it("opens a ticket that agents will not fix without leaving the tag that says so", async () => {
    const { desk, create, at, anna } = setUp();
    const { id } = await create();
    await anna.status(id, "rejected");
    expect(doneValue(await desk.read(id)).status).toBe("rejected");
    doneValue(await desk.update(id, { status: "open" }, ""));
    expect(at(id).tags).toEqual(["voorzorg"]);
  });

  it("refuses a value that is in no list, which Zendesk would take for none", async () => {
    const { double } = setUp();
    const desk = zendeskDesk(double, { severities: { urgent: "dreadful" } });
    const refused = await desk.create(newTicket({ queue: QUEUE }), "k");
    expect(refused).toMatchObject({ kind: "refused", code: "invalid" });
    expect(double.world.tickets.size).toBe(0);
  });

  it("tells that tickets were merged, page by page", async () => {
    const { double, desk, create, at, tell, anna } = setUp();
    const { id } = await create();
    const other = await anna.create({ subject: "Customer called", device: "b-1" });
    double.world.shown = double.world.events.length;
    const { cursor } = doneValue(await desk.changes(""));
    for (let i = 0; i < 12; i++) await anna.comment(id, `note ${i}`);
    double.world.merge(at(id), at(other), 101);
    const told = await tell(cursor);
    expect(told.filter(({ kind }) => kind === "comment")).toHaveLength(13);
    expect(told).toContainEqual(
      expect.objectContaining({ kind: "merged", ticket: id, into: other, by: "Anna Agent" }),
    );
    expect(new Set(told.map((change) => change.id)).size).toBe(told.length);
  });

  it("does not tell of tickets that are none of ours", async () => {
    const { desk, double, tell } = setUp();
    const { cursor } = doneValue(await desk.changes(""));
    const comment = { html: "hello", public: true, author: 101 };
    double.world.add(101, { subject: "Printer" }, comment);
    expect(await tell(cursor)).toEqual([]);
  });

  it("waits as long as Zendesk asks, also when it is overloaded", async () => {
    for (const status of [429, 503]) {
      const { double, desk } = setUp();
      double.faults.push(new Response("{}", { status, headers: { "retry-after": "17" } }));
      expect(await desk.read("1")).toMatchObject({ kind: "later", retryAfterMs: 17_000 });
    }
  });

  it("warns of the trigger that would mail customers, and of a role that hears nothing", async () => {
    const { double, desk } = setUp();
    double.triggers = [{ title: "Notify requester of new proactive ticket", active: true }];
    const line = { what: 'trigger "Notify requester of new proactive ticket"' };
    const warned = doneValue(await desk.check());
    expect(warned.ok).toBe(true);
    expect(warned.lines).toContainEqual(expect.objectContaining({ ...line, state: "doubtful" }));
    double.admin = false;
    const deaf = doneValue(await desk.check());
    expect(deaf.ok).toBe(false);
    expect(deaf.lines).toContainEqual(
      expect.objectContaining({ state: "missing", what: "incremental export of ticket events" }),
    );
  });

  it("cuts a text that is too long for a comment between its tags", () => {
    const html = internal([{ kind: "list", items: Array(9_000).fill("a<b & c") }]);
    expect(html.length).toBeLessThanOrEqual(65_535);
    expect(html).not.toMatch(/<[^>]*$|&[^;]*$/);
  });
});

describe("A call of Zendesk's", () => {
  const NOW = Date.parse("2026-03-02T08:00:00Z");
  const { desk } = setUp();
  const body = Buffer.from('{"ticket":"17"}');
  const signed = (timestamp: string, secret = "zendesk-hook-secret") => ({
    "x-zendesk-webhook-signature-timestamp": timestamp,
    "x-zendesk-webhook-signature": createHmac("sha256", secret)
      .update(`${timestamp}${body}`)
      .digest("base64"),
  });

  it("is believed only with its signature, over this body, of today", () => {
    const good = signed("2026-03-02T07:59:00Z");
    expect(desk.verifyHook(good, body, NOW)).toBe(true);
    expect(desk.verifyHook(good, Buffer.from("{}"), NOW)).toBe(false);
    expect(desk.verifyHook(signed("2026-03-01T08:00:00Z"), body, NOW)).toBe(false);
    expect(desk.verifyHook(signed("2026-03-02T07:59:00Z", "other"), body, NOW)).toBe(false);
    expect(desk.verifyHook(signed("soon"), body, NOW)).toBe(false);
    expect(desk.verifyHook({}, body, NOW)).toBe(false);
  });
});
