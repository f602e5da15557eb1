import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { DeskUnderTest } from "../../contracts/desk.ts";
import {
  changesAfter,
  got,
  made,
  newTicket,
  readBack,
  startHere,
} from "../../contracts/desk-samples.ts";
import { rtDesk, rtUnderTest } from "../../support/rt/rt-desk.ts";
import type { RtServer } from "../../support/rt/rt-server.ts";
import { startRt } from "../../support/rt/rt-server.ts";

const SECRET = `whsec_${Buffer.from("a secret of the tests, 32 bytes!").toString("base64")}`;

/** Hooks that arrived. */
const hooks: { readonly headers: Record<string, string>; readonly body: string }[] = [];
const receiver = createServer((request, response) => {
  void text(request).then((body) => {
    hooks.push({ headers: request.headers as Record<string, string>, body });
    response.end();
  });
});
let rt: RtServer;
let under: DeskUnderTest;
beforeAll(async () => {
  receiver.listen(0, "127.0.0.1");
  await once(receiver, "listening");
  const { port } = receiver.address() as AddressInfo;
  rt = await startRt({ hook: { url: `http://127.0.0.1:${port}/hook`, secret: SECRET } });
  under = rtUnderTest(rt);
}, 60_000);
afterAll(async () => {
  await rt[Symbol.asyncDispose]();
  receiver.close();
});

test("a change by an agent pokes the gateway, signed; the gateway's own changes do not", async () => {
  const { id } = await made(under);
  got(await under.desk.comment(id, [{ kind: "paragraph", text: "ours" }]));
  expect(hooks).toEqual([]);
  await under.agent.comment(id, "theirs");
  expect(hooks).toHaveLength(1);
  const { body = "", headers = {} } = hooks[0] ?? {};
  expect(new Webhook(SECRET).verify(body, headers)).toMatchObject({ data: { ticket: Number(id) } });
});

test("a reply that opens a resolved ticket is told as RT's own doing, not as the gateway's", async () => {
  const { id } = await made(under);
  await under.agent.status(id, "resolved");
  const start = await startHere(under);
  await rt.as("agent.anna").reply(id, "Dear owner");
  const { changes } = await changesAfter(under, start);
  expect(changes).toMatchObject([
    { kind: "comment", text: "Dear owner", by: "agent.anna", own: false },
    { kind: "status", to: "open", by: "RT_System", own: false },
  ]);
});

test("the gateway's own comments neither open a resolved ticket nor mail the customer", async () => {
  const { id } = await made(under);
  await rt.as("agent.anna").change(id, { Requestor: ["owner@customer.example"] });
  await under.agent.status(id, "resolved");
  const mailed = rt.mails();
  expect(mailed).toContain("owner@customer.example");
  const bytes = Buffer.from("one line\n");
  got(await under.desk.comment(id, [{ kind: "paragraph", text: "Seen again" }]));
  got(await under.desk.attach(id, { name: "log.txt", type: "text/plain", bytes }));
  const { version } = await readBack(under, id);
  const fields = { revision: 9, severity: "safety", link: "", evidence: [] };
  got(await under.desk.update(id, { fields }, version));
  expect(await readBack(under, id)).toMatchObject({ status: "resolved", revision: 9 });
  expect(rt.mails()).toBe(mailed);
});

test("the draft for the owner is on the page, not folded away as a quotation", async () => {
  const draft = {
    kind: "draft",
    title: "Draft for the owner",
    text: "Dear owner,\nwe saw it.",
  } as const;
  const { id } = await made(under, { body: [draft] });
  const page = await under.page(id);
  expect(page).toMatch(/<hr ?\/?>\s*<p>Dear owner,<br ?\/?>we saw it\.<\/p>\s*<hr ?\/?>/);
  expect(page).not.toContain("<blockquote");
});

test("what an agent wrote with an editor arrives as plain text", async () => {
  const { id } = await made(under);
  const start = await startHere(under);
  const Content =
    "<p>Pump&nbsp;P7 &amp; valve</p><p>checked:<br>all &lt; 5 bar</p><script>x()</script>";
  await rt
    .as("agent.anna")
    .send("POST", `/ticket/${id}/comment`, { Content, ContentType: "text/html" });
  const { changes } = await changesAfter(under, start);
  expect(changes).toMatchObject([
    { kind: "comment", text: "Pump P7 & valve\nchecked:\nall < 5 bar" },
  ]);
});

test("a ticket of ours is followed into a queue that the desk's file does not name", async () => {
  const queues = { default: "Proactive Service", byProduct: {}, bySeverity: {} };
  const narrow = rtDesk(rt, { settings: { queues } });
  const { id } = await made(under);
  const foreign = await rt.as("agent.ben").create({ Queue: "Field Service", Subject: "not ours" });
  const { cursor } = got(await narrow.changes(""));
  await under.agent.move(id);
  await under.agent.comment(id, "for the technicians");
  await under.agent.comment(foreign, "something else");
  const { changes } = got(await narrow.changes(cursor));
  expect(changes).toMatchObject([
    { ticket: id, kind: "queue", to: "Field Service" },
    { ticket: id, kind: "comment", text: "for the technicians" },
  ]);
  expect(got(await narrow.read(id)).queue).toBe("Field Service");
});

test("a ticket that was moved out of sight is denied, not gone", async () => {
  const { id, ticket } = await made(under);
  await rt.as("agent.anna").move(id, "Back Office");
  expect(await under.desk.read(id)).toMatchObject({ kind: "refused", code: "denied" });
  expect((await under.desk.find(ticket.reference, [id])).kind).toBe("unknown");
});

test("a ticket that an agent deleted counts as rejected, so that it does not come back", async () => {
  const { id, ticket } = await made(under);
  await rt.as("agent.anna").status(id, "open");
  const start = await startHere(under);
  await rt.as("agent.anna").status(id, "deleted");
  const { changes } = await changesAfter(under, start);
  expect(changes).toMatchObject([{ kind: "status", to: "rejected", raw: "deleted" }]);
  expect(got(await under.desk.find(ticket.reference, [id]))).toMatchObject([
    { id, status: "rejected", raw: "deleted" },
  ]);
});

test("all changes come once, over many pages and past pages that are hidden from the gateway", async () => {
  const { id } = await made(under);
  await rt.administer(`
    my $field = RT::CustomField->new($system);
    $field->Create(Name => 'Secret', Type => 'FreeformSingle', LookupType => 'RT::Queue-RT::Ticket');
    my $ticket = RT::Ticket->new($system); $ticket->Load(${id});
    $field->AddToObject($ticket->QueueObj);`);
  const start = await startHere(under);
  await rt.administer(`
    my $ticket = RT::Ticket->new($system); $ticket->Load(${id});
    my $hidden = RT::Ticket->new($system);
    $hidden->Create(Queue => 'Back Office', Subject => 'hidden');
    $ticket->SetSubject("before $_") for 1 .. 60;
    $ticket->AddCustomFieldValue(Field => 'Secret', Value => $_) for 1 .. 230;
    for (1 .. 60) { $ticket->SetSubject("after $_"); $hidden->SetSubject("hidden $_") }`);
  const { changes, cursor } = await changesAfter(under, start);
  expect(changes).toHaveLength(120);
  expect(new Set(changes.map((change) => change.id)).size).toBe(120);
  expect(new Set(changes.map(({ ticket, kind }) => `${ticket} ${kind}`))).toEqual(
    new Set([`${id} field`]),
  );
  expect((await changesAfter(under, cursor)).changes).toEqual([]);
});

test("a field taken from the queue is told in words, and no ticket counts as an orphan for it", async () => {
  const whole = await made(under);
  await rt.administer(`
    my $field = RT::CustomField->new($system); $field->Load('Case Ref');
    for my $name ('Proactive Service', 'Field Service') {
      my $queue = RT::Queue->new($system); $queue->Load($name); $field->RemoveFromObject($queue) }`);
  // It still believes that the field is there: reading back shows that it is not.
  const ticket = newTicket(under);
  const { id } = got(await under.desk.create(ticket, "key"));
  expect(await readBack(under, id)).toMatchObject({ reference: "", revision: 1 });
  expect(got(await under.desk.orphans())).toEqual([]);
  expect((await under.desk.find(whole.ticket.reference, [whole.id])).kind).toBe("unknown");
  const check = got(await rtDesk(rt).check());
  expect(check.lines.filter(({ state }) => state === "missing").map(({ what }) => what)).toEqual([
    'field "Case Ref" in queue "Proactive Service"',
    'field "Case Ref" in queue "Field Service"',
  ]);
  const fresh = rtDesk(rt);
  for (const answer of [
    await fresh.create(newTicket(under), "key"),
    await fresh.find(whole.ticket.reference, []),
    await fresh.orphans(),
  ]) {
    expect(answer).toMatchObject({
      kind: "refused",
      reason: expect.stringContaining('"Case Ref"'),
    });
  }
});
