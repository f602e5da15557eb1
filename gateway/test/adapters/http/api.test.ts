import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { bearer, fakes, testApp } from "../../support/http-harness.ts";
import { caseView, quarantineEntry } from "../../support/http-samples.ts";

const asAdmin = { headers: bearer("admin") };
const asViewer = { headers: bearer("viewer") };

describe("the HTTP API", async () => {
  const parts = fakes();
  const { app, api, cases, series } = await testApp(parts);
  afterAll(() => app.close());
  beforeEach(() => {
    api.answer = undefined;
    api.acted.length = 0;
  });

  it("is healthy as long as it answers, and ready only while it takes messages", async () => {
    const before = api.current;
    for (const [status, expected] of [
      ["ok", 200],
      ["degraded", 503],
      ["starting", 503],
      ["stopping", 503],
    ] as const) {
      api.current = { ...before, status, reasons: [status], ready: status === "ok" };
      const health = await app.inject({ url: "/api/health" });
      const ready = await app.inject({ url: "/api/ready" });
      expect([health.statusCode, ready.statusCode]).toEqual([200, expected]);
      expect(ready.json()).toMatchObject({ status, reasons: [status], serviceTime: null });
    }
    api.current = before;
  });

  it("gives lists in pages, with times in ISO 8601", async () => {
    const first = await app.inject({ url: "/api/devices?limit=2", ...asViewer });
    expect(first.statusCode).toBe(200);
    expect(first.json().items).toHaveLength(2);
    expect(first.json().items[0]).toMatchObject({
      id: "esp-0017",
      worst: "urgent",
      lastSeenAt: "2026-11-24T19:59:41.000Z",
      signals: { boiler_temp: { value: 139.8, at: "2026-11-24T19:59:40.000Z" } },
    });
    const cursor = first.json().nextCursor;
    const second = await app.inject({ url: `/api/devices?limit=2&cursor=${cursor}`, ...asViewer });
    expect(second.json()).toMatchObject({ items: [{ id: "esp-0001" }], nextCursor: null });
  });

  it("filters cases and shows one with evidence, actions and timeline", async () => {
    const open = await app.inject({
      url: "/api/cases?status=open&kind=fault&device=esp-0017&rule=boiler-overheats&stage=escalated",
      ...asViewer,
    });
    expect(open.json().items.map(({ id }: { id: string }) => id)).toEqual(["case-1"]);
    const one = await app.inject({ url: "/api/cases/case-1", ...asViewer });
    expect(one.json()).toMatchObject({
      id: "case-1",
      device: "esp-0017",
      rule: "boiler-overheats",
      kind: "fault",
      severity: "urgent",
      status: "open",
      openedAt: "2026-11-24T19:19:00.000Z",
      resolvedAt: null,
      evidence: {
        onsetAt: "2026-11-24T19:18:00.000Z",
        signals: ["boiler_temp", "heater"],
        sure: "high: no reading said otherwise for 30 s",
        contributions: [{ signal: "boiler_temp", share: 0.84 }, { signal: "heater" }],
      },
      actions: [{ what: "set_heater", proof: "not_proved" }, { kind: "escalation" }],
    });
    expect(one.json().timeline).toHaveLength(5);
    expect(one.json().timeline[0]).toMatchObject({
      kind: "opened",
      at: "2026-11-24T19:19:00.000Z",
    });
  });

  it("gives products, rules and alerts", async () => {
    const products = await app.inject({ url: "/api/products", ...asViewer });
    expect(products.json().items[0].signals.boiler_temp.unit).toBe("Cel");
    expect(products.json().items[0].use).toEqual({ title: "Cups", unit: "1", counter: "cups" });
    const rules = await app.inject({ url: "/api/rules", ...asViewer });
    expect(rules.json().items[0]).toMatchObject({
      forMs: 30_000,
      test: { type: "count", withinMs: 60_000 },
      playbook: [{ kind: "command", verify: { withinMs: 600_000 } }, { kind: "escalate" }],
      stopped: { at: "1970-01-01T00:00:00.000Z", offset: 7, device: "esp-0017" },
    });
    cases.alertList = [
      {
        key: "esp-0017/boiler-overheats/1",
        device: "esp-0017",
        product: "espresso-pro",
        rule: "boiler-overheats",
        kind: "fault",
        severity: "urgent",
        level: "act",
        phase: "firing",
        unknown: false,
        since: 0,
        onsetAt: 0,
        title: "Hot",
        evidence: null,
      },
    ];
    const alerts = await app.inject({ url: "/api/alerts?level=act", ...asViewer });
    expect(alerts.json().items).toMatchObject([
      { phase: "firing", since: "1970-01-01T00:00:00.000Z" },
    ]);
    const watches = await app.inject({ url: "/api/alerts?level=watch", ...asViewer });
    expect(watches.json()).toEqual({ items: [], nextCursor: null });
  });

  it("reads a signal's samples, by default the last day of the device's own time", async () => {
    const answer = await app.inject({
      url: "/api/devices/esp-0017/series?signal=boiler_temp",
      ...asViewer,
    });
    expect(answer.json()).toMatchObject({ from: "2026-11-23T19:59:40.001Z", nextCursor: null });
    expect(answer.json().items.length).toBeGreaterThan(100);
    expect(series.asked.at(-1)).toMatchObject({ points: 500, signal: "boiler_temp" });
    const wrong = await app.inject({
      url: "/api/devices/esp-0017/series?signal=boiler_temp&from=2026-11-24T21:00:00Z&to=2026-11-24T20:00:00Z",
      ...asViewer,
    });
    expect(wrong.statusCode).toBe(400);
    expect(wrong.json().errors[0].field).toBe("query.from");
  });

  it("passes an agent's action on, once per idempotency key", async () => {
    const headers = { ...bearer("agent"), "idempotency-key": "k-1" };
    const post = (what: string, payload?: object) =>
      app.inject({
        method: "POST",
        url: `/api/cases/case-1/${what}`,
        headers,
        ...(payload && { payload }),
      });
    const bodies = {
      acknowledge: undefined,
      resolve: { comment: " relay replaced " },
      reopen: undefined,
      verdict: { verdict: "confirmed" },
      comment: { comment: "called the owner" },
    };
    for (const [what, body] of Object.entries(bodies)) {
      const answer = await post(what, body);
      expect([what, answer.statusCode, answer.json()]).toEqual([what, 200, { id: "case-1" }]);
    }
    expect(api.acted.map(({ action }) => action)).toEqual([
      { name: "acknowledge", caseId: "case-1" },
      { name: "resolve", caseId: "case-1", comment: "relay replaced" },
      { name: "reopen", caseId: "case-1", comment: "" },
      { name: "verdict", caseId: "case-1", verdict: "confirmed", comment: "" },
      { name: "comment", caseId: "case-1", comment: "called the owner" },
    ]);
    expect(api.acted[0]).toMatchObject({ by: "agent", key: "k-1" });
  });

  it("says why an action is not possible", async () => {
    for (const status of [404, 409, 422] as const) {
      api.answer = { ok: false, status, reason: "The case is resolved already." };
      const answer = await app.inject({
        method: "POST",
        url: "/api/cases/case-2/resolve",
        headers: bearer("agent"),
      });
      expect(answer.statusCode).toBe(status);
      expect(answer.headers["content-type"]).toContain("application/problem+json");
      expect(answer.json()).toMatchObject({ status, detail: "The case is resolved already." });
    }
  });

  it("registers a device and shows its secret once", async () => {
    const payload = { id: "esp-9", product: "espresso-pro", attrs: { site: "Delft" } };
    const answer = await app.inject({ method: "POST", url: "/api/devices", ...asAdmin, payload });
    expect(answer.statusCode).toBe(201);
    expect(answer.json()).toEqual({
      device: { ...payload, cohort: "", owner: "", activatedAt: "2026-11-24T20:00:00.000Z" },
      secret: "s3cret",
    });
    const unknown = await app.inject({
      method: "POST",
      url: "/api/devices",
      ...asAdmin,
      payload: { id: "esp-9", product: "toaster" },
    });
    expect(unknown.json().errors).toEqual([
      { field: "body.product", value: "toaster", expected: "one of espresso-pro" },
    ]);
  });

  it("registers at the service's time when that follows recorded data", async () => {
    const before = api.current;
    api.current = { ...before, clock: "event", serviceTime: Date.UTC(2020, 2, 1) };
    await app.inject({
      method: "POST",
      url: "/api/devices",
      ...asAdmin,
      payload: { id: "old-1", product: "espresso-pro" },
    });
    expect(api.put.at(-1)?.activatedAt).toBe(Date.UTC(2020, 2, 1));
    api.current = before;
  });

  it("accepts a command and says its id", async () => {
    const answer = await app.inject({
      method: "POST",
      url: "/api/devices/esp-0017/commands",
      headers: bearer("engineer"),
      payload: { name: "set_heater", args: { enabled: false }, expiresInSeconds: 60 },
    });
    expect([answer.statusCode, answer.json()]).toEqual([202, { id: "command-1" }]);
    expect(api.acted[0]?.action).toMatchObject({ command: "set_heater", expiresInMs: 60_000 });
  });

  it("shows a quarantined payload as text if it is printable, else as base64", async () => {
    cases.quarantined = [
      quarantineEntry(),
      quarantineEntry({ n: 1, payload: new Uint8Array([0xa1, 0x61, 0x6d, 0xff]) }),
      quarantineEntry({ n: 2, payload: new TextEncoder().encode("\u001b[2J") }),
    ];
    const answer = await app.inject({ url: "/api/quarantine", ...asViewer });
    expect(answer.json().items).toMatchObject([
      { encoding: "utf8", payload: '{"boot":417,"m":{"boiler_temp":NaN}}', size: 36 },
      { encoding: "base64", payload: "oWFt/w==", size: 4 },
      { encoding: "base64", size: 4 },
    ]);
  });

  it("shows metrics without a token on this machine only", async () => {
    const here = await app.inject({ url: "/metrics" });
    expect([here.statusCode, here.body]).toEqual([200, "voorzorg_connections 2\n"]);
    expect(here.headers["content-type"]).toContain("text/plain");
    const there = await app.inject({ url: "/metrics", remoteAddress: "192.0.2.7" });
    expect(there.statusCode).toBe(401);
    const forwarded = await app.inject({
      url: "/metrics",
      headers: { "x-forwarded-for": "192.0.2.7" },
    });
    expect(forwarded.statusCode).toBe(401);
    const rebound = await app.inject({ url: "/metrics", headers: { host: "evil.example" } });
    expect(rebound.statusCode).toBe(401);
    const known = await app.inject({
      url: "/metrics",
      remoteAddress: "192.0.2.7",
      headers: bearer("viewer"),
    });
    expect(known.statusCode).toBe(200);
  });

  it("manages people and tokens, and never removes the last admin", async () => {
    const post = (url: string, payload: object) =>
      app.inject({ method: "POST", url, ...asAdmin, payload });
    const created = await post("/api/users", {
      name: "bob",
      role: "agent",
      password: "correct horse battery",
    });
    expect([created.statusCode, created.json()]).toEqual([201, { name: "bob", role: "agent" }]);
    const twice = await post("/api/users", {
      name: "ann",
      role: "agent",
      password: "x".repeat(12),
    });
    expect(twice.statusCode).toBe(409);
    const short = await post("/api/users", { name: "c", role: "agent", password: "short" });
    expect(short.json().errors[0]).toMatchObject({ expected: "at least 12 characters" });
    expect(short.body).not.toContain('"value":"short"');
    const token = await post("/api/tokens", { name: "grafana", role: "viewer" });
    expect(token.json()).toMatchObject({ id: "t2", token: "vz_new", role: "viewer" });
    const list = await app.inject({ url: "/api/tokens", ...asAdmin });
    expect(list.body).not.toContain("vz_");
    for (const [removal, status] of [
      ["removed", 204],
      ["unknown", 404],
      ["last_admin", 409],
    ] as const) {
      parts.fakeAuth.last = removal;
      for (const url of ["/api/users/ann", "/api/tokens/t1"]) {
        const answer = await app.inject({ method: "DELETE", url, ...asAdmin });
        expect([url, answer.statusCode]).toEqual([url, status]);
      }
    }
  });

  it("escapes nothing in JSON but never lets it be read as a page", async () => {
    cases.caseList = [
      ...cases.caseList,
      caseView("case-x", { title: "<script>alert(1)</script>" }),
    ];
    const answer = await app.inject({ url: "/api/cases/case-x", ...asViewer });
    expect(answer.json().title).toBe("<script>alert(1)</script>");
    expect(answer.headers["content-type"]).toContain("application/json");
    expect(answer.headers["x-content-type-options"]).toBe("nosniff");
    expect(answer.headers["cache-control"]).toBe("no-store");
  });
});
