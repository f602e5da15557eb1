import { createServer } from "node:http";
import { afterAll, describe, expect, it } from "vitest";
import type { SeriesRow } from "#ports/series-store.ts";
import { createRemoteStore } from "../../../src/adapters/influx/create-remote-store.ts";
import { seriesStoreContract } from "../../contracts/series-store.ts";
import type { Scripted } from "../../support/influx2-bucket.ts";
import type { Influx2Options } from "../../support/influx2-server.ts";
import { Influx2Server } from "../../support/influx2-server.ts";
import { INFLUX_TRAITS, storeOf } from "./influx-fixture.ts";
import { influxRefusals } from "./refusals.ts";

const AT = Date.UTC(2026, 10, 24, 12);
const QUERY = { device: "d-1", signal: "temp", from: 0, to: AT * 2, points: 1_000 };
const row = (n: number, values: SeriesRow["values"] = { temp: n }): SeriesRow => ({
  product: "espresso-pro",
  device: "d-1",
  at: AT + n,
  values,
});
const rows = (count: number) => Array.from({ length: count }, (_, n) => row(n));

const servers = new AsyncDisposableStack();
afterAll(() => servers.disposeAsync());
const serve = async (options?: Influx2Options) => servers.use(await Influx2Server.start(options));

describe("samples in InfluxDB 2", () => {
  const open = async () => storeOf(await serve());
  const openShort = async () => storeOf(await serve({ retainedFrom: Date.UTC(2026, 0) }));
  seriesStoreContract(open, INFLUX_TRAITS);
  influxRefusals({ open, openShort });

  it("go in milliseconds, packed, at most 5,000 lines a request, one request at a time", async () => {
    const server = await serve();
    await using store = storeOf(server);
    await store.write(rows(12_000));
    expect(server.writes).toEqual(
      [5_000, 5_000, 2_000].map((lines) => ({ lines, gzip: true, precision: "ms" })),
    );
  });

  it("that are all too old are given up together, not one by one", async () => {
    const server = await serve({ retainedFrom: Date.UTC(2026, 0) });
    await using store = storeOf(server);
    const old = rows(2_000).map((one) => ({ ...one, at: one.at - 9e11 }));
    const summary = await store.write([...old, ...rows(500)]);
    expect(summary.written).toBe(500);
    expect(summary.rejected).toHaveLength(2_000);
    expect(server.writes.length).toBeLessThan(60);
  });

  it("of one small row are not packed", async () => {
    const server = await serve();
    await using store = storeOf(server);
    await store.write([row(1)]);
    expect(server.writes).toEqual([{ lines: 1, gzip: false, precision: "ms" }]);
  });
});

describe("InfluxDB 2 that does not take samples", () => {
  it.each<[string, Scripted, number | undefined]>([
    ["429 with seconds", { status: 429, headers: { "retry-after": "7" } }, 7_000],
    [
      "429 with a date",
      {
        status: 429,
        headers: {
          date: "Wed, 25 Nov 2026 12:00:00 GMT",
          "retry-after": "Wed, 25 Nov 2026 12:00:30 GMT",
        },
      },
      30_000,
    ],
    [
      "503 with a date by its own wrong clock",
      {
        status: 503,
        headers: {
          date: "Mon, 05 Jan 2015 12:00:00 GMT",
          "retry-after": "Mon, 05 Jan 2015 12:01:00 GMT",
        },
      },
      60_000,
    ],
    ["503 without a word", { status: 503 }, undefined],
    ["429 with nonsense", { status: 429, headers: { "retry-after": "soon" } }, undefined],
    ["500", { status: 500, body: { code: "internal error", message: "disk" } }, undefined],
    ["502 of a proxy", { status: 502, body: "<html>bad gateway</html>" }, undefined],
  ])("by %s may pass, and the wait is what it asked for", async (_title, answer, wait) => {
    const server = await serve();
    await using store = storeOf(server);
    server.answerNext(answer);
    const error: unknown = await store.write([row(1)]).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "VZ_SERIES_UNAVAILABLE", problem: "unreachable" });
    expect(error).toHaveProperty("retryAfterMs", wait);
    expect(await store.write([row(1)])).toMatchObject({ written: 1, rejected: [] });
  });

  it.each<[string, Scripted | undefined, object, string]>([
    ["a wrong token", undefined, { token: "stolen" }, "unauthorized access"],
    ["another organisation", undefined, { org: "others" }, 'organization name "others" not found'],
    ["another bucket", undefined, { bucket: "none" }, 'bucket "none" not found'],
    [
      "no rights",
      { status: 403, body: { message: "insufficient permissions" } },
      {},
      "insufficient",
    ],
    [
      "credentials in words like those for bad lines",
      { status: 401, body: { message: "unable to parse authentication credentials" } },
      {},
      "unable to parse",
    ],
    ["a page that is elsewhere", { status: 302, headers: { location: "/login" } }, {}, "302"],
  ])("because of %s asks for a person and takes no sample for bad", async (...args) => {
    const [, answer, wrong, words] = args;
    const server = await serve();
    const { url, org, bucket, token } = server;
    await using store = createRemoteStore({ kind: "influx2", url, org, bucket, token, ...wrong });
    if (answer !== undefined) server.answerNext(answer);
    const error: unknown = await store.write(rows(3)).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ problem: "denied", retryAfterMs: undefined });
    const { message } = error as Error;
    expect(message).toContain(words);
    expect(message).toContain("check influxToken");
    expect(message).not.toContain("stolen");
    expect(message).not.toContain(server.token);
  });

  it("in words that nobody knows asks for a person instead of rejecting every sample", async () => {
    const server = await serve();
    await using store = storeOf(server);
    const odd: Scripted = { status: 400, body: { code: "invalid", message: "no such flavour" } };
    server.answerNext(...Array.from({ length: 50 }, () => odd));
    await expect(store.write(rows(1_000))).rejects.toMatchObject({
      problem: "denied",
      message: expect.stringContaining("no such flavour"),
    });
    expect(server.points.size).toBe(0);
  });

  it("in words that nobody knows loses one sample only, if it takes the others", async () => {
    const server = await serve();
    await using store = storeOf(server);
    const odd: Scripted = { status: 400, body: { code: "invalid", message: "no such flavour" } };
    // 4 lines, then the first two, then the first alone: what is next is taken.
    server.answerNext(odd, odd, odd);
    const summary = await store.write(rows(4));
    expect(summary.written).toBe(3);
    expect(summary.rejected.map((one) => one.row)).toEqual([row(0)]);
    expect(server.points.size).toBe(3);
  });

  it("because a request is too large gets smaller ones, down to a single value", async () => {
    const server = await serve({ maxBodySize: 3_000 });
    await using store = storeOf(server);
    const huge = row(500, { temp: 1, note: "x".repeat(4_000), flow: 2 });
    const summary = await store.write([...rows(400), huge]);
    expect(summary.written).toBe(402);
    expect(summary.rejected.map((one) => one.row)).toEqual([
      { ...huge, values: { note: "x".repeat(4_000) } },
    ]);
    expect(summary.rejected[0]?.reason).toContain("too large");
  });

  it("because it is gone says so, and takes everything when it is back", async () => {
    const server = await serve();
    const { url, org, bucket, token } = server;
    await using store = createRemoteStore({ kind: "influx2", url, org, bucket, token });
    await server[Symbol.asyncDispose]();
    await expect(store.write(rows(10))).rejects.toMatchObject({
      problem: "unreachable",
      message: expect.stringContaining(url),
    });
    await expect(store.read(QUERY)).rejects.toMatchObject({ problem: "unreachable" });
  });

  it.each([
    ["never answers", () => undefined],
    ["breaks off in the middle of its answer", (socket: Broken) => socket.begin()],
    ["drips its answer for ever", (socket: Broken) => socket.drip()],
  ])("because it %s is given up in time", async (_title, behave) => {
    const timers: NodeJS.Timeout[] = [];
    const server = createServer((request, response) => {
      request.resume();
      const start = () => response.writeHead(500, { "content-length": "1000" }).write("h");
      behave({
        begin: start,
        drip: () => {
          start();
          timers.push(setInterval(() => response.write("x"), 20));
        },
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const url = `http://127.0.0.1:${port}`;
    await using two = createRemoteStore({
      kind: "influx2",
      url,
      org: "o",
      bucket: "b",
      token: "t",
      timeoutMs: 80,
    });
    await using one = createRemoteStore({ kind: "influx1", url, database: "d", timeoutMs: 80 });
    for (const store of [one, two]) {
      await expect(store.write([row(1)])).rejects.toMatchObject({ problem: "unreachable" });
      await expect(store.read(QUERY)).rejects.toMatchObject({ problem: "unreachable" });
    }
    for (const timer of timers) clearInterval(timer);
    server.closeAllConnections();
    server.close();
  });

  it("because something else listens there asks for a person", async () => {
    const server = await serve();
    await using store = storeOf(server);
    server.answerNext({ status: 200, body: { hello: "world" } });
    await expect(store.read(QUERY)).rejects.toMatchObject({
      problem: "denied",
      message: expect.stringContaining("check influxUrl"),
    });
  });

  it("after an answer was lost has the samples once", async () => {
    const server = await serve();
    await using store = storeOf(server);
    await store.write(rows(100));
    await store.write(rows(100));
    expect(server.points.size).toBe(100);
  });
});

interface Broken {
  begin(): void;
  drip(): void;
}
