import { createHmac } from "node:crypto";
import { equalText } from "../desk-http/equal-text.ts";
import type { HookHeaders } from "../desk-http/hook.ts";

/**
 * `X-Hub-Signature`: sha256= and HMAC-SHA256 over the body, in hex. Jira signs no time, so an old call sent
 * again is taken: it wakes the poller, and that is all.
 */
export function verifyJiraHook(secret: string, headers: HookHeaders, body: Uint8Array): boolean {
  const signature = headers["x-hub-signature"];
  if (secret === "" || signature === undefined) return false;
  const right = `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;
  return equalText(right, signature);
}
