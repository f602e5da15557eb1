import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { SECOND_MS } from "#domain/units.ts";
import type { DeskBridge } from "#pipeline/desk/desk-bridge.ts";
import type { DeskSettings } from "#ports/desk-settings.ts";
import { DeskLiveRig } from "./support/desk-live-rig.ts";
import type { RtAgent } from "./support/rt/rt-agent.ts";
import { rtDesk } from "./support/rt/rt-desk.ts";
import type { RtServer } from "./support/rt/rt-server.ts";
import { startRt } from "./support/rt/rt-server.ts";
import { rtSettings } from "./support/rt/rt-settings.ts";

let rt: RtServer;
let anna: RtAgent;
let bot: RtAgent;
let rig: DeskLiveRig;
let bridge: DeskBridge;
let cases = 0;

beforeAll(async () => {
  rt = await startRt();
  anna = rt.as("agent.anna");
  bot = rt.as("gateway-bot");
}, 60_000);
afterAll(() => rt[Symbol.asyncDispose]());
beforeEach(() => begin());
afterEach(() => rig[Symbol.asyncDispose]());

function begin(more: Partial<DeskSettings> = {}): void {
  const settings = rtSettings(rt.url, {
    ...{ pollEveryMs: 700, comments: { everyMs: SECOND_MS, perDay: 6 } },
    ...more,
  });
  rig = new DeskLiveRig();
  bridge = rig.start({ desk: rtDesk(rt, { settings }), settings });
}

/** A case with its ticket. */
async function opened(): Promise<{ readonly id: string; readonly ticket: string }> {
  const id = `c-live-${Date.now().toString(36)}-${++cases}`;
  rig.plant.open(id);
  await rig.until("the case has a ticket", () => rig.ticketOf(id) !== "");
  return { id, ticket: rig.ticketOf(id) };
}

const view = (id: string) => rig.plant.cases.get(id);
const statusIs = (ticket: string, status: string) =>
  rig.until(`ticket ${ticket} is ${status}`, async () => {
    return (await anna.ticket(ticket)).Status === status;
  });
const saidIn = async (ticket: string): Promise<readonly string[]> => {
  const { items } = (await anna.send(
    "GET",
    `/ticket/${ticket}/history?fields=Type,Creator&per_page=100`,
  )) as { items: readonly { Type: string; Creator: { id: string } }[] };
  return items
    .filter(({ Type, Creator }) => Type === "Comment" && Creator.id === "gateway-bot")
    .map(({ Type }) => Type);
};

describe("what agents do in Request Tracker", () => {
  test("taking, commenting, resolving and reopening arrive at the case, by their name", async () => {
    const { id, ticket } = await opened();
    await anna.take(ticket);
    await anna.comment(ticket, "on my way");
    await rig.until("the case is taken", () => view(id)?.acknowledgedBy === "agent.anna");
    await anna.status(ticket, "resolved");
    await rig.until("the case is resolved", () => view(id)?.status === "resolved");
    await anna.status(ticket, "open");
    await rig.until("the case is open again", () => view(id)?.status === "open");
    expect(rig.plant.named("comment")).toMatchObject([{ comment: "on my way" }]);
    await anna.status(ticket, "rejected");
    await rig.until("the case is closed", () => view(id)?.resolution === "wont_fix");
  });

  test("arrives once when the hook is lost and when it comes twice", async () => {
    const { ticket } = await opened();
    await anna.comment(ticket, "no hook told of this");
    await rig.until("it is read", () => rig.plant.named("comment").length === 1);
    await anna.comment(ticket, "two hooks told of this");
    for (let n = 0; n < 2; n++) bridge.wake("helpdesk");
    await rig.until("it is read", () => rig.plant.named("comment").length === 2);
    bridge.wake("helpdesk");
    await sleep(1_500);
    expect(rig.plant.named("comment")).toHaveLength(2);
  });

  test("RT reopening a ticket because of our own reply is nobody's doing", async () => {
    const { id, ticket } = await opened();
    await anna.status(ticket, "resolved");
    await rig.until("the case is resolved", () => view(id)?.status === "resolved");
    await bot.reply(ticket, "A word of the gateway");
    await statusIs(ticket, "open");
    await sleep(2_000);
    expect(rig.plant.named("reopen")).toEqual([]);
    expect(view(id)?.status).toBe("resolved");
  });

  test("a merge and a move are followed, and the case goes on there", async () => {
    const { id, ticket } = await opened();
    await anna.move(ticket, "Field Service");
    await rig.until("the move is told", () =>
      rig.plant.named("ticket").some((one) => "change" in one && one.change === "moved"),
    );
    const fields = { "Device ID": "d-1" };
    const into = await anna.create({
      ...{ Queue: "Proactive Service", Subject: "Customer called", CustomFields: fields },
    });
    await rig.until("the call is told", () => rig.plant.named("owner_called").length === 1);
    await anna.merge(ticket, into);
    await rig.until("the case has the other ticket", () => rig.ticketOf(id) === into);
    await anna.status(into, "resolved");
    await rig.until("the case is resolved", () => view(id)?.status === "resolved");
  });
});

describe("what telemetry does", () => {
  test("a recovery resolves an untouched ticket, and only comments on one that an agent took", async () => {
    const [one, other] = [await opened(), await opened()];
    await anna.take(other.ticket);
    await rig.until("the case is taken", () => view(other.id)?.acknowledgedBy !== null);
    rig.plant.recover(one.id);
    rig.plant.recover(other.id);
    await statusIs(one.ticket, "resolved");
    await rig.until("the agent is told", async () => (await saidIn(other.ticket)).length === 1);
    expect(await anna.ticket(other.ticket)).toMatchObject({ Status: "new" });
  });

  test("coming back within the window reopens the ticket; a new case gets one that refers to it", async () => {
    const { id, ticket } = await opened();
    rig.plant.recover(id);
    await statusIs(ticket, "resolved");
    rig.plant.refire(id);
    await statusIs(ticket, "open");
    rig.plant.recover(id);
    await statusIs(ticket, "resolved");
    const next = `${id}-later`;
    rig.plant.open(next, { follows: id });
    await rig.until("it has a ticket", () => rig.ticketOf(next) !== "");
    const { _hyperlinks } = (await anna.ticket(rig.ticketOf(next))) as {
      _hyperlinks: readonly { ref: string; id?: string }[];
    };
    const refers = _hyperlinks.filter(({ ref }) => ref === "refers-to").map((one) => one.id);
    expect(refers.map(String)).toEqual([ticket]);
    expect(await anna.ticket(ticket)).toMatchObject({ Status: "resolved" });
  });

  test("200 flaps cost six comments at most", async () => {
    const { id, ticket } = await opened();
    for (let n = 0; n < 200; n++) {
      if (n % 2 === 0) rig.plant.recover(id);
      else rig.plant.refire(id);
      await sleep(50);
    }
    await rig.settled();
    const comments = await saidIn(ticket);
    expect(comments.length).toBeGreaterThan(0);
    expect(comments.length).toBeLessThanOrEqual(6);
  });
});

describe("a desk that is not well", () => {
  test("is waited for while it is stopped, and gets everything when it is back", async () => {
    const { id, ticket } = await opened();
    await rt.stop();
    rig.plant.recover(id);
    rig.plant.open("c-live-while-down");
    await rig.until("it is told", () => bridge.status()[0]?.trouble !== "");
    await rt.resume();
    await statusIs(ticket, "resolved");
    await rig.until("the other case has a ticket", () => rig.ticketOf("c-live-while-down") !== "");
    const made = await bot.search("'CF.{Case Ref}' = 'c-live-while-down'");
    expect(made).toEqual([rig.ticketOf("c-live-while-down")]);
  });

  test("whose queue lost the field for the reference gets one ticket at most, and says what to do", async () => {
    await opened();
    const before = (await bot.search("Creator = 'gateway-bot'")).length;
    const field = (change: string) =>
      rt.administer(`
        my $field = RT::CustomField->new($system); $field->Load('Case Ref');
        for my $name ('Proactive Service', 'Field Service') {
          my $queue = RT::Queue->new($system); $queue->Load($name); $field->${change}($queue) }`);
    await field("RemoveFromObject");
    const id = `c-live-no-field-${cases}`;
    rig.plant.open(id);
    await rig.until("it is a dead letter", () => bridge.status()[0]?.deadCount === 1, 30_000);
    const [letter] = bridge.status()[0]?.dead ?? [];
    expect(letter?.reason).toMatch(/reference/);
    expect((await bot.search("Creator = 'gateway-bot'")).length - before).toBeLessThanOrEqual(1);
    await field("AddToObject");
    expect(bridge.retry("helpdesk", id)).toBe(true);
    await rig.until("it has its ticket", () => rig.ticketOf(id) !== "", 30_000);
    expect(await bot.search(`'CF.{Case Ref}' = '${id}'`)).toEqual([rig.ticketOf(id)]);
    expect((await bot.search("Creator = 'gateway-bot'")).length - before).toBe(1);
  });
});
