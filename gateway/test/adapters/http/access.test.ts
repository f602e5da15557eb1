import { afterAll, describe, expect, it } from "vitest";
import { bearer, browser, fakes, testApp } from "../../support/http-harness.ts";

const ROLES = ["nobody", "viewer", "agent", "engineer", "admin"] as const;

/** Least role per route; "nobody" = open. The test below fails for a route that is missing here. */
const LEAST: Readonly<Record<string, (typeof ROLES)[number]>> = {
  "GET /api/health": "nobody",
  "GET /api/ready": "nobody",
  "GET /api/openapi.json": "nobody",
  "GET /metrics": "viewer",
  "GET /api/products": "viewer",
  "GET /api/rules": "viewer",
  "GET /api/alerts": "viewer",
  "GET /api/cases": "viewer",
  "GET /api/cases/:id": "viewer",
  "POST /api/cases/:id/acknowledge": "agent",
  "POST /api/cases/:id/resolve": "agent",
  "POST /api/cases/:id/reopen": "agent",
  "POST /api/cases/:id/verdict": "agent",
  "POST /api/cases/:id/comment": "agent",
  "POST /api/cases/:id/give-back": "agent",
  "POST /api/cases/:id/owner-called": "agent",
  "POST /api/cases/:id/approve": "engineer",
  "POST /api/cases/:id/decline": "engineer",
  "POST /api/cases/:id/undo": "engineer",
  "GET /api/devices": "viewer",
  "GET /api/devices/:id": "viewer",
  "GET /api/devices/:id/series": "viewer",
  "POST /api/devices": "engineer",
  "POST /api/devices/:id/commands": "engineer",
  "PUT /api/devices/:id/settings": "engineer",
  "GET /api/problems": "viewer",
  "GET /api/problems/:id": "viewer",
  "POST /api/problems/:id/resolve": "engineer",
  "POST /api/problems/:id/dissolve": "engineer",
  "POST /api/problems/:id/comment": "agent",
  "GET /problems": "viewer",
  "GET /problems/:id": "viewer",
  "POST /problems/:id/resolve": "engineer",
  "POST /problems/:id/dissolve": "engineer",
  "POST /problems/:id/comment": "agent",
  "GET /api/fixes": "viewer",
  "POST /api/fixes/reinstate": "engineer",
  "GET /api/remedies": "viewer",
  "PUT /api/remedies": "engineer",
  "GET /fixes": "viewer",
  "POST /fixes/switch": "engineer",
  "POST /fixes/reinstate": "engineer",
  "GET /api/value": "viewer",
  "GET /value": "viewer",
  "GET /api/desks": "viewer",
  "POST /api/desks/:name/check": "engineer",
  "POST /api/desks/:name/retry": "agent",
  "POST /api/desks/:name/hook": "nobody",
  "GET /desks": "viewer",
  "POST /desks/:name/retry": "agent",
  "GET /api/quarantine": "viewer",
  "GET /api/users": "admin",
  "POST /api/users": "admin",
  "DELETE /api/users/:name": "admin",
  "GET /api/tokens": "admin",
  "POST /api/tokens": "admin",
  "DELETE /api/tokens/:id": "admin",
  "GET /api/events": "viewer",
  "GET /": "viewer",
  "GET /cases": "viewer",
  "GET /cases/:id": "viewer",
  "POST /cases/:id/acknowledge": "agent",
  "POST /cases/:id/resolve": "agent",
  "POST /cases/:id/reopen": "agent",
  "POST /cases/:id/verdict": "agent",
  "POST /cases/:id/comment": "agent",
  "POST /cases/:id/give-back": "agent",
  "POST /cases/:id/owner-called": "agent",
  "POST /cases/:id/approve": "engineer",
  "POST /cases/:id/decline": "engineer",
  "POST /cases/:id/undo": "engineer",
  "GET /devices/:id": "viewer",
  "POST /devices/:id/commands": "engineer",
  "GET /quarantine": "viewer",
  "GET /account": "viewer",
  "POST /sign-out": "viewer",
  "GET /sign-in": "nobody",
  "GET /answer/:case/:token": "nobody",
  "POST /answer/:case/:token": "nobody",
  "POST /sign-in": "nobody",
};

describe("who may do what", async () => {
  const parts = fakes();
  const { app, routes } = await testApp(parts);
  afterAll(() => app.close());

  it("every route stands in the table", () => {
    const guarded = routes
      .filter(({ method, url }) => method !== "HEAD" && !url.startsWith("/assets/"))
      .map(({ method, url }) => `${method} ${url}`);
    expect(guarded.sort()).toEqual(Object.keys(LEAST).sort());
  });

  const checked = Object.entries(LEAST).filter(([route]) => route !== "GET /api/events");
  it.each(checked)("%s needs %s", async (route, least) => {
    const [method = "", pattern = ""] = route.split(" ");
    const url = pattern.replace(":id", "case-1").replace(":name", "ann");
    for (const [rank, role] of ROLES.entries()) {
      const answer = await app.inject({
        method: method as "GET",
        url,
        remoteAddress: "192.0.2.7",
        headers: role === "nobody" ? {} : bearer(role),
        ...(method === "POST" && url.startsWith("/api") && { payload: {} }),
      });
      const refused = [401, 403].includes(answer.statusCode) || isSentToSignIn(answer);
      const allowed = rank >= ROLES.indexOf(least);
      // Signing in refuses on its own account: the form is not from our page.
      if (
        route !== "POST /sign-in" &&
        !(route.startsWith("POST /") && !url.startsWith("/api") && allowed)
      ) {
        expect([role, refused]).toEqual([role, !allowed]);
      }
    }
  });

  const isSentToSignIn = (answer: Awaited<ReturnType<typeof app.inject>>) =>
    answer.statusCode === 303 && String(answer.headers.location).startsWith("/sign-in");

  it("an event stream needs a viewer", async () => {
    expect((await app.inject({ url: "/api/events" })).statusCode).toBe(401);
  });

  it("a wrong token is not rescued by a good cookie", async () => {
    const headers = { ...browser("admin"), authorization: "Bearer wrong" };
    expect((await app.inject({ url: "/api/cases", headers })).statusCode).toBe(401);
  });
});

describe("changes by cookie", async () => {
  const { app, api } = await testApp();
  afterAll(() => app.close());
  const act = (headers: Record<string, string>) =>
    app.inject({ method: "POST", url: "/api/cases/case-1/acknowledge", headers });

  it("pass with the session's CSRF token from our own page", async () => {
    expect((await act(browser("agent"))).statusCode).toBe(200);
    expect(api.acted).toHaveLength(1);
  });

  it("are refused without the token, with another session's, and from another page", async () => {
    const { "x-csrf-token": _token, ...without } = browser("agent");
    const { origin: _origin, ...noOrigin } = browser("agent");
    const cases: [string, Record<string, string>][] = [
      ["no token", without],
      ["other token", { ...browser("agent"), "x-csrf-token": "csrf-admin" }],
      ["other page", { ...browser("agent"), origin: "http://evil.example" }],
      ["opaque page", { ...browser("agent"), origin: "null" }],
      ["no origin", noOrigin],
      ["other site by fetch metadata", { ...noOrigin, "sec-fetch-site": "cross-site" }],
    ];
    for (const [name, headers] of cases) {
      expect([name, (await act(headers)).statusCode]).toEqual([name, 403]);
    }
    expect(api.acted).toHaveLength(1);
  });

  it("are accepted without Origin when the browser says same-origin", async () => {
    const { origin: _origin, ...noOrigin } = browser("agent");
    expect((await act({ ...noOrigin, "sec-fetch-site": "same-origin" })).statusCode).toBe(200);
  });

  it("reading needs no CSRF token", async () => {
    const { cookie } = browser("viewer");
    expect((await app.inject({ url: "/api/cases", headers: { cookie } })).statusCode).toBe(200);
  });
});

describe("every answer", async () => {
  const { app } = await testApp();
  afterAll(() => app.close());

  it("forbids foreign and inline scripts, frames and sniffing", async () => {
    for (const url of ["/sign-in", "/api/health", "/api/none", "/assets/console.css"]) {
      const { headers } = await app.inject({ url });
      expect(headers["content-security-policy"]).toContain("default-src 'self'");
      expect(headers["content-security-policy"]).toContain("frame-ancestors 'none'");
      expect(headers["content-security-policy"]).not.toContain("unsafe");
      expect(headers["x-content-type-options"]).toBe("nosniff");
      expect(headers["referrer-policy"]).toBe("same-origin");
    }
  });

  it("the served files are a closed list", async () => {
    for (const url of [
      "/assets/uPlot.cjs.js",
      "/assets/../server.ts",
      "/assets/%2e%2e/server.ts",
      "/assets/",
    ]) {
      expect((await app.inject({ url })).statusCode).toBe(404);
    }
    expect((await app.inject({ url: "/assets/uPlot.esm.js" })).statusCode).toBe(200);
  });
});
