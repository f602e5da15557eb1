import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DAY_MS } from "#domain/units.ts";
import { fakes, testApp } from "../../support/http-harness.ts";
import { NOW } from "../../support/http-samples.ts";
import { workedCase } from "../../support/worked-case.ts";

type TestApp = Awaited<ReturnType<typeof testApp>>;

describe("the page behind an answer link", () => {
  let at = {} as TestApp;
  let link = "";
  beforeEach(async () => {
    at = await testApp(fakes());
    link = `/answer/case-1/${at.answers.sign("case-1", NOW + 30 * DAY_MS)}`;
  });
  afterEach(() => at.app.close());

  const post = (form: Record<string, string>, url = link) =>
    at.app.inject({
      method: "POST",
      url,
      headers: { "content-type": "application/x-www-form-urlencoded", origin: "null" },
      payload: new URLSearchParams(form).toString(),
    });

  it("shows title, device, one sentence and five buttons without a sign-in, and nothing else of the case", async () => {
    at.cases.caseList = [workedCase("case-1")];
    const { statusCode, body } = await at.app.inject({ url: `${link}?verdict=false_alarm` });
    expect(statusCode).toBe(200);
    for (const text of ["The boiler runs too hot", "esp-0017", "6.2 above its limit"]) {
      expect(body).toContain(text);
    }
    expect(body.match(/<button name="verdict"/g)).toHaveLength(5);
    expect(body).toContain('value="false_alarm" class="primary" autofocus');
    for (const secret of ["owner-7", "rt.example.com", "set_heater", "relay", "Ann", "espresso"]) {
      expect(body).not.toContain(secret);
    }
  });

  it("decides nothing when it is opened, as mail scanners open every link", async () => {
    for (const method of ["GET", "HEAD"] as const) {
      await at.app.inject({ method, url: `${link}?verdict=confirmed` });
    }
    expect(at.api.acted).toEqual([]);
  });

  it("gives the verdict when a button is pressed, once however often the same form comes", async () => {
    const answer = await post({ verdict: "sensor_fault", comment: "loose", revision: "7" });
    expect(answer.statusCode).toBe(200);
    expect(answer.body).toContain("The sensor was wrong");
    await post({ verdict: "sensor_fault", comment: "loose", revision: "7" });
    await post({ verdict: "sensor_fault", comment: "loose", revision: "8" });
    expect(at.api.acted[0]).toMatchObject({
      action: { name: "verdict", caseId: "case-1", verdict: "sensor_fault", comment: "loose" },
      by: "desk agent",
    });
    const keys = at.api.acted.map(({ key }) => key);
    expect(keys[0]).toBe(keys[1]);
    expect(keys[2]).not.toBe(keys[0]);
  });

  it("is told to nobody: no referrer, no cache, no search engine, no log", async () => {
    for (const url of [link, `${link}x`]) {
      const { headers } = await at.app.inject({ url });
      expect(headers).toMatchObject({
        "referrer-policy": "no-referrer",
        "x-robots-tag": "noindex, nofollow",
        "cache-control": "no-store",
      });
    }
    const token = link.split("/").at(-1) ?? "";
    const logged: string[] = [];
    const spy = fakes();
    const note = (...given: readonly unknown[]) => void logged.push(JSON.stringify(given));
    const log = { debug: note, info: note, warn: note, error: note };
    spy.api.act = () => Promise.reject(new Error("broken inside"));
    const broken = await testApp({ ...spy, log });
    const answer = await broken.app.inject({
      method: "POST",
      url: link,
      headers: { "content-type": "application/x-www-form-urlencoded" },
      payload: "verdict=confirmed",
    });
    expect(answer.statusCode).toBe(500);
    expect(logged.length).toBeGreaterThan(0);
    expect(logged.join()).not.toContain(token);
    await broken.app.close();
  });

  it("of a link that is cut, forged, of another case or too old is a page that says what to do", async () => {
    const look = async (url: string) => {
      const { statusCode, headers, body } = await at.app.inject({ url });
      return [statusCode, headers["content-type"], /<p role="alert">(.*?)<\/p>/.exec(body)?.[1]];
    };
    const page = "text/html; charset=utf-8";
    const cut = [404, page, expect.stringContaining("This link is not complete")];
    expect(await look(link.slice(0, -1))).toEqual(cut);
    expect(await look(link.replace("case-1", "case-2"))).toEqual(cut);
    const old = `/answer/case-1/${at.answers.sign("case-1", NOW)}`;
    const expired = [410, page, expect.stringContaining("too old to answer with")];
    expect(await look(old)).toEqual(expired);
    expect((await post({ verdict: "confirmed" }, old)).statusCode).toBe(410);
    expect((await post({ verdict: "confirmed" }, `${link}x`)).statusCode).toBe(404);
    at.cases.caseList = [];
    expect(await look(link)).toEqual([404, page, "This case is no longer kept."]);
    expect(at.api.acted).toEqual([]);
  });

  it("refuses an answer that is none, or too long, or that the case does not take", async () => {
    expect((await post({})).body).toContain("false_alarm");
    expect((await post({ verdict: "maybe" })).statusCode).toBe(400);
    const long = { verdict: "confirmed", comment: "x".repeat(4_001) };
    expect((await post(long)).statusCode).toBe(400);
    at.api.answer = { ok: false, status: 404, reason: "No case can be changed." };
    const refused = await post({ verdict: "confirmed" });
    expect([refused.statusCode, refused.body.includes("No case can be changed.")]).toEqual([
      404,
      true,
    ]);
  });

  it("stops whoever guesses", async () => {
    const codes = new Set<number>();
    for (let i = 0; i < 70; i++) {
      codes.add((await at.app.inject({ url: `/answer/case-1/guess-${i}` })).statusCode);
    }
    expect([...codes]).toEqual([404, 429]);
    for (let i = 0; i < 25; i++) codes.add((await post({ verdict: "confirmed" })).statusCode);
    expect(at.api.acted.length).toBeLessThanOrEqual(20);
  });

  it("does not exist where no secret was given", async () => {
    const { answers: _none, ...without } = fakes();
    const { app } = await testApp(without as ReturnType<typeof fakes>);
    expect((await app.inject({ url: link })).statusCode).toBe(404);
    await app.close();
  });
});
