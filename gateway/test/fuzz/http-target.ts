import { connect } from "node:net";
import type { InjectOptions, LightMyRequestResponse } from "fastify";
import { createHttpServer } from "../../src/adapters/http/server.ts";
import { fakes, testApp } from "../support/http-harness.ts";
import type { HttpInput, KnownRoute } from "./http-requests.ts";
import { MARKUP, makeRequest, requestBytes } from "./http-requests.ts";
import { mutateBytes } from "./mutate-bytes.ts";
import type { Rng } from "./rng.ts";
import type { FuzzTarget } from "./target.ts";
import { must } from "./target.ts";

interface Input {
  readonly request: HttpInput;
  /** Sent over a socket in place of the injected request. */
  readonly bytes: Buffer | undefined;
}

/** How long a socket waits for an answer to what may not be a request. */
const SOCKET_MS = 100;
const OVER_SOCKETS = 0.03;
/** A stream of events never ends; its route is met over sockets only. */
const ENDLESS = "/api/events";

interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}
interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: {
    readonly content?: Readonly<
      Record<string, { readonly schema?: NonNullable<KnownRoute["body"]> }>
    >;
  };
}

/** The API and the console over fakes that answer everything: whatever fails is the HTTP layer's own. */
export async function httpTarget(): Promise<FuzzTarget<Input> & AsyncDisposable> {
  const parts = fakes();
  const { app, routes } = await testApp(parts);
  const server = createHttpServer(parts);
  const { port } = await server.start();
  const known = knownRoutes(routes, (await app.inject("/api/openapi.json")).json());
  const injected = known.filter(({ url }) => url !== ENDLESS);
  const forget = (): void => {
    parts.fakeAuth.gone.clear();
    parts.api.acted.length = 0;
    parts.api.put.length = 0;
    parts.series.asked.length = 0;
    parts.metrics.counted.length = 0;
  };
  return {
    name: "http",
    make: (rng) => makeInput(rng, { known, injected }),
    async run({ bytes, request }) {
      parts.fakeAuth.gone.clear();
      if (bytes !== undefined) {
        return await overSocket(port, bytes);
      }
      return judged(request, await app.inject(asInjected(request)));
    },
    show: ({ bytes, request }) => bytes?.toString("latin1") ?? JSON.stringify(request, null, 2),
    tidy: forget,
    async [Symbol.asyncDispose]() {
      await app.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

interface Routes {
  readonly known: readonly KnownRoute[];
  readonly injected: readonly KnownRoute[];
}

function makeInput(rng: Rng, { injected, known }: Routes): Input {
  if (!rng.chance(OVER_SOCKETS)) {
    return { request: makeRequest(injected, rng), bytes: undefined };
  }
  const request = makeRequest(known, rng);
  const right = requestBytes(request, rng);
  return { request, bytes: rng.chance(0.7) ? mutateBytes(right, rng) : right };
}

function knownRoutes(
  declared: readonly { readonly method: string; readonly url: string }[],
  document: ApiDocument,
): readonly KnownRoute[] {
  return declared.map(({ method, url }) => {
    const asDocumented = url.replace(/:([a-z]+)/gi, "{$1}");
    const operation = document.paths[asDocumented]?.[method.toLowerCase()];
    const contents = Object.values(operation?.requestBody?.content ?? {});
    const query = (operation?.parameters ?? []).filter((parameter) => parameter.in === "query");
    return { method, url, query: query.map(({ name }) => name), body: contents[0]?.schema };
  });
}

const asInjected = ({ address, body, headers, method, url }: HttpInput): InjectOptions => ({
  method: method as NonNullable<InjectOptions["method"]>,
  url,
  headers: { ...headers },
  remoteAddress: address,
  ...(body === undefined ? {} : { payload: body }),
});

function judged({ url }: HttpInput, response: LightMyRequestResponse): string {
  const { body, headers, statusCode } = response;
  const type = String(headers["content-type"] ?? "");
  must(statusCode >= 200 && statusCode < 500, () => `status ${statusCode}: ${body.slice(0, 300)}`);
  must(
    headers["x-content-type-options"] === "nosniff",
    () => `status ${statusCode} without the security headers`,
  );
  if (type.includes("html")) {
    must(!body.includes(MARKUP.slice(0, 5)), () => "a page repeats markup from the request");
  }
  // The injecting client resolves dots, so such a path may have left the API.
  if (statusCode >= 400 && url.startsWith("/api/") && !url.includes("..") && body !== "") {
    must(type.startsWith("application/problem+json"), () => `${statusCode} answered as ${type}`);
    const problem = JSON.parse(body) as { readonly status?: number; readonly detail?: string };
    must(problem.status === statusCode, () => `the problem says ${problem.status}`);
    must((problem.detail ?? "").length > 5, () => "a problem without a sentence");
  }
  return String(statusCode);
}

/** Whatever the bytes are, what comes back is HTTP, or nothing and then the end. */
function overSocket(port: number, bytes: Buffer): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const socket = connect(port, "127.0.0.1");
  let answer = "";
  const done = (): void => {
    clearTimeout(timer);
    socket.destroy();
    const status = /^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1];
    if (answer !== "" && (status === undefined || Number(status) >= 500)) {
      reject(new Error(`over a socket: ${answer.slice(0, 300)}`));
    } else {
      resolve(`socket ${status ?? "silent"}`);
    }
  };
  const timer = setTimeout(done, SOCKET_MS);
  socket.on("data", (chunk: Buffer) => {
    answer += chunk.toString("latin1");
    done();
  });
  socket.on("error", () => undefined);
  socket.once("close", done);
  socket.write(bytes);
  return promise;
}
