import { connect } from "node:net";
import { afterAll, describe, expect, it } from "vitest";
import { SeriesUnavailableError } from "#ports/series-store.ts";
import { toProblem } from "../../../src/adapters/http/problem.ts";
import { bearer, testApp, testServer } from "../../support/http-harness.ts";

describe("every refusal of the HTTP API is a problem document", async () => {
  const { app, series } = await testApp();
  afterAll(() => app.close());

  const expectProblem = (answer: Awaited<ReturnType<typeof app.inject>>, status: number) => {
    expect(answer.statusCode).toBe(status);
    expect(answer.headers["content-type"]).toContain("application/problem+json");
    const problem = answer.json();
    expect(problem).toMatchObject({ type: "about:blank", status });
    expect(problem.title).not.toBe("");
    expect(problem.detail.length).toBeGreaterThan(10);
    return problem;
  };

  it("an unknown route", async () => {
    const problem = expectProblem(await app.inject({ url: "/api/nothing?token=x" }), 404);
    expect(problem.detail).toContain("GET /api/nothing.");
  });

  it("an unknown case or device", async () => {
    for (const url of [
      "/api/cases/none",
      "/api/devices/none",
      "/api/devices/none/series?signal=a",
    ]) {
      expectProblem(await app.inject({ url, headers: bearer("viewer") }), 404);
    }
  });

  it("nobody, and somebody unknown", async () => {
    const nobody = await app.inject({ url: "/api/cases" });
    expectProblem(nobody, 401);
    expect(nobody.headers["www-authenticate"]).toContain("Bearer");
    const wrong = await app.inject({
      url: "/api/cases",
      headers: { authorization: "Bearer nope" },
    });
    expect(expectProblem(wrong, 401).detail).toContain("not known");
  });

  it("too little a role", async () => {
    const answer = await app.inject({
      method: "POST",
      url: "/api/cases/case-1/acknowledge",
      headers: bearer("viewer"),
    });
    expect(expectProblem(answer, 403).detail).toBe(
      "viewer is viewer; this needs agent. Ask an admin.",
    );
  });

  it("a wrong query: every field, what came, what would be right", async () => {
    const answer = await app.inject({
      url: "/api/cases?limit=500&status=closed&colour=red",
      headers: bearer("viewer"),
    });
    const { errors } = expectProblem(answer, 400);
    expect(errors).toHaveLength(3);
    expect(errors).toContainEqual(
      expect.objectContaining({
        field: "query.limit",
        value: "500",
        expected: expect.stringContaining("200"),
      }),
    );
    expect(errors).toContainEqual(
      expect.objectContaining({
        field: "query.status",
        value: "closed",
        expected: expect.stringContaining('"acknowledged"'),
      }),
    );
  });

  it("a wrong body: a path into it", async () => {
    const answer = await app.inject({
      method: "POST",
      url: "/api/devices/esp-0017/commands",
      headers: bearer("engineer"),
      payload: { name: "set heater", args: { enabled: [1] } },
    });
    const { errors } = expectProblem(answer, 400);
    expect(errors.map(({ field }: { field: string }) => field)).toEqual([
      "body.name",
      "body.args.enabled",
    ]);
    expect(errors[0]).toMatchObject({
      value: "set heater",
      expected: "1 to 64 of A-Z a-z 0-9 _ -",
    });
  });

  it("a missing comment and a wrong idempotency key", async () => {
    const post = (headers: Record<string, string>, payload: object) =>
      app.inject({
        method: "POST",
        url: "/api/cases/case-1/comment",
        headers: { ...bearer("agent"), ...headers },
        payload,
      });
    expectProblem(await post({}, {}), 400);
    expectProblem(await post({ "idempotency-key": "two words" }, { comment: "x" }), 400);
  });

  it("broken JSON, too much of it, and something else than JSON", async () => {
    const post = (contentType: string, payload: string) =>
      app.inject({
        method: "POST",
        url: "/api/cases/case-1/comment",
        headers: { ...bearer("agent"), "content-type": contentType },
        payload,
      });
    expectProblem(await post("application/json", "{"), 400);
    expectProblem(
      await post("application/json", JSON.stringify({ comment: "x".repeat(70_000) })),
      413,
    );
    expectProblem(await post("text/plain", "hello"), 415);
    expectProblem(await post("application/x-www-form-urlencoded", "comment=hello"), 415);
  });

  it("a path that cannot be decoded, and an id that is too long, with the headers of every answer", async () => {
    for (const url of ["/api/devices/%E0%A4%A", `/api/devices/${"a".repeat(300)}`]) {
      const answer = await app.inject({ url });
      expectProblem(answer, 400);
      expect(answer.headers).toMatchObject({
        "x-content-type-options": "nosniff",
        "cache-control": "no-store",
      });
    }
  });

  it("something that is no HTTP at all", async () => {
    await using server = await testServer();
    const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
    socket.end("vz1/espresso-pro/esp-0017/tele\r\n\r\n");
    const answer = (await socket.toArray()).join("");
    expect(answer).toContain("400 Bad Request");
    expect(answer).toContain('"title":"The request is not valid"');
  });

  it("an answer that takes too long says so, whatever was slow", () => {
    const slow = Object.assign(new Error("Request timed out"), { statusCode: 503 });
    expect(toProblem(slow, undefined)).toMatchObject({
      status: 503,
      detail: expect.stringContaining("took too long"),
    });
  });

  it("a store that is down, told with its code; a bug, told without its inside", async () => {
    const url = "/api/devices/esp-0017/series?signal=boiler_temp";
    const read = series.read;
    series.read = () =>
      Promise.reject(new SeriesUnavailableError("The series store does not answer."));
    const down = expectProblem(await app.inject({ url, headers: bearer("viewer") }), 503);
    expect(down.code).toBe("VZ_SERIES_UNAVAILABLE");
    series.read = () => Promise.reject(new Error("secret stack"));
    const bug = await app.inject({ url, headers: bearer("viewer") });
    expectProblem(bug, 500);
    expect(bug.body).not.toContain("secret");
    series.read = read;
  });
});
