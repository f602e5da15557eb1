import { createHmac } from "node:crypto";
import type { DurationMs, EpochMs } from "#domain/units.ts";
import { MINUTE_MS } from "#domain/units.ts";
import { equalText } from "../desk-http/equal-text.ts";
import type { HookHeaders } from "../desk-http/hook.ts";

/** Zendesk sends again for some minutes, signed anew each time. */
const TOLERANCE_MS: DurationMs = 5 * MINUTE_MS;

/** `X-Zendesk-Webhook-Signature`: base64 of HMAC-SHA256 over the timestamp and the body. */
export function verifyZendeskHook(
  secret: string,
  given: { readonly headers: HookHeaders; readonly body: Uint8Array; readonly now: EpochMs },
): boolean {
  const { headers, body, now } = given;
  const signature = headers["x-zendesk-webhook-signature"];
  const timestamp = headers["x-zendesk-webhook-signature-timestamp"];
  if (secret === "" || signature === undefined || timestamp === undefined) return false;
  const at = Date.parse(timestamp);
  if (Number.isNaN(at) || Math.abs(now - at) > TOLERANCE_MS) return false;
  const right = createHmac("sha256", secret).update(timestamp).update(body).digest("base64");
  return equalText(right, signature);
}
