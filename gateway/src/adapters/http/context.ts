import type { Server as HttpsServer } from "node:https";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { AnswerLinks } from "#ports/answer-links.ts";
import type { Auth, Identity, Role } from "#ports/auth.ts";
import type { CaseReader } from "#ports/case-store.ts";
import type { Clock } from "#ports/clock.ts";
import type { DeskSide } from "#ports/desk-side.ts";
import type { GatewayApi } from "#ports/gateway-api.ts";
import type { Log } from "#ports/log.ts";
import type { Metrics } from "#ports/metrics.ts";
import type { SeriesReader } from "#ports/series-store.ts";
import type { ValueReader } from "#ports/value-store.ts";
import type { EventHub } from "./event-hub.ts";

/** Who may use a route. `loopback`: anybody on this machine, else a viewer. */
export type Access = "public" | "loopback" | Role;

/** Typed as HTTPS for both: Fastify takes `https: null` for plain HTTP. */
export type App = FastifyInstance<HttpsServer>;
export type Request = FastifyRequest;
export type Reply = FastifyReply;

/** What every route is built from. */
export interface HttpContext {
  readonly api: GatewayApi;
  readonly cases: CaseReader;
  readonly series: SeriesReader;
  readonly value: ValueReader;
  readonly auth: Auth;
  readonly desks: DeskSide;
  /** Absent: there are no pages that answer a case without signing in. */
  readonly answers?: AnswerLinks;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly version: string;
  readonly hub: EventHub;
  /** Served over TLS: cookies are marked Secure. */
  readonly secure: boolean;
}

declare module "fastify" {
  interface FastifyContextConfig {
    readonly access?: Access;
    /** Answers with pages: refusals are pages too, and an unknown visitor is sent to sign in. */
    readonly page?: boolean;
  }
  interface FastifyRequest {
    identity: Identity | null;
  }
}
