import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { GatewayHttp, untilQuiet } from "../src/gateway-http.ts";

type Answer = { readonly status?: number; readonly body: string };

async function gateway(answer: (path: string) => Answer) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.headers.authorization} ${request.url}`);
    const { status = 200, body } = answer(request.url ?? "");
    response.writeHead(status).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    asked,
    http: new GatewayHttp(`http://127.0.0.1:${port}/`, "secret"),
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

const health = (decided: number, outboxDue: number): Answer => ({
  body: JSON.stringify({
    serviceTime: 0,
    journal: { newest: 5, decided, stored: 0 },
    outboxDue,
  }),
});

describe("the gateway's API as the simulator uses it", () => {
  it("reads a list page by page with the token", async () => {
    await using site = await gateway((path) => ({
      body: JSON.stringify(
        path.includes("cursor=b%2F")
          ? { items: [{ id: "c2" }], nextCursor: null }
          : { items: [{ id: "c1" }], nextCursor: "b/" },
      ),
    }));
    expect((await site.http.cases()).map(({ id }) => id)).toEqual(["c1", "c2"]);
    expect(site.asked[0]).toBe("Bearer secret /api/cases?limit=200");
  });

  it("is quiet only when everything is decided and delivered", async () => {
    const answers = [health(4, 0), health(5, 2), health(5, 0)];
    await using site = await gateway(() => answers.shift() ?? health(5, 0));
    await untilQuiet(site.http);
    expect(site.asked).toHaveLength(3);
  });

  it("says what is still owed when it takes too long", async () => {
    await using site = await gateway(() => health(3, 1));
    await expect(untilQuiet(site.http, 20)).rejects.toThrow(/2 records undecided, 1 effects owed/);
  });

  it("hears changes and passes over heartbeats", async () => {
    const change = { kind: "case", id: "c1", summary: "open" };
    await using site = await gateway(() => ({
      body: `: hello\n\nevent: beat\ndata: {}\n\nevent: change\ndata: ${JSON.stringify(change)}\n\n`,
    }));
    const heard = [];
    for await (const one of site.http.changes(new AbortController().signal)) heard.push(one);
    expect(heard).toEqual([change]);
  });

  it("passes on the status and the words of a refusal", async () => {
    await using site = await gateway(() => ({ status: 403, body: "not allowed" }));
    await expect(site.http.health()).rejects.toThrow(
      /answered 403 to .*\/api\/health: not allowed/,
    );
  });
});
