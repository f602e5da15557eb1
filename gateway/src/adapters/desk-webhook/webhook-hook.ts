import { z } from "zod";
import { VERDICTS } from "#domain/record.ts";
import type { EpochMs } from "#domain/units.ts";
import { HOUR_MS } from "#domain/units.ts";
import type { ChangeMeaning } from "../desk-http/change-meaning.ts";
import type { HookHeaders, HookParsed } from "../desk-http/hook.ts";
import { hookRefused } from "../desk-http/hook.ts";
import { decode, parseJson } from "../desk-http/json.ts";
import type { StandardWebhook } from "../desk-http/standard-webhook.ts";

const text = z.string().max(20_000);
const name = z.string().max(200);
const ticket = z.string().regex(/^[a-z0-9-]{1,64}$/, "is no reference of a ticket of the gateway");
/** Who did it, as people know them. */
const by = name.min(1);
const of = <T extends string, S extends z.ZodRawShape>(type: T, data: S) =>
  z.object({
    type: z.literal(type),
    timestamp: z.iso.datetime({ offset: true }),
    data: z.object({ ticket, by, ...data }),
  });

const hookSchema = z.discriminatedUnion("type", [
  of("ticket.comment", { text: text.min(1) }),
  of("ticket.owner", { owner: name }),
  of("ticket.status", {
    status: z.enum(["new", "open", "resolved", "rejected", "closed"]),
    raw: name.optional(),
  }),
  of("ticket.queue", { queue: name.min(1) }),
  of("ticket.merged", { into: ticket }),
  of("ticket.verdict", { verdict: z.enum(VERDICTS).nullable() }),
  /** A person opened a ticket about a device; it has no reference of ours, `ticket` is the receiver's. */
  z.object({
    type: z.literal("ticket.created"),
    timestamp: z.iso.datetime({ offset: true }),
    data: z.object({ ticket: name.min(1), by, device: name.min(1) }),
  }),
]);

/**
 * Reads what a receiver sends back. One change per call; its `webhook-id` is the change's id, so that a
 * call sent twice counts once.
 */
export function parseWebhookHook(
  webhook: StandardWebhook,
  given: { readonly headers: HookHeaders; readonly body: Uint8Array; readonly now: EpochMs },
): HookParsed {
  const { headers, body, now } = given;
  if (!webhook.verify(headers, body, now)) {
    return hookRefused("forged", "signature or time of the call is not right");
  }
  const parsed = decode(hookSchema, parseJson(Buffer.from(body).toString("utf8")));
  if (!parsed.ok) return hookRefused("malformed", parsed.reason);
  const { value } = parsed;
  const at = Date.parse(value.timestamp);
  if (at > now + HOUR_MS) {
    return hookRefused("malformed", "timestamp: lies in the future");
  }
  const { ticket: id, by: who } = value.data;
  const common = { id: headers["webhook-id"] ?? "", ticket: id, at, by: who, own: false };
  return { kind: "changes", changes: [{ ...common, ...meaning(value) }] };
}

function meaning(hook: z.output<typeof hookSchema>): ChangeMeaning {
  switch (hook.type) {
    case "ticket.comment":
      return { kind: "comment", text: hook.data.text };
    case "ticket.owner":
      return { kind: "owner", to: hook.data.owner };
    case "ticket.status":
      return { kind: "status", to: hook.data.status, raw: hook.data.raw ?? hook.data.status };
    case "ticket.queue":
      return { kind: "queue", to: hook.data.queue };
    case "ticket.merged":
      return { kind: "merged", into: hook.data.into };
    case "ticket.verdict":
      return { kind: "verdict", verdict: hook.data.verdict };
    case "ticket.created":
      return { kind: "created", device: hook.data.device, reference: "" };
  }
}
