import { afterAll, describe, expect, it } from "vitest";
import type { DeskSide, DeskStatus } from "#ports/desk-side.ts";
import { bearer, browser, fakes, testApp } from "../../support/http-harness.ts";

const RT: DeskStatus = {
  name: "rt",
  capabilities: {
    kind: "rt",
    fence: "unique_reference",
    searchLagMs: 0,
    readBack: true,
    changes: true,
    optimisticLock: true,
    attachments: true,
    links: true,
    merges: true,
    evidencePlace: "field",
    limits: { requestsPerMinute: 300 },
  },
  url: "https://rt.example.com",
  trouble: "",
  owed: 2,
  oldestOwedAt: Date.UTC(2026, 10, 25),
  tickets: 12,
  dead: [
    {
      subject: "case-1",
      ticket: "",
      reason: 'queue "Proaktive" does not exist <script>',
      since: Date.UTC(2026, 10, 25),
      attempts: 3,
    },
  ],
  deadCount: 1,
  lastPollAt: null,
};

class FakeDesks implements DeskSide {
  readonly hooks: { readonly name: string; readonly text: string; readonly signature: string }[] =
    [];
  readonly retried: string[] = [];
  status = async () => [RT];

  async hook(name: string, given: Parameters<DeskSide["hook"]>[1]) {
    const signature = given.headers["webhook-signature"] ?? "";
    this.hooks.push({ name, text: Buffer.from(given.body).toString("utf8"), signature });
    if (name !== "rt") return "no_such_desk";
    return signature === "v1,right" ? "taken" : "forged";
  }

  async retry(_name: string, subject: string) {
    this.retried.push(subject);
    return subject === "case-1";
  }

  async check(name: string) {
    if (name === "down") return { kind: "later", reason: "connection refused" } as const;
    if (name !== "rt") return undefined;
    const line = { state: "missing", what: 'field "Case Ref"', next: "make it" } as const;
    return { kind: "done", value: { ok: false, desk: "RT 5.0.3", lines: [line] } } as const;
  }
}

describe("desks over HTTP", async () => {
  const desks = new FakeDesks();
  const { app } = await testApp({ ...fakes(), desks });
  afterAll(() => app.close());

  it("says how each desk is and what waits for a person", async () => {
    const answer = await app.inject({ url: "/api/desks", headers: bearer("viewer") });
    expect(answer.statusCode).toBe(200);
    expect(answer.json().items[0]).toMatchObject({
      name: "rt",
      kind: "rt",
      owed: 2,
      oldestOwedAt: "2026-11-25T00:00:00.000Z",
      dead: [{ subject: "case-1", attempts: 3 }],
    });
  });

  it("hands a hook on byte for byte, whatever its type, and answers before anything is done", async () => {
    const body = '{ "b" : 1,\n"a":2 }';
    const post = (name: string, signature: string) =>
      app.inject({
        method: "POST",
        url: `/api/desks/${name}/hook`,
        payload: body,
        headers: { "content-type": "application/json", "webhook-signature": signature },
      });
    expect((await post("rt", "v1,right")).statusCode).toBe(202);
    expect(desks.hooks.at(-1)).toMatchObject({ name: "rt", text: body });
    expect((await post("rt", "v1,wrong")).statusCode).toBe(401);
    expect((await post("other", "v1,right")).statusCode).toBe(404);
  });

  it("tries a refused ticket again only where one was refused", async () => {
    const retry = (subject: string) =>
      app.inject({
        method: "POST",
        url: "/api/desks/rt/retry",
        payload: { subject },
        headers: bearer("agent"),
      });
    expect((await retry("case-1")).statusCode).toBe(200);
    expect((await retry("case-2")).statusCode).toBe(404);
  });

  it("checks the live desk in words, and says when it cannot be asked", async () => {
    const check = (name: string) =>
      app.inject({
        method: "POST",
        url: `/api/desks/${name}/check`,
        payload: {},
        headers: bearer("engineer"),
      });
    expect((await check("rt")).json().lines[0].what).toBe('field "Case Ref"');
    expect((await check("none")).statusCode).toBe(404);
    const down = await check("down");
    expect(down.statusCode).toBe(502);
    expect(down.json().detail).toContain("connection refused");
  });

  it("shows agents what was refused, as text and with a button", async () => {
    const answer = await app.inject({ url: "/desks", headers: browser("agent") });
    expect(answer.body).toContain("one ticket was refused");
    expect(answer.body).toContain("&lt;script&gt;");
    expect(answer.body).toContain('action="/desks/rt/retry"');
  });
});
