import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fakes, testApp } from "../../support/http-harness.ts";

const FROM_OUR_PAGE = {
  host: "console.example",
  origin: "http://console.example",
  "content-type": "application/x-www-form-urlencoded",
};

describe("signing in", () => {
  let { app, metrics } = {} as Awaited<ReturnType<typeof testApp>>;
  beforeEach(async () => {
    ({ app, metrics } = await testApp(fakes()));
  });
  afterEach(() => app.close());

  const signIn = (form: Record<string, string>, headers: Record<string, string> = FROM_OUR_PAGE) =>
    app.inject({
      method: "POST",
      url: "/sign-in",
      headers,
      payload: new URLSearchParams(form).toString(),
    });

  it("sets a cookie that scripts cannot read and other sites cannot send", async () => {
    const answer = await signIn({ name: "agent", password: "right", next: "/cases?status=open" });
    expect([answer.statusCode, answer.headers.location]).toEqual([303, "/cases?status=open"]);
    const cookie = String(answer.headers["set-cookie"]);
    expect(cookie).toBe("voorzorg_session=session-agent; Path=/; HttpOnly; SameSite=Strict");
    expect(metrics.counted).toContain("sign_ins_total ok");
  });

  it("says the same for a wrong name and a wrong password", async () => {
    const name = await signIn({ name: "nobody", password: "right" });
    const password = await signIn({ name: "agent", password: "wrong" });
    expect(name.statusCode).toBe(401);
    expect(name.body).toBe(password.body);
    expect(name.body).toContain("Name or password is wrong.");
    expect(name.headers["set-cookie"]).toBeUndefined();
  });

  it("never leads to another site", async () => {
    for (const next of [
      "//evil.example",
      "/\\evil.example",
      "https://evil.example",
      "javascript:1",
    ]) {
      const answer = await signIn({ name: "agent", password: "right", next });
      expect(answer.headers.location).toBe("/");
    }
  });

  it("is refused for a form on another site", async () => {
    const answer = await signIn(
      { name: "agent", password: "right" },
      { ...FROM_OUR_PAGE, origin: "http://evil.example" },
    );
    expect(answer.statusCode).toBe(403);
    expect(answer.headers["content-type"]).toContain("text/html");
  });

  it("is slowed down after ten attempts a minute", async () => {
    const statuses: number[] = [];
    for (let i = 0; i < 11; i++) {
      statuses.push((await signIn({ name: "agent", password: "guess" })).statusCode);
    }
    expect(statuses.filter((status) => status === 401)).toHaveLength(10);
    expect(statuses.at(-1)).toBe(429);
    const right = await signIn({ name: "agent", password: "right" });
    expect(right.statusCode).toBe(429);
    expect(Number(right.headers["retry-after"])).toBeGreaterThan(0);
    expect(right.body).toContain("Too many requests");
    const api = await app.inject({ url: "/api/health" });
    expect(api.statusCode).toBe(200);
  });

  it("works once with the printed link", async () => {
    const first = await app.inject({ url: "/sign-in?code=good" });
    expect([first.statusCode, first.headers.location]).toEqual([303, "/"]);
    expect(first.headers["set-cookie"]).toContain("session-admin");
    const again = await app.inject({ url: "/sign-in?code=good" });
    expect(again.statusCode).toBe(401);
    expect(again.body).toContain("used already");
  });

  it("sends an unknown visitor of a page to the form and back", async () => {
    const answer = await app.inject({ url: "/cases?status=open" });
    expect(answer.statusCode).toBe(303);
    expect(answer.headers.location).toBe("/sign-in?next=%2Fcases%3Fstatus%3Dopen");
    const form = await app.inject({ url: String(answer.headers.location) });
    expect(form.body).toContain('value="/cases?status=open"');
  });

  it("ends with signing out", async () => {
    const headers = { ...FROM_OUR_PAGE, cookie: "voorzorg_session=session-agent" };
    const signOut = (payload: string) =>
      app.inject({ method: "POST", url: "/sign-out", headers, payload });
    expect((await signOut("_csrf=wrong")).statusCode).toBe(403);
    const answer = await signOut("_csrf=csrf-agent");
    expect([answer.statusCode, answer.headers.location]).toEqual([303, "/sign-in"]);
    expect(answer.headers["set-cookie"]).toContain("voorzorg_session=;");
    expect((await app.inject({ url: "/api/cases", headers })).statusCode).toBe(401);
  });
});
