import { once } from "node:events";
import type { IncomingHttpHeaders, RequestListener } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import {
  createWebhookSender,
  WebhookConfigError,
} from "../../../src/adapters/webhook/webhook-sender.ts";
import { HandClock } from "../../support/http-fakes.ts";

const SECRET = `whsec_${Buffer.alloc(24, 7).toString("base64")}`;

async function receiver(
  answer: RequestListener,
): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook?token=hidden`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

const answering =
  (status: number, headers: Record<string, string> = {}, body = ""): RequestListener =>
  (request, response) => {
    request.resume();
    response.writeHead(status, headers).end(body);
  };

const senderTo = (url: string, clock = new HandClock(Date.now())) =>
  createWebhookSender({ url, secret: SECRET, clock });

describe("A webhook", () => {
  it("arrives with a signature that the receiver's own library accepts", async () => {
    const requests: { readonly headers: IncomingHttpHeaders; readonly body: string }[] = [];
    await using server = await receiver(async (request, response) => {
      requests.push({ headers: request.headers, body: await text(request) });
      response.end("ok");
    });
    const sent = await senderTo(server.url).send(
      "msg-1",
      '{"case":"c-1","text":"Kessel läuft über"}',
    );
    expect(sent.outcome).toBe("done");
    const [{ headers, body }] = requests as [(typeof requests)[0]];
    expect(headers["webhook-id"]).toBe("msg-1");
    expect(new Webhook(SECRET).verify(body, headers as Record<string, string>)).toEqual({
      case: "c-1",
      text: "Kessel läuft über",
    });
    expect(() =>
      new Webhook(SECRET).verify(`${body} `, headers as Record<string, string>),
    ).toThrow();
  });

  it("keeps its id and is signed anew when it is sent again later", async () => {
    const seen: IncomingHttpHeaders[] = [];
    await using server = await receiver((request, response) => {
      seen.push(request.headers);
      request.resume();
      response.writeHead(503).end();
    });
    const clock = new HandClock(Date.now());
    const sender = senderTo(server.url, clock);
    await sender.send("msg-1", "{}");
    await clock.pass(5_000);
    await sender.send("msg-1", "{}");
    expect(seen.map((headers) => headers["webhook-id"])).toEqual(["msg-1", "msg-1"]);
    expect(seen[0]?.["webhook-timestamp"]).not.toBe(seen[1]?.["webhook-timestamp"]);
    expect(seen[0]?.["webhook-signature"]).not.toBe(seen[1]?.["webhook-signature"]);
  });

  it.each([
    [200, "done"],
    [204, "done"],
    [302, "later"],
    [400, "refused"],
    [401, "later"],
    [404, "later"],
    [410, "gone"],
    [413, "refused"],
    [422, "refused"],
    [429, "later"],
    [500, "later"],
    [503, "later"],
  ] as const)("that is answered with %i is %s", async (status, outcome) => {
    await using server = await receiver(answering(status, { location: "http://127.0.0.1:1/" }));
    expect((await senderTo(server.url).send("m", "{}")).outcome).toBe(outcome);
  });

  it("waits as long as the receiver asks for", async () => {
    await using server = await receiver(answering(429, { "retry-after": "90" }));
    expect(await senderTo(server.url).send("m", "{}")).toMatchObject({
      outcome: "later",
      retryAfterMs: 90_000,
    });
  });

  it("is tried again later when nobody listens, and the address is named without its query", async () => {
    const server = await receiver(answering(200));
    await server[Symbol.asyncDispose]();
    const sent = await senderTo(server.url).send("m", "{}");
    expect(sent.outcome).toBe("later");
    expect(sent.detail).toMatch(/^http:\/\/127\.0\.0\.1:\d+: .*ECONNREFUSED/);
    expect(sent.detail).not.toContain("hidden");
  });

  it("gives up on a receiver that does not answer within 15 s", async () => {
    const arrived = Promise.withResolvers<void>();
    await using server = await receiver(() => arrived.resolve());
    const clock = new HandClock(Date.now());
    const sending = senderTo(server.url, clock).send("m", "{}");
    await arrived.promise;
    await clock.pass(15_000);
    expect(await sending).toMatchObject({
      outcome: "later",
      detail: expect.stringContaining("no answer within 15 s"),
    });
  });

  it("reads no more than 64 KiB of an endless answer", async () => {
    let written = 0;
    await using server = await receiver((request, response) => {
      request.resume();
      response.writeHead(500);
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(16_384, 120))) written += 16_384;
      };
      response.on("drain", more);
      more();
    });
    const sent = await senderTo(server.url).send("m", "{}");
    expect(sent.outcome).toBe("later");
    expect(sent.detail.length).toBeLessThan(300);
    expect(written).toBeLessThan(32 * 1024 * 1024);
  });
});

describe("A webhook that is set up wrongly", () => {
  const clock = new HandClock(0);

  it.each(["whsec_short", "not base64!", `whsec_${Buffer.alloc(65).toString("base64")}`])(
    "is refused with the rule and without the secret: %s",
    (secret) => {
      const create = () => createWebhookSender({ url: "https://desk.example/", secret, clock });
      expect(create).toThrow(WebhookConfigError);
      expect(create).not.toThrow(secret);
    },
  );

  it.each(["desk.example", "ftp://desk.example/", "https://user:word@desk.example/"])(
    "is refused for its address: %s",
    (url) => {
      expect(() => createWebhookSender({ url, secret: SECRET, clock })).toThrow(WebhookConfigError);
    },
  );
});
