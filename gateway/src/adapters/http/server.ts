import type { AddressInfo } from "node:net";
import cookie from "@fastify/cookie";
import rateLimit from "@fastify/rate-limit";
import Fastify from "fastify";
import { serializerCompiler, validatorCompiler } from "fastify-type-provider-zod";
import { GatewayError } from "#domain/errors.ts";
import type { AnswerLinks } from "#ports/answer-links.ts";
import type { Auth } from "#ports/auth.ts";
import type { CaseReader } from "#ports/case-store.ts";
import type { Clock } from "#ports/clock.ts";
import type { DeskSide } from "#ports/desk-side.ts";
import { NO_DESKS } from "#ports/desk-side.ts";
import type { GatewayApi } from "#ports/gateway-api.ts";
import type { Log } from "#ports/log.ts";
import type { Metrics } from "#ports/metrics.ts";
import type { SeriesReader } from "#ports/series-store.ts";
import type { ValueReader } from "#ports/value-store.ts";
import { answerErrors, refuseBrokenRequest, refuseBrokenUrl } from "./answer-errors.ts";
import { hookRoutes } from "./api/desk-routes.ts";
import { apiRoutes } from "./api/routes.ts";
import { assetRoutes } from "./asset-routes.ts";
import { consoleRoutes } from "./console/routes.ts";
import type { App, HttpContext } from "./context.ts";
import { EventHub } from "./event-hub.ts";
import type { DeclaredRoute } from "./guard.ts";
import { cookieName, guard } from "./guard.ts";
import { observe } from "./observe.ts";
import { openApi } from "./open-api.ts";
import { securityHeaders } from "./security-headers.ts";

export interface HttpServerOptions {
  readonly api: GatewayApi;
  readonly cases: CaseReader;
  readonly series: SeriesReader;
  readonly value: ValueReader;
  readonly auth: Auth;
  /** Absent: no desk is configured. */
  readonly desks?: DeskSide;
  /** Absent: no pages that answer a case without signing in. */
  readonly answers?: AnswerLinks;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly version: string;
  readonly host: string;
  /** 0 = any free one. */
  readonly port: number;
  /** PEM texts. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

export interface HttpServer extends AsyncDisposable {
  /** @throws ListenError when the address is taken or not ours. */
  start(): Promise<{ readonly port: number }>;
}

export class ListenError extends GatewayError {
  readonly code = "VZ_HTTP_LISTEN";
}

const BODY_LIMIT_BYTES = 64 * 1024;
const HEADERS_AND_BODY_WITHIN_MS = 15_000;
/** How often the sockets are looked at for the time above: half a minute by default, which triples it. */
const LOOKED_AT_EVERY_MS = 5_000;
const ANSWER_WITHIN_MS = 20_000;
/** Above the heartbeat of event streams, which keeps them open. */
const IDLE_SOCKET_MS = 60_000;

/** HTTP API, live events and console. Nothing listens before `start`; disposing ends open streams. */
export function createHttpServer(options: HttpServerOptions): HttpServer {
  const { host, port } = options;
  const building = buildApp(options);
  // A failed build is told by start(); without a start it must not crash the process.
  building.catch(() => undefined);
  return {
    async start() {
      const { app, hub } = await building;
      try {
        await app.listen({ host, port });
      } catch (error) {
        throw new ListenError(
          `Cannot serve HTTP on ${host}:${port} (${String(error)}). Is another gateway running? Set VOORZORG_HTTP_PORT.`,
          { cause: error },
        );
      }
      hub.start();
      return { port: portOf(app.server.address()) };
    },
    async [Symbol.asyncDispose]() {
      const { app, hub } = await building;
      hub[Symbol.dispose]();
      await app.close();
    },
  };
}

/** The app without a socket; tests inject requests into it. */
export async function buildApp(options: HttpServerOptions): Promise<{
  readonly app: App;
  readonly hub: EventHub;
  readonly routes: readonly DeclaredRoute[];
}> {
  const hub = new EventHub(options);
  const secure = options.tls !== undefined;
  const { desks = NO_DESKS } = options;
  const context: HttpContext = { ...options, desks, hub, secure };
  const sockets = { connectionsCheckingInterval: LOOKED_AT_EVERY_MS };
  const overHttp = { http: sockets };
  const app: App = Fastify({
    ...overHttp,
    https: options.tls === undefined ? null : { ...options.tls, ...sockets },
    logger: false,
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: HEADERS_AND_BODY_WITHIN_MS,
    handlerTimeout: ANSWER_WITHIN_MS,
    connectionTimeout: IDLE_SOCKET_MS,
    forceCloseConnections: true,
    return503OnClosing: false,
    clientErrorHandler: refuseBrokenRequest,
    frameworkErrors: refuseBrokenUrl(secure),
    routerOptions: { maxParamLength: 256 },
  });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.removeContentTypeParser("text/plain");
  observe(app, context);
  securityHeaders(app, secure);
  await app.register(cookie);
  const routes = guard(app, context);
  answerErrors(app, context);
  await app.register(rateLimit, { global: false });
  await openApi(app, { version: options.version, cookie: cookieName(secure) });
  for (const declare of [apiRoutes, hookRoutes, assetRoutes, consoleRoutes]) {
    await app.register((scope: App, _options, done) => {
      declare(scope, context);
      done();
    });
  }
  await app.ready();
  return { app, hub, routes };
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === "string") {
    throw new ListenError(
      `The HTTP server listens on ${String(address)}, which is no TCP address.`,
    );
  }
  return address.port;
}
