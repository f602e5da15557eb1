import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Desk } from "#ports/desk.ts";
import type { DeskUnderTest } from "../../contracts/desk.ts";
import { got, made, newTicket, readBack } from "../../contracts/desk-samples.ts";
import type { CutPlan } from "../../support/cut-proxy.ts";
import { CutProxy } from "../../support/cut-proxy.ts";
import { rtDesk, rtUnderTest } from "../../support/rt/rt-desk.ts";
import type { RtServer } from "../../support/rt/rt-server.ts";
import { startRt } from "../../support/rt/rt-server.ts";

let rt: RtServer;
let under: DeskUnderTest;
let proxy: CutProxy;
beforeAll(async () => {
  rt = await startRt();
  under = rtUnderTest(rt);
  proxy = await CutProxy.start(rt.url);
}, 60_000);
afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  await rt[Symbol.asyncDispose]();
});

/** The connector behind the proxy, which by then knows queues and fields. */
async function behind(plan: CutPlan, timeoutMs?: number): Promise<Desk> {
  proxy.follow({ faults: {} });
  const desk = rtDesk(rt, { url: proxy.url, ...(timeoutMs === undefined ? {} : { timeoutMs }) });
  got(await desk.find("case-none", []));
  proxy.follow(plan);
  return desk;
}

const live = (reference: string): Promise<readonly string[]> =>
  rt.as("gateway-bot").search(`'CF.{Case Ref}' = '${reference}'`);

describe("a request to RT that goes wrong", () => {
  test.each([
    ["the answer to a create never arrives", { cut: [1] }, 1],
    ["half of the answer to a create arrives", { half: [1] }, 1],
    ["a create never reaches RT", { drop: [1] }, 0],
  ])("%s: unknown, and looking tells", async (_, faults, tickets) => {
    const desk = await behind({ faults });
    const ticket = newTicket(under);
    expect((await desk.create(ticket, "key")).kind).toBe("unknown");
    const found = got(await desk.find(ticket.reference, []));
    expect(found).toHaveLength(tickets);
    expect(await live(ticket.reference)).toHaveLength(tickets);
  });

  test("RT is too busy for a create: later, in so many seconds, and nothing was made", async () => {
    const desk = await behind({ faults: { refuse: [1] }, retryAfter: "7" });
    const ticket = newTicket(under);
    expect(await desk.create(ticket, "key")).toMatchObject({ kind: "later", retryAfterMs: 7_000 });
    expect(await live(ticket.reference)).toEqual([]);
  });

  test("RT answers too late: unknown although the ticket is made", async () => {
    const desk = await behind({ faults: { stall: [1] }, stallMs: 3_000 }, 1_000);
    const ticket = newTicket(under);
    expect(await desk.create(ticket, "key")).toMatchObject({
      kind: "unknown",
      reason: "helpdesk: POST /REST/2.0/ticket: no answer within 1 s",
    });
    expect(await live(ticket.reference)).toHaveLength(1);
  });

  test("the answer to a change or a comment is lost: unknown, and it was done", async () => {
    const { id } = await made(under);
    const desk = await behind({ faults: { cut: [1, 2] }, methods: ["PUT", "POST"] });
    const { version } = await readBack(under, id);
    expect((await desk.update(id, { status: "resolved" }, version)).kind).toBe("unknown");
    expect(await readBack(under, id)).toMatchObject({ status: "resolved" });
    const lost = await desk.comment(id, [{ kind: "paragraph", text: "said once" }]);
    expect(lost.kind).toBe("unknown");
    expect((await under.page(id)).split("said once").length).toBe(2);
  });

  test("the answer to a read is lost: later, nothing more", async () => {
    const { id, ticket } = await made(under);
    const desk = await behind({ faults: { cut: 1 }, methods: ["GET"] });
    for (const answer of [
      await desk.read(id),
      await desk.find(ticket.reference, []),
      await desk.changes(""),
      await desk.orphans(),
    ]) {
      expect(answer.kind).toBe("later");
    }
  });

  test("RT is stopped: later; started again it has all it had", async () => {
    const { id, ticket } = await made(under);
    await rt.stop();
    const next = newTicket(under);
    for (const answer of [
      await under.desk.create(next, "key"),
      await under.desk.read(id),
      await under.desk.update(id, { status: "resolved" }, ""),
    ]) {
      expect(answer).toMatchObject({
        kind: "later",
        reason: expect.stringContaining("ECONNREFUSED"),
      });
    }
    await rt.resume();
    expect(got(await under.desk.find(ticket.reference, [id]))).toMatchObject([
      { id, status: "new" },
    ]);
    expect(await live(next.reference)).toEqual([]);
  });

  test("a third of all answers is lost: looking before creating again makes one ticket per case", async () => {
    const desk = await behind({ faults: { cut: 0.3, drop: 0.1, refuse: 0.1 }, seed: 7 });
    const tickets = Array.from({ length: 12 }, () => newTicket(under));
    for (const ticket of tickets) {
      let done = false;
      for (let attempt = 0; attempt < 20 && !done; attempt++) {
        const found = await desk.find(ticket.reference, []);
        done = found.kind === "done" && found.value.length > 0;
        if (found.kind === "done" && !done) await desk.create(ticket, "key");
      }
    }
    expect(proxy.count("cut")).toBeGreaterThan(2);
    for (const { reference } of tickets) expect(await live(reference)).toHaveLength(1);
    expect(got(await under.desk.orphans())).toEqual([]);
  });

  test("three creates of one case at the same time leave one with the reference; the others are orphans", async () => {
    const ticket = newTicket(under);
    const before = got(await under.desk.orphans()).length;
    const created = await Promise.all([1, 2, 3].map((n) => under.desk.create(ticket, `key ${n}`)));
    const made = created.filter(({ kind }) => kind === "done").length;
    expect(got(await under.desk.find(ticket.reference, []))).toHaveLength(1);
    expect(got(await under.desk.orphans())).toHaveLength(before + made - 1);
  });
});
