import type { IncomingMessage } from "node:http";
import { request } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { COALESCE_MS, HEARTBEAT_MS } from "../../../src/adapters/http/event-hub.ts";
import { HandClock } from "../../support/http-fakes.ts";
import { fakes, testServer } from "../../support/http-harness.ts";
import { NOW } from "../../support/http-samples.ts";
import { settled } from "../../support/manual-clock.ts";

describe("the live stream of changes", () => {
  const clock = new HandClock(NOW);
  const closers: (() => unknown)[] = [];
  afterEach(() => closers.splice(0).map((close) => close()));

  async function open(url: string, path = "/api/events", role = "viewer") {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const asked = request(`${url}${path}`, {
        headers: { authorization: `Bearer token-${role}`, "last-event-id": "77" },
      });
      asked.on("response", resolve).on("error", reject).end();
      closers.push(() => asked.destroy());
    });
    let text = "";
    let closed = false;
    response.setEncoding("utf8");
    response.on("data", (chunk: string) => {
      text += chunk;
    });
    response.on("close", () => {
      closed = true;
    });
    response.on("error", () => undefined);
    return { response, text: () => text, closed: () => closed };
  }

  it("tells a first change at once, what changes at once with it in one piece, and beats while nothing happens", async () => {
    await using server = await testServer(fakes(undefined, clock));
    const stream = await open(server.url);
    expect(stream.response.headers["content-type"]).toContain("text/event-stream");
    expect(stream.response.headers["content-security-policy"]).toContain("'self'");
    server.api.tell({ kind: "case", id: "case-1", summary: "open acting" });
    server.api.tell({ kind: "case", id: "case-1", summary: "open escalated" });
    server.api.tell({ kind: "device", id: "esp-0017", summary: "online" });
    // The clock stands still: nothing waits for it.
    await expect.poll(stream.text).toContain("esp-0017");
    expect(stream.text()).toContain(
      'event: change\ndata: {"kind":"case","id":"case-1","summary":"open escalated"}\n\n',
    );
    expect(stream.text()).not.toContain("open acting");
    await clock.pass(HEARTBEAT_MS);
    await expect.poll(stream.text).toContain(": still here");
  });

  it("tells a thing that goes on changing once per coalescing time, with the newest", async () => {
    await using server = await testServer(fakes(undefined, clock));
    const stream = await open(server.url);
    const tell = async (from: number, to: number) => {
      for (let i = from; i <= to; i++) {
        server.api.tell({ kind: "case", id: "case-1", summary: `change ${i}.` });
        await settled();
      }
    };
    const told = () => [...stream.text().matchAll(/change (\d+)\./g)].map((match) => match[1]);
    await tell(1, 3);
    await expect.poll(told).toEqual(["1"]);
    await clock.pass(COALESCE_MS);
    await expect.poll(told).toEqual(["1", "3"]);
    await tell(4, 5);
    server.api.tell({ kind: "case", id: "case-2", summary: "another one" });
    await expect.poll(stream.text).toContain("another one");
    expect(told()).toEqual(["1", "3"]);
    await clock.pass(COALESCE_MS);
    await expect.poll(told).toEqual(["1", "3", "5"]);
    await clock.pass(COALESCE_MS);
    await tell(6, 6);
    await expect.poll(told).toEqual(["1", "3", "5", "6"]);
  });

  it("tells only what was asked for", async () => {
    await using server = await testServer(fakes(undefined, clock));
    const stream = await open(server.url, "/api/events?kind=case&id=case-2");
    server.api.tell({ kind: "case", id: "case-1", summary: "a" });
    server.api.tell({ kind: "device", id: "case-2", summary: "b" });
    server.api.tell({ kind: "case", id: "case-2", summary: "c" });
    await expect.poll(stream.text).toContain('"summary":"c"');
    expect(stream.text()).not.toMatch(/"summary":"[ab]"/);
  });

  it("closes a client that does not read, and keeps serving the others", async () => {
    await using server = await testServer(fakes(undefined, clock));
    const slow = await open(server.url);
    const quick = await open(server.url);
    slow.response.pause();
    const summary = "x".repeat(64 * 1024);
    for (let i = 0; i < 400 && !slow.response.destroyed; i++) {
      server.api.tell({ kind: "device", id: `d-${i}`, summary });
      await clock.pass(COALESCE_MS);
    }
    slow.response.resume();
    await expect.poll(slow.closed).toBe(true);
    expect(quick.closed()).toBe(false);
    await expect.poll(quick.text).toContain("d-399");
  });

  it("ends when who listens may no longer", async () => {
    await using server = await testServer(fakes(undefined, clock));
    const stream = await open(server.url, "/api/events", "agent");
    server.fakeAuth.gone.add("token-agent");
    await clock.pass(HEARTBEAT_MS);
    await expect.poll(stream.closed).toBe(true);
  });

  it("does not hold up the stop of the gateway", async () => {
    const server = await testServer(fakes(undefined, clock));
    const stream = await open(server.url);
    await server[Symbol.asyncDispose]();
    await expect.poll(stream.closed).toBe(true);
  });
});
