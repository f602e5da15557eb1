import { once } from "node:events";
import type { Server } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { CutPlan } from "./cut-proxy.ts";
import { CutProxy } from "./cut-proxy.ts";

let server: Server;
let taken: string[];
let proxy: CutProxy;
beforeEach(async () => {
  taken = [];
  server = createServer((request, response) => {
    taken.push(`${request.method} ${request.url}`);
    response.setHeader("etag", '"1"').end("the whole answer");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  proxy = await CutProxy.start(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
afterEach(async () => {
  await proxy[Symbol.asyncDispose]();
  server.close();
  server.closeAllConnections();
});

const post = (plan: CutPlan): Promise<Response> => {
  proxy.follow(plan);
  return fetch(`${proxy.url}/ticket`, { method: "POST", body: "{}" });
};

test("what meets no fault arrives whole, both ways", async () => {
  const response = await post({ faults: { cut: [2] } });
  expect(response.headers.get("etag")).toBe('"1"');
  expect(await response.text()).toBe("the whole answer");
  expect(taken).toEqual(["POST /ticket"]);
});

test("a cut answer was made; a dropped request never arrived", async () => {
  await expect(post({ faults: { cut: 1 } })).rejects.toThrow();
  expect(taken).toHaveLength(1);
  await expect(post({ faults: { drop: [1] } })).rejects.toThrow();
  expect(taken).toHaveLength(1);
});

test("half of an answer has its status and breaks", async () => {
  const response = await post({ faults: { half: [1] } });
  expect(response.status).toBe(200);
  await expect(response.text()).rejects.toThrow();
});

test("a refusal says when to come back and does not arrive", async () => {
  const response = await post({ faults: { refuse: 1 }, retryAfter: "3" });
  expect([response.status, response.headers.get("retry-after")]).toEqual([503, "3"]);
  expect(taken).toEqual([]);
});

test("the same seed makes the same faults, of about the share that was asked for", async () => {
  const run = async (): Promise<readonly string[]> => {
    const from = proxy.met.length;
    proxy.follow({ faults: { refuse: 0.3 }, seed: 5 });
    for (let n = 0; n < 60; n++) {
      await fetch(`${proxy.url}/${n}`, { method: "POST" }).then((response) => response.text());
    }
    return proxy.met.slice(from).map(({ path }) => path);
  };
  const first = await run();
  expect(await run()).toEqual(first);
  expect(first.length).toBeGreaterThan(8);
  expect(first.length).toBeLessThan(30);
});

test("other methods and paths pass", async () => {
  proxy.follow({ faults: { refuse: 1 }, path: /^\/ticket$/ });
  expect((await fetch(`${proxy.url}/ticket`)).status).toBe(200);
  expect((await fetch(`${proxy.url}/other`, { method: "POST" })).status).toBe(200);
  expect(() => proxy.follow({ faults: { cut: 0.6, drop: 0.6 } })).toThrow("more than 1");
});
