import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SeriesUnavailableError } from "#ports/series-store.ts";
import { bearer, browser, fakes, testApp } from "../../support/http-harness.ts";
import { caseView, deviceView } from "../../support/http-samples.ts";

type TestApp = Awaited<ReturnType<typeof testApp>>;

describe("the console's pages", () => {
  let at = {} as TestApp;
  beforeEach(async () => {
    at = await testApp(fakes());
  });
  afterEach(() => at.app.close());

  const get = async (url: string, role = "agent") => {
    const answer = await at.app.inject({ url, headers: { cookie: browser(role).cookie } });
    return { status: answer.statusCode, body: answer.body, headers: answer.headers };
  };
  const post = (url: string, form: Record<string, string>, role = "agent") =>
    at.app.inject({
      method: "POST",
      url,
      headers: { ...browser(role), "content-type": "application/x-www-form-urlencoded" },
      payload: new URLSearchParams({ _csrf: `csrf-${role}`, ...form }).toString(),
    });

  it("the fleet shows counts and the worst device first, its state in words", async () => {
    const { body } = await get("/");
    expect(body).toContain("<b>3</b> <span>Devices</span>");
    expect(body).toContain("<b>1</b> <span>Needs a person</span>");
    expect(body.indexOf("esp-0017")).toBeLessThan(body.indexOf("esp-0042"));
    for (const word of ["Urgent case", "Connection lost", "Healthy"]) expect(body).toContain(word);
  });

  it("a fleet of more than a page leads to the next and back to the first", async () => {
    at.cases.deviceList = Array.from({ length: 120 }, (_, i) => deviceView(`d-${i}`));
    const first = await get("/?product=espresso-pro");
    expect(first.body).toContain('href="/?product=espresso-pro&amp;cursor=50"');
    const last = await get("/?product=espresso-pro&cursor=100");
    expect(last.body).not.toContain("Next page");
    expect(last.body).toContain('<a href="/?product=espresso-pro">First page</a>');
  });

  it("an empty fleet says what to do", async () => {
    at.cases.deviceList = [];
    expect((await get("/")).body).toContain("POST /api/devices");
  });

  it("cases wait in a queue for a person, and filters find the others", async () => {
    const all = await get("/cases");
    expect(all.body).toContain("Waiting for a person (1)");
    const underuse = await get("/cases?kind=underuse&status=nonsense");
    expect(underuse.body).not.toContain("Waiting for a person (");
    expect(underuse.body).toContain("hardly used");
    expect(underuse.body).not.toContain("too hot");
  });

  it("a case says what happened, what was tried with its proof, and what to do next", async () => {
    const { body } = await get("/cases/case-1");
    for (const text of [
      "6.2 above its limit of 135 °C",
      "Not proved: it did not help",
      "Call the owner today",
      "Allowed: at most 135 °C, passed by up to",
      "A second sensor reads below 120 degrees.",
      "Handed to a person",
      "high: no reading said otherwise for 30 s",
      "84 % Boiler temperature",
    ]) {
      expect(body).toContain(text);
    }
  });

  it("moments in a sentence are shown in the viewer's zone like any other", async () => {
    at.cases.caseList = [caseView("case-1", { summary: "Hot since 2026-11-24T19:18:00.000Z." })];
    const { body } = await get("/cases/case-1");
    expect(body).toContain('Hot since <time datetime="2026-11-24T19:18:00.000Z" data-day="">');
  });

  it("a case without a curve shows the use instead, or says why there is none", async () => {
    const evidence = { ...caseView("x").evidence, signals: [] };
    at.cases.caseList = [caseView("case-1", { evidence, kind: "underuse" })];
    expect((await get("/cases/case-1")).body).toContain("days without use");
    at.cases.caseList = [caseView("case-1", { evidence })];
    expect((await get("/cases/case-1")).body).toContain("rests on what did not happen");
  });

  it("the curves of a trend reach back to the first data that it rests on", async () => {
    const view = caseView("x");
    const basedFrom = view.evidence.onsetAt - 30 * 86_400_000;
    const asked: number[] = [];
    const read = at.series.read.bind(at.series);
    at.series.read = (query) => {
      asked.push(query.from);
      return read(query);
    };
    at.cases.caseList = [caseView("case-1", { evidence: { ...view.evidence, basedFrom } })];
    expect((await get("/cases/case-1")).status).toBe(200);
    expect(asked).toContain(basedFrom);
  });

  it("a gauge that was silent is drawn with a gap, and a null with none of its own", async () => {
    const points = [0, 60_000, 120_000, 4_000_000, 4_060_000].map((ms) => ({
      at: caseView("x").evidence.onsetAt - 5_000_000 + ms * 1.2,
      value: 94.123456789,
    }));
    at.series.points.set("esp-0017 boiler_temp", points);
    const { body } = await get("/devices/esp-0017");
    expect(body).toContain("94.1235,94.1235,94.1235,null,94.1235,94.1235");
  });

  it("pages show without curves while the series store is down, and say so", async () => {
    at.series.read = () => Promise.reject(new SeriesUnavailableError("The series store is down."));
    for (const url of ["/cases/case-1", "/devices/esp-0017"]) {
      const { status, body } = await get(url);
      expect(status).toBe(200);
      expect(body).toContain("The series store is down.");
    }
  });

  it("a device shows signals with units, settings, commands; forms for engineers only", async () => {
    const { body } = await get("/devices/esp-0017", "engineer");
    for (const text of ["139.8 °C", "Set point", "94 °C", "128,402", "Sent only while"]) {
      expect(body).toContain(text);
    }
    expect(body).toContain("No samples of this time are stored for: Pump pressure, State, Cups.");
    expect((await get("/devices/esp-0017", "agent")).body).not.toContain("Send a command");
  });

  it("what does not exist is a page that says so and leads on", async () => {
    for (const url of ["/cases/none", "/devices/none"]) {
      const { status, body, headers } = await get(url);
      expect([status, headers["content-type"]]).toEqual([404, "text/html; charset=utf-8"]);
      expect(body).toContain("none");
      expect(body).toContain('href="/"');
    }
    const answer = await at.app.inject({ url: "/nowhere", headers: { accept: "text/html" } });
    expect([answer.statusCode, answer.headers["content-type"]]).toEqual([
      404,
      "text/html; charset=utf-8",
    ]);
  });

  it("the buttons of a case act in the name of the person and lead back to it", async () => {
    const forms = {
      acknowledge: {},
      resolve: { comment: "relay replaced" },
      reopen: {},
      verdict: { verdict: "sensor_fault", comment: "probe loose" },
      comment: { comment: "called" },
    };
    for (const [name, form] of Object.entries(forms)) {
      const answer = await post(`/cases/case-1/${name}`, form);
      expect([name, answer.statusCode, answer.headers.location]).toEqual([
        name,
        303,
        "/cases/case-1",
      ]);
    }
    expect(at.api.acted.map(({ action }) => action.name)).toEqual(Object.keys(forms));
    expect(at.api.acted.every(({ by }) => by === "agent")).toBe(true);
    expect(at.api.acted[3]?.action).toMatchObject({
      verdict: "sensor_fault",
      comment: "probe loose",
    });
  });

  it("refused forms say why, as a page", async () => {
    expect((await post("/cases/case-1/comment", { comment: " " })).statusCode).toBe(400);
    expect((await post("/cases/case-1/verdict", { verdict: "maybe" })).body).toContain(
      "false_alarm",
    );
    expect((await post("/cases/case-1/acknowledge", { _csrf: "stolen" })).statusCode).toBe(403);
    at.api.answer = { ok: false, status: 409, reason: "The case is resolved already." };
    const conflict = await post("/cases/case-1/acknowledge", {});
    expect([conflict.statusCode, conflict.headers["content-type"]]).toEqual([
      409,
      "text/html; charset=utf-8",
    ]);
    expect(conflict.body).toContain("The case is resolved already.");
  });

  it("a command's fields are read as its product declares them", async () => {
    const send = (form: Record<string, string>) =>
      post("/devices/esp-0017/commands", form, "engineer");
    await send({ name: "set_heater", "arg.enabled": "false", "arg.unknown": "x" });
    await send({ name: "set_setpoint", "arg.celsius": "92.5", "arg.mode": "" });
    expect(at.api.acted.map(({ action }) => "args" in action && action.args)).toEqual([
      { enabled: false },
      { celsius: 92.5 },
    ]);
    expect((await send({ name: "set_setpoint", "arg.celsius": "hot" })).statusCode).toBe(400);
    expect((await send({ name: "explode" })).statusCode).toBe(422);
    expect(at.api.acted).toHaveLength(2);
  });

  it("a bearer token may read pages but finds no forms on them", async () => {
    const answer = await at.app.inject({ url: "/cases/case-1", headers: bearer("admin") });
    expect(answer.statusCode).toBe(200);
    expect(answer.body).not.toContain("<form");
  });
});
