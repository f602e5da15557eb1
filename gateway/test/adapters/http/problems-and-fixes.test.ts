import { afterAll, describe, expect, it } from "vitest";
import type { ProblemView } from "#domain/problem/problem.ts";
import type { FixView } from "#domain/remedy/fix.ts";
import { bearer, browser, fakes, testApp } from "../../support/http-harness.ts";
import { caseView, NOW } from "../../support/http-samples.ts";

const PROBLEM: ProblemView = {
  id: "p-1",
  product: "espresso-pro",
  rule: "boiler-overheats",
  kind: "fault",
  severity: "urgent",
  title: "The boiler runs too hot",
  attribute: "firmware",
  value: "2.4.1 <b>",
  status: "open",
  openedAt: NOW,
  updatedAt: NOW,
  resolvedAt: null,
  summary: "6 of 8 devices with firmware 2.4.1 are affected, 1 of 92 others.",
  nextStep: "Look for the cause in firmware 2.4.1.",
  statistic: {
    test: "hypergeometric",
    p: 3e-8,
    exposed: 8,
    affected: 6,
    others: 92,
    othersAffected: 1,
  },
  cases: ["case-1"],
  openCases: 1,
  revision: 1,
  tickets: [{ desk: "rt", id: "17", url: "https://rt.example.com/17" }],
};

const FIX: FixView = {
  product: "espresso-pro",
  rule: "boiler-overheats",
  step: "k1",
  what: 'set_heater {"enabled":false}',
  tried: 10,
  proved: 6,
  held: 2,
  failed: 8,
  harmful: 0,
  withdrawnAt: NOW,
  withdrawnWhy: "8 of 10 failed",
  updatedAt: NOW,
};

describe("problems and fixes over HTTP", async () => {
  const parts = fakes();
  parts.cases.problemList = [PROBLEM];
  parts.cases.fixList = [FIX];
  parts.cases.caseList = [caseView("case-1", { problem: "p-1" }), caseView("case-9")];
  parts.cases.switches = [
    { product: "", enabled: false, by: "eve", reason: "a bad release", at: NOW },
  ];
  const { app, api } = await testApp(parts);
  afterAll(() => app.close());

  const asked = () => api.acted.at(-1)?.action;
  const send = (method: "POST" | "PUT", url: string, payload: object) =>
    app.inject({ method, url, payload, headers: bearer("engineer") });

  it("a problem comes with its figures and its ticket", async () => {
    const answer = await app.inject({ url: "/api/problems/p-1", headers: bearer("viewer") });
    expect(answer.json()).toMatchObject({ attribute: "firmware", tickets: [{ id: "17" }] });
    const none = await app.inject({ url: "/api/problems/p-2", headers: bearer("viewer") });
    expect(none.statusCode).toBe(404);
  });

  it("an engineer resolves or dissolves it, an agent only comments", async () => {
    expect((await send("POST", "/api/problems/p-1/resolve", {})).statusCode).toBe(200);
    expect(asked()).toEqual({ name: "problem_resolve", problem: "p-1", comment: "" });
    expect((await send("POST", "/api/problems/p-1/comment", { comment: "" })).statusCode).toBe(400);
  });

  it("the off switch needs a reason", async () => {
    const off = { enabled: false, product: "", reason: "a bad release" };
    expect((await send("PUT", "/api/remedies", off)).statusCode).toBe(200);
    expect(asked()).toEqual({ name: "remedies", ...off });
    expect((await send("PUT", "/api/remedies", { ...off, reason: " " })).statusCode).toBe(400);
  });

  it("a withdrawn fix is used again only by name and with a reason", async () => {
    const again = { product: "espresso-pro", rule: "boiler-overheats", step: "k1", reason: "new" };
    expect((await send("POST", "/api/fixes/reinstate", again)).statusCode).toBe(200);
    expect(asked()).toEqual({ name: "reinstate", ...again });
  });

  it("pages say in words what is off, what was withdrawn, and why cases belong together", async () => {
    const page = async (url: string) =>
      (await app.inject({ url, headers: browser("engineer") })).body;
    const fixes = await page("/fixes");
    for (const text of ["a bad release", "Withdrawn", "20 %", "Use it again"]) {
      expect(fixes).toContain(text);
    }
    const problem = await page("/problems/p-1");
    expect(problem).toContain("less than one in a million");
    expect(problem).toContain("6 of 8 (75.0 %)");
    expect(problem).toContain("2.4.1 &lt;b&gt;");
    expect(problem).toContain("/cases/case-1");
    expect(problem).not.toContain("/cases/case-9");
    expect(await page("/problems")).toContain("/problems/p-1");
  });

  it("the forms of the pages do the same as the API", async () => {
    const post = (url: string, form: Record<string, string>) =>
      app.inject({
        method: "POST",
        url,
        headers: {
          ...browser("engineer"),
          "content-type": "application/x-www-form-urlencoded",
        },
        payload: new URLSearchParams({ _csrf: "csrf-engineer", ...form }).toString(),
      });
    const off = await post("/fixes/switch", { enabled: "no", product: "", reason: "stop" });
    expect(off.statusCode).toBe(303);
    expect(asked()).toMatchObject({ name: "remedies", enabled: false, reason: "stop" });
    await post("/problems/p-1/dissolve", { comment: "chance" });
    expect(asked()).toMatchObject({ name: "problem_dissolve", comment: "chance" });
  });
});
