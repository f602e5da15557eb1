import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HOUR_MS } from "#domain/units.ts";
import { bearer, browser, fakes, testApp } from "../../support/http-harness.ts";
import { caseView, NOW } from "../../support/http-samples.ts";
import { approvalCase, workedCase } from "../../support/worked-case.ts";

type TestApp = Awaited<ReturnType<typeof testApp>>;

describe("the page of a case", () => {
  let at = {} as TestApp;
  beforeEach(async () => {
    at = await testApp(fakes());
  });
  afterEach(() => at.app.close());

  const get = async (url = "/cases/case-1", role = "agent") => {
    const answer = await at.app.inject({ url, headers: { cookie: browser(role).cookie } });
    return answer.body;
  };
  const post = (url: string, form: Record<string, string>, role: string) =>
    at.app.inject({
      method: "POST",
      url,
      headers: { ...browser(role), "content-type": "application/x-www-form-urlencoded" },
      payload: new URLSearchParams({ _csrf: `csrf-${role}`, ...form }).toString(),
    });

  it("leads to its tickets, its problem and the case before it, and marks call and silence", async () => {
    at.cases.caseList = [workedCase("case-1")];
    const body = await get();
    for (const text of [
      'href="https://rt.example.com/Ticket/Display.html?id=17"',
      ">redmine 204<",
      'href="/problems/problem-1"',
      'href="/cases/case-0"',
      "The owner called",
      "Kept quiet: a person closed it",
    ]) {
      expect(body).toContain(text);
    }
    at.cases.caseList = [
      workedCase("case-1", {
        tickets: [{ desk: "rt", id: "17", url: "javascript:alert(1)" }],
        ownerCalledAt: caseView("x").openedAt - HOUR_MS,
      }),
    ];
    const odd = await get();
    expect(odd).not.toContain("javascript:");
    expect(odd).toContain("<li>Ticket: rt 17</li>");
    expect(odd).toContain("The owner called before it was found");
    at.cases.caseList = [caseView("case-1")];
    expect(await get()).not.toContain('class="notes"');
  });

  it("says in words and colour how the promised times look", async () => {
    const { targets } = workedCase("x");
    if (targets === undefined) throw new Error("the sample has no targets");
    const { solution } = targets;
    const looks = async (change: Partial<typeof solution>, paused = false) => {
      const changed = { ...targets, solution: { ...solution, ...change }, paused };
      at.cases.caseList = [workedCase("case-1", { targets: changed })];
      const [, badges = ""] = /<dt>Solution<\/dt><dd>(.*?)<span>/s.exec(await get()) ?? [];
      return badges.replace(/<[^>]+>/g, "").trim();
    };
    expect(await get()).not.toContain("Promised");
    expect(await looks({ warnAt: NOW + 1 })).toBe("In time");
    expect(await looks({ warnAt: NOW })).toBe("Due soon");
    expect(await looks({ dueAt: NOW })).toBe("Missed");
    expect(await looks({ breachedAt: NOW - 1 })).toBe("Missed");
    expect(await looks({ metAt: NOW - 1 })).toBe("Kept");
    expect(await looks({ metAt: NOW, breachedAt: NOW - 1 })).toBe("Kept late");
    expect(await looks({ dueAt: NOW - 1 }, true)).toBe("Not running");
    const last = await get();
    expect(last).toContain("Team Field service, service level gold");
    expect(last).toContain("stand still while the gateway acts");
  });

  it("lets an engineer approve, decline and take back, and an agent none of these", async () => {
    at.cases.caseList = [approvalCase("case-1")];
    const seen = await get("/cases/case-1", "engineer");
    expect(seen).toContain("May the gateway do this?");
    expect(seen).toContain("<code>reset_heater_relay</code>");
    expect(await get()).not.toContain("May the gateway do this?");
    await post("/cases/case-1/approve", { comment: "ok" }, "engineer");
    await post("/cases/case-1/decline", {}, "engineer");
    await post("/cases/case-1/undo", { action: "c-1" }, "engineer");
    expect(at.api.acted.map(({ action }) => action)).toEqual([
      { name: "approve", caseId: "case-1", comment: "ok" },
      { name: "decline", caseId: "case-1", comment: "" },
      { name: "undo", caseId: "case-1", action: "c-1" },
    ]);
    for (const name of ["approve", "decline", "undo"]) {
      expect((await post(`/cases/case-1/${name}`, {}, "agent")).statusCode).toBe(403);
    }
    expect((await post("/cases/case-1/undo", {}, "engineer")).statusCode).toBe(400);
  });

  it("offers to take back only what can be, and says whether a fix lasted", async () => {
    at.cases.caseList = [workedCase("case-1")];
    const body = await get("/cases/case-1", "engineer");
    expect(body.match(/Take back/g)).toHaveLength(1);
    expect(body).toContain("It did not last");
    expect(await get()).not.toContain("Take back");
  });

  it("takes one click for each of the five verdicts, and shows which one was given", async () => {
    const body = await get();
    for (const verdict of ["confirmed", "false_alarm", "sensor_fault", "duplicate", "deferred"]) {
      expect(body).toContain(`<button name="verdict" value="${verdict}">`);
    }
    at.cases.caseList = [caseView("case-1", { verdict: "deferred" })];
    expect(await get()).toContain('value="deferred" class="primary" aria-pressed="true"');
  });

  it("notes the owner's call once, for the device, on the service clock", async () => {
    expect(await get()).toContain("<button>The owner called</button>");
    await post("/cases/case-1/owner-called", {}, "agent");
    expect(at.api.acted[0]?.action).toEqual({
      name: "owner_called",
      device: "esp-0017",
      calledAt: NOW,
      source: "the console",
    });
    at.api.current = { ...at.api.current, clock: "event", serviceTime: 77 };
    await post("/cases/case-1/owner-called", {}, "agent");
    expect(at.api.acted[1]?.action).toMatchObject({ calledAt: 77 });
    expect((await post("/cases/none/owner-called", {}, "agent")).statusCode).toBe(404);
    at.cases.caseList = [workedCase("case-1")];
    expect(await get()).not.toContain("<button>The owner called</button>");
  });

  it("resolves as work that is done, or as something that stays as it is", async () => {
    await post("/cases/case-1/resolve", { comment: "x" }, "agent");
    await post("/cases/case-1/resolve", { as: "wont_fix" }, "agent");
    await post("/cases/case-1/give-back", {}, "agent");
    expect(at.api.acted.map(({ action }) => action)).toEqual([
      { name: "resolve", caseId: "case-1", comment: "x", as: "done" },
      { name: "resolve", caseId: "case-1", comment: "", as: "wont_fix" },
      { name: "give_back", caseId: "case-1" },
    ]);
    expect((await post("/cases/case-1/resolve", { as: "never" }, "agent")).statusCode).toBe(400);
  });

  it("shows exactly the time that its address fixes, and a way back to now", async () => {
    const window = "from=2026-11-24T19:00:00Z&to=2026-11-24T19:40:00Z";
    for (const url of ["/cases/case-1", "/devices/esp-0017"]) {
      at.series.asked.length = 0;
      const body = await get(`${url}?${window}`);
      expect(body).toContain("Show all up to now");
      expect(at.series.asked.length).toBeGreaterThan(0);
      for (const { from, to } of at.series.asked) {
        expect([from, to]).toEqual([NOW - HOUR_MS, NOW - HOUR_MS / 3]);
      }
      expect(await get(`${url}?from=x&to=y`)).not.toContain("Show all up to now");
    }
  });

  it("waiting for an engineer stands in the queue of cases", async () => {
    at.cases.caseList = [approvalCase("case-1")];
    expect(await get("/cases")).toContain("Waiting for a person (1)");
  });
});

describe("the API of a case", () => {
  it("approves, declines, takes back and notes a call as the console does", async () => {
    const { app, api } = await testApp(fakes());
    const post = (name: string, payload: object, role = "engineer") =>
      app.inject({
        method: "POST",
        url: `/api/cases/case-1/${name}`,
        headers: bearer(role),
        payload,
      });
    const calledAt = "2026-11-24T18:00:00+01:00";
    expect((await post("approve", { comment: "ok" })).json()).toEqual({ id: "case-1" });
    expect((await post("decline", {})).statusCode).toBe(200);
    expect((await post("undo", { action: "c-1" })).statusCode).toBe(200);
    const call = await post("owner-called", { calledAt, source: "ticket 17 in rt" }, "agent");
    expect(call.json()).toEqual({ id: "case-1" });
    expect((await post("resolve", { as: "wont_fix" }, "agent")).statusCode).toBe(200);
    expect(api.acted.map(({ action }) => action)).toEqual([
      { name: "approve", caseId: "case-1", comment: "ok" },
      { name: "decline", caseId: "case-1", comment: "" },
      { name: "undo", caseId: "case-1", action: "c-1" },
      {
        name: "owner_called",
        device: "esp-0017",
        calledAt: Date.parse(calledAt),
        source: "ticket 17 in rt",
      },
      { name: "resolve", caseId: "case-1", comment: "", as: "wont_fix" },
    ]);
    expect((await post("undo", {})).json().errors[0].field).toBe("body.action");
    const future = await post("owner-called", { calledAt: "2026-11-24T20:00:01Z" });
    expect(future.json().errors[0]).toMatchObject({
      field: "body.calledAt",
      expected: "a time that has passed",
    });
    await app.close();
  });
});
