import { request } from "node:https";
import { describe, expect, it } from "vitest";
import { createHttpServer } from "../../../src/adapters/http/server.ts";
import { fakes, testServer } from "../../support/http-harness.ts";
import { TEST_TLS } from "../mqtt/tls-fixture.ts";

describe("HTTP over TLS", () => {
  it("marks the session cookie for TLS and this host only, and tells browsers to insist", async () => {
    const server = createHttpServer({ ...fakes(), tls: TEST_TLS });
    const { port } = await server.start();
    const headers = await new Promise<Record<string, unknown>>((resolve, reject) => {
      request({ port, host: "127.0.0.1", path: "/sign-in?code=good", ca: TEST_TLS.cert })
        .on("response", (response) => {
          response.resume();
          resolve(response.headers);
        })
        .on("error", reject)
        .end();
    });
    expect(String(headers["set-cookie"])).toMatch(
      /^__Host-voorzorg_session=\S+; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
    );
    expect(headers["strict-transport-security"]).toContain("max-age=");
    await server[Symbol.asyncDispose]();
  });
});

describe("starting", () => {
  it("says which address is taken and what to set", async () => {
    await using first = await testServer();
    const port = Number(new URL(first.url).port);
    await using second = createHttpServer({ ...fakes(), port });
    await expect(second.start()).rejects.toMatchObject({
      code: "VZ_HTTP_LISTEN",
      message: expect.stringContaining(`127.0.0.1:${port}`),
    });
  });
});
