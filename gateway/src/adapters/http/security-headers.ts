import type { App, Reply } from "./context.ts";

/** Only our own files run or load; nothing inline, no frames, forms come back to us. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "base-uri 'none'",
  "object-src 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": CONTENT_SECURITY_POLICY,
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  // Not `no-referrer`: browsers would then send `Origin: null` with our own forms.
  "referrer-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), microphone=(), geolocation=()",
};

const ONE_YEAR_S = 31_536_000;

export function securityHeaders(app: App, secure: boolean): void {
  app.addHook("onRequest", async (_request, reply) => setSecurityHeaders(reply, secure));
}

/** For answers that are given before any hook runs. */
export function setSecurityHeaders(reply: Reply, secure: boolean): void {
  reply.headers(SECURITY_HEADERS);
  if (secure) reply.header("strict-transport-security", `max-age=${ONE_YEAR_S}`);
  // Answers tell about customers' devices: no cache keeps them. Assets override this.
  reply.header("cache-control", "no-store");
}
