import { timingSafeEqual } from "node:crypto";
import type { Auth, Identity } from "#ports/auth.ts";
import { isAtLeast } from "#ports/auth.ts";
import type { Access, App, Request } from "./context.ts";
import { RequestRefusedError } from "./problem.ts";

/** The `__Host-` prefix makes browsers refuse the cookie without TLS or from another host. */
export const cookieName = (secure: boolean): string =>
  secure ? "__Host-voorzorg_session" : "voorzorg_session";

export interface DeclaredRoute {
  readonly method: string;
  readonly url: string;
  readonly access: Access;
}

/**
 * Checks every request against the access its route declares. A route that declares none stops the
 * start: forgetting it must never open it.
 * Answers the routes as they are declared, growing until the app is ready.
 */
export function guard(
  app: App,
  options: { readonly auth: Auth; readonly secure: boolean },
): readonly DeclaredRoute[] {
  const declared: DeclaredRoute[] = [];
  app.decorateRequest("identity", null);
  app.addHook("onRoute", (route) => {
    if (route.config?.access === undefined) {
      throw new Error(`Route ${String(route.method)} ${route.url} declares no access.`);
    }
    const methods = Array.isArray(route.method) ? route.method : [route.method];
    for (const method of methods) {
      declared.push({ method, url: route.url, access: route.config.access });
    }
  });
  app.addHook("onRequest", async (request) => {
    if (request.is404) return;
    request.identity = identify(request, options) ?? null;
    const access = request.routeOptions.config.access;
    if (access === undefined) throw new Error(`Route ${request.url} declares no access.`);
    check(request, access);
  });
  return declared;
}

function identify(
  request: Request,
  options: { readonly auth: Auth; readonly secure: boolean },
): Identity | undefined {
  const header = request.headers.authorization;
  if (header !== undefined) {
    const token = /^Bearer ([A-Za-z0-9._~+/=-]{1,512})$/i.exec(header)?.[1];
    // A wrong token never falls back to the cookie: who sends one means it.
    return token === undefined ? undefined : options.auth.byToken(token);
  }
  const cookie = request.cookies[cookieName(options.secure)];
  if (cookie === undefined) return undefined;
  const background = request.headers["x-background"] !== undefined;
  return options.auth.bySession(cookie, background ? "background" : "use");
}

function check(request: Request, access: Access): void {
  if (access === "public") return;
  if (access === "loopback" && isLocal(request)) return;
  const { identity } = request;
  if (identity === null) {
    throw new RequestRefusedError(
      401,
      request.headers.authorization === undefined
        ? "Send a bearer token (Authorization: Bearer ...) or sign in at /sign-in."
        : "The bearer token is not known. Ask an admin for a new one.",
    );
  }
  const needed = access === "loopback" ? "viewer" : access;
  if (!isAtLeast(identity.role, needed)) {
    throw new RequestRefusedError(
      403,
      `${identity.name} is ${identity.role}; this needs ${needed}. Ask an admin.`,
    );
  }
  if (identity.via === "session" && !isSafe(request.method)) checkOrigin(request);
}

const isSafe = (method: string): boolean => method === "GET" || method === "HEAD";

/**
 * A proxy on this machine makes strangers look local, so forwarded requests never count as such;
 * nor does a foreign host name, with which a web page could reach us through the visitor's browser
 * (DNS rebinding).
 */
function isLocal(request: Request): boolean {
  if (!/^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/.test(request.headers.host ?? "")) return false;
  if (request.headers["x-forwarded-for"] !== undefined) return false;
  if (request.headers.forwarded !== undefined) return false;
  const address = request.socket.remoteAddress ?? "";
  return address === "::1" || /^(::ffff:)?127\./.test(address);
}

/** A browser must say that the change comes from one of our own pages. */
export function checkOrigin(request: Request): void {
  const { origin, host } = request.headers;
  if (origin !== undefined && host !== undefined && hostOf(origin) === host) return;
  if (origin === undefined && request.headers["sec-fetch-site"] === "same-origin") return;
  throw new RequestRefusedError(
    403,
    `The request comes from ${JSON.stringify(origin ?? "an unknown page")}, not from this console. Use the console's own pages, or a bearer token.`,
  );
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}

/** The page's token must come back, by header from scripts or by form field. */
export function checkCsrf(identity: Identity | null, given: unknown): void {
  if (identity === null || identity.via === "token") return;
  if (typeof given === "string" && sameSecret(given, identity.csrf)) return;
  throw new RequestRefusedError(
    403,
    "The CSRF token is missing or belongs to another session. Reload the page and try again.",
  );
}

function sameSecret(left: string, right: string): boolean {
  const a = Buffer.from(left);
  const b = Buffer.from(right);
  return a.length === b.length && timingSafeEqual(a, b);
}
