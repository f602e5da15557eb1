import { z } from "zod";
import type { DeviceView } from "#domain/device-view.ts";
import type { QuarantineEntry } from "#domain/effects.ts";
import type { RegisteredDevice } from "#domain/record.ts";
import { iso } from "#domain/units.ts";
import type { Health } from "#ports/gateway-api.ts";
import { scalarSchema, severitySchema, valueSchema } from "./schemas.ts";

export const registeredSchema = z
  .object({
    id: z.string(),
    product: z.string(),
    attrs: z.record(z.string(), scalarSchema),
    cohort: z.string(),
    owner: z.string(),
    activatedAt: z.string(),
  })
  .meta({ id: "RegisteredDevice" });

export const deviceSchema = registeredSchema
  .extend({
    presence: z.enum(["online", "offline", "sleeping", "lost", "unknown", "never_seen"]),
    deviceTime: z.string().nullable(),
    lastSeenAt: z.string().nullable(),
    firmware: z.string(),
    signals: z.record(z.string(), z.object({ value: valueSchema, at: z.string() })),
    settings: z.record(z.string(), valueSchema),
    desired: z
      .object({ version: z.number(), settings: z.record(z.string(), scalarSchema) })
      .nullable()
      .describe("Settings as an engineer wants them; null = nobody does."),
    reportedVersion: z
      .number()
      .describe("Newest version of them that the device works with; 0 = none."),
    use: z.array(z.object({ day: z.string(), amount: z.number() })),
    featuresUsed: z
      .array(z.string())
      .optional()
      .describe("Features of the product that were seen in use; absent = none yet."),
    commands: z
      .array(
        z.object({
          id: z.string(),
          name: z.string(),
          by: z.string(),
          at: z.string(),
          state: z.enum([
            "waiting",
            "delivered",
            "accepted",
            "succeeded",
            "failed",
            "rejected",
            "expired",
            "cancelled",
          ]),
          detail: z.string(),
          expiresAt: z.string(),
        }),
      )
      .describe("Newest ten, newest first."),
    openCases: z.number(),
    worst: severitySchema.nullable(),
    messages: z.number(),
  })
  .meta({ id: "Device" });

export const quarantineSchema = z
  .object({
    offset: z.number(),
    n: z.number(),
    at: z.string(),
    device: z.string(),
    topic: z.string(),
    code: z.string(),
    reason: z.string(),
    payload: z.string(),
    encoding: z.enum(["utf8", "base64"]),
    size: z.number().describe("Bytes kept."),
  })
  .meta({ id: "QuarantinedMessage" });

export const healthSchema = z
  .object({
    status: z.enum(["ok", "degraded", "starting", "stopping"]),
    reasons: z.array(z.string()),
    ready: z.boolean().describe("Messages are taken and decided."),
    version: z.string(),
    clock: z.enum(["live", "event"]),
    serviceTime: z.string().nullable(),
    journal: z.object({ newest: z.number(), decided: z.number(), stored: z.number() }),
    outboxDue: z.number(),
  })
  .meta({ id: "Health" });

const isoOrNull = (at: number | null): string | null => (at === null ? null : iso(at));

export const toRegistered = (device: RegisteredDevice): z.output<typeof registeredSchema> => ({
  id: device.id,
  product: device.product,
  attrs: { ...device.attrs },
  cohort: device.cohort,
  owner: device.owner,
  activatedAt: iso(device.activatedAt),
});

export const toDevice = ({ featuresUsed, ...view }: DeviceView): z.output<typeof deviceSchema> => ({
  ...view,
  ...toRegistered(view),
  ...(featuresUsed !== undefined && { featuresUsed: [...featuresUsed] }),
  deviceTime: isoOrNull(view.deviceTime),
  lastSeenAt: isoOrNull(view.lastSeenAt),
  signals: Object.fromEntries(
    Object.entries(view.signals).map(([name, { value, at }]) => [name, { value, at: iso(at) }]),
  ),
  desired:
    view.desired === null
      ? null
      : { version: view.desired.version, settings: { ...view.desired.settings } },
  use: [...view.use],
  commands: view.commands.map((command) => ({
    ...command,
    at: iso(command.at),
    expiresAt: iso(command.expiresAt),
  })),
});

export const toQuarantined = (entry: QuarantineEntry): z.output<typeof quarantineSchema> => ({
  offset: entry.offset,
  n: entry.n,
  at: iso(entry.at),
  device: entry.device,
  topic: entry.topic,
  code: entry.code,
  reason: entry.reason,
  ...showPayload(entry.payload),
});

export const toHealth = (health: Health): z.output<typeof healthSchema> => ({
  ...health,
  reasons: [...health.reasons],
  serviceTime: health.serviceTime === 0 ? null : iso(health.serviceTime),
});

/** Text where it is text; a payload with control characters could garble a terminal. */
export function showPayload(payload: Uint8Array): {
  readonly payload: string;
  readonly encoding: "utf8" | "base64";
  readonly size: number;
} {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  const text = printable(bytes);
  return text === undefined
    ? { payload: bytes.toString("base64"), encoding: "base64", size: bytes.length }
    : { payload: text, encoding: "utf8", size: bytes.length };
}

function printable(bytes: Buffer): string | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return /^[^\p{Cc}\p{Cf}\p{Co}\p{Cn}]*$/u.test(text.replace(/[\t\r\n]/g, "")) ? text : undefined;
  } catch {
    // Not UTF-8: shown as base64, which is the answer here and no failure.
    return undefined;
  }
}
