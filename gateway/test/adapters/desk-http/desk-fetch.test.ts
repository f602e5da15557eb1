import { once } from "node:events";
import type { IncomingMessage, RequestListener, Server } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { afterEach, describe, expect, test } from "vitest";
import { z } from "zod";
import type { DeskCall, DeskHttpOptions } from "../../../src/adapters/desk-http/desk-fetch.ts";
import { DeskConfigError, DeskHttp } from "../../../src/adapters/desk-http/desk-fetch.ts";
import { SystemClock } from "../../../src/adapters/system-clock/system-clock.ts";
import { ManualClock, settled } from "../../support/manual-clock.ts";

const TOKEN = "1-35-0123456789abcdef";
const START = Date.parse("2026-03-02T10:00:00Z");
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  servers.push(server);
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const desk = (url: string, more: Partial<DeskHttpOptions> = {}): DeskHttp =>
  new DeskHttp({
    name: "helpdesk",
    url,
    headers: { authorization: `token ${TOKEN}` },
    secrets: [TOKEN],
    clock: new ManualClock(START),
    requestsPerMinute: 6_000,
    ...more,
  });

const answering = (
  status: number,
  body = "{}",
  headers: Readonly<Record<string, string>> = {},
): Promise<string> =>
  serve((_, response) => {
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(body);
  });

const read = { method: "GET", path: "/ticket/1" } as const;
const write = { method: "POST", path: "/ticket", json: { a: 1 } } as const;

describe("a request", () => {
  test("carries the token, JSON and query behind the desk's own path, and its answer is checked", async () => {
    const seen: { request: IncomingMessage; body: string }[] = [];
    const url = await serve((request, response) => {
      void buffer(request).then((body) => {
        seen.push({ request, body: body.toString() });
        response.writeHead(201, { etag: '"7"' }).end('{"id":"12"}');
      });
    });
    const calls: DeskCall[] = [];
    const http = desk(`${url}/rt/`, { observe: (call) => calls.push(call) });
    const query = { q: "a = 'b&c'", page: 2 };
    const outcome = await http.ask({ ...write, query }, z.object({ id: z.string() }));
    expect(outcome).toMatchObject({ kind: "done", value: { status: 201, body: { id: "12" } } });
    expect(outcome.kind === "done" && outcome.value.headers.get("etag")).toBe('"7"');
    expect(seen[0]?.request.url).toBe("/rt/ticket?q=a+%3D+%27b%26c%27&page=2");
    expect(seen[0]?.request.headers).toMatchObject({
      authorization: `token ${TOKEN}`,
      "content-type": "application/json",
    });
    expect(seen[0]?.body).toBe('{"a":1}');
    expect(calls).toEqual([{ method: "POST", outcome: "done", status: 201, tookMs: 0 }]);
  });

  test("sends files as a form or as they are", async () => {
    const bodies: string[] = [];
    const url = await serve((request, response) => {
      void buffer(request).then((body) => {
        bodies.push(`${request.headers["content-type"]}\n${body.toString("latin1")}`);
        response.end("{}");
      });
    });
    const http = desk(url);
    const form = new FormData();
    form.append("chart", new Blob([Uint8Array.of(0x89, 0x50)], { type: "image/png" }), "chart.png");
    await http.send({ method: "POST", path: "/comment", form });
    await http.send({
      method: "POST",
      path: "/uploads.json",
      bytes: Uint8Array.of(0x89, 0x50),
      headers: { "content-type": "application/octet-stream" },
    });
    expect(bodies[0]).toMatch(
      /^multipart\/form-data; boundary=[\s\S]*filename="chart.png"[\s\S]*\x89P/,
    );
    expect(bodies[1]).toBe("application/octet-stream\n\x89P");
  });
});

describe("what the desk answers", () => {
  test.each([
    [400, "refused", "refused", "invalid"],
    [401, "refused", "refused", "denied"],
    [403, "refused", "refused", "denied"],
    [404, "refused", "refused", "not_found"],
    [409, "refused", "refused", "conflict"],
    [412, "refused", "refused", "conflict"],
    [422, "refused", "refused", "invalid"],
    [429, "later", "later", undefined],
    [408, "later", "unknown", undefined],
    [500, "later", "unknown", undefined],
    [502, "later", "unknown", undefined],
    [503, "later", "unknown", undefined],
    [504, "later", "unknown", undefined],
  ])("%i means %s for a read and %s for a write", async (status, onRead, onWrite, code) => {
    const url = await answering(status, '{"message":"no such queue"}');
    for (const [request, kind] of [
      [read, onRead],
      [write, onWrite],
    ] as const) {
      const outcome = await desk(url).send(request);
      expect(outcome.kind).toBe(kind);
      expect(outcome).toMatchObject({
        reason: expect.stringContaining(`${status}: no such queue`),
      });
      expect("code" in outcome ? outcome.code : undefined).toBe(code);
    }
  });

  test.each([
    ["30", 30_000],
    ["Mon, 02 Mar 2026 10:00:45 GMT", 45_000],
  ])("with Retry-After %s it took nothing, and is left in peace so long", async (value, wait) => {
    let asked = 0;
    const url = await serve((_, response) => {
      asked += 1;
      response.writeHead(503, { "retry-after": value }).end();
    });
    const clock = new ManualClock(START);
    const http = desk(url, { clock });
    expect(await http.send(write)).toMatchObject({ kind: "later", retryAfterMs: wait });
    await clock.advance(10_000);
    expect(await http.send(write)).toMatchObject({ kind: "later", retryAfterMs: wait - 10_000 });
    expect(asked).toBe(1);
    await clock.advance(wait - 10_000);
    await http.send(write);
    expect(asked).toBe(2);
  });

  test("a redirect is not followed, so that the token stays where it belongs", async () => {
    const reached: string[] = [];
    const elsewhere = await serve((request, response) => {
      reached.push(request.url ?? "");
      response.end("{}");
    });
    const url = await answering(302, "", { location: elsewhere });
    expect(await desk(url).send(read)).toMatchObject({ kind: "refused", code: "invalid" });
    expect(reached).toEqual([]);
  });

  test("an answer that is not understood is no proof that a write was done", async () => {
    const schema = z.object({ id: z.number() });
    for (const body of ["<html>maintenance</html>", '{"id":"secret name"}']) {
      const http = desk(await answering(200, body));
      expect((await http.ask(read, schema)).kind).toBe("later");
      const outcome = await http.ask(write, schema);
      expect(outcome.kind).toBe("unknown");
      expect(JSON.stringify(outcome)).not.toContain("secret name");
    }
  });

  test("an endless answer is given up at the cap", async () => {
    const url = await serve((_, response) => {
      response.writeHead(200);
      const more = (): void => {
        while (response.write("x".repeat(10_000)));
      };
      response.on("drain", more);
      more();
    });
    const http = desk(url, { maxAnswerBytes: 50_000 });
    expect(await http.send(read)).toMatchObject({ kind: "refused", code: "invalid" });
    expect((await http.send(write)).kind).toBe("unknown");
  });

  test("a page of an error is told in its words, shortened and without markup", async () => {
    const page = `<html><style>b{}</style><h1>Out of\n order</h1>${"x".repeat(1_000)}`;
    const outcome = await desk(await answering(400, page)).send(read);
    const reason = outcome.kind === "refused" ? outcome.reason : "";
    expect(reason).toMatch(/answered 400: Out of order x+…$/);
    expect(reason.length).toBeLessThan(400);
  });
});

describe("when no answer comes", () => {
  test("a refused connection and a name that does not exist did nothing", async () => {
    const url = await answering(200);
    for (const server of servers.splice(0)) server.close();
    for (const where of [url, "http://no-such-desk.invalid"]) {
      const outcome = await desk(where).send(write);
      expect(outcome).toMatchObject({
        kind: "later",
        reason: expect.stringMatching(/ECONNREFUSED|ENOTFOUND|EAI_AGAIN/),
      });
    }
  });

  test.each([
    ["before the answer", (socket: IncomingMessage["socket"]) => socket.destroy()],
    [
      "within the answer",
      (socket: IncomingMessage["socket"]) =>
        socket.end("HTTP/1.1 201 Created\r\ncontent-length: 99\r\n\r\n{"),
    ],
  ])("a connection cut %s leaves a write unknown and a read for later", async (_, cut) => {
    const url = await serve((request) => cut(request.socket));
    expect((await desk(url).send(read)).kind).toBe("later");
    expect((await desk(url).send(write)).kind).toBe("unknown");
  });

  test("a refusal counts although its words are cut off", async () => {
    const url = await serve((request) =>
      request.socket.end("HTTP/1.1 403 Forbidden\r\ncontent-length: 99\r\n\r\n{"),
    );
    expect(await desk(url).send(write)).toMatchObject({ kind: "refused", code: "denied" });
  });

  test("a desk that hangs is given up after the time-out", async () => {
    let asked = (): void => undefined;
    const arrived = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const url = await serve(() => asked());
    const clock = new ManualClock(START);
    const outcome = desk(url, { clock, timeoutMs: 5_000 }).send(write);
    await arrived;
    await clock.advance(4_999);
    await clock.advance(1);
    expect(await outcome).toEqual({
      kind: "unknown",
      reason: "helpdesk: POST /ticket: no answer within 5 s",
    });
    expect(clock.nextWake).toBeUndefined();
  });

  test("a stopping gateway ends what waits (nothing was done) and what is under way (unknown)", async () => {
    let asked = (): void => undefined;
    const arrived = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const stop = new AbortController();
    const http = desk(await serve(() => asked()), { requestsPerMinute: 1, signal: stop.signal });
    const running = http.send(write);
    const waiting = http.send(write);
    await arrived;
    await settled();
    stop.abort(new Error("the gateway stops"));
    expect((await running).kind).toBe("unknown");
    expect((await waiting).kind).toBe("later");
  });
});

describe("secrets", () => {
  test("an answer that repeats the token does not bring it into a reason", async () => {
    const url = await answering(401, JSON.stringify({ message: `token ${TOKEN} is unknown` }));
    const outcome = await desk(url).send(read);
    expect(outcome).toMatchObject({ reason: expect.stringContaining("token *** is unknown") });
  });

  test("neither a bad URL nor a bad token is shown", () => {
    const url = "http://127.0.0.1";
    for (const make of [
      () => desk("ftp://host/"),
      () => desk("not a url"),
      () => desk(`https://bot:${TOKEN}@host/`),
      () => desk(`https://host/?token=${TOKEN}`),
      () => desk(url, { headers: { authorization: `token ${TOKEN}\n` } }),
      () => desk(url, { headers: { authorization: "" } }),
    ]) {
      expect(make).toThrow(DeskConfigError);
      expect(make).toThrow(/^(?!.*0123456789abcdef)/);
    }
  });
});

test("time is taken from the clock of the machine too", async () => {
  const http = desk(await answering(200), { clock: new SystemClock() });
  expect((await http.send(read)).kind).toBe("done");
});
