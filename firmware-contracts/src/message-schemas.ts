import { z } from "zod";
import { INSTANT_MAX_MS, LIMITS, U32_MAX } from "./limits.ts";
import { COMMAND_STATES } from "./messages.ts";
import { ID_PATTERN } from "./topics.ts";

const u32 = (description: string) => z.int().min(0).max(U32_MAX).describe(description);
const instant = (description: string) => z.int().min(0).max(INSTANT_MAX_MS).describe(description);
const offset = (description: string) =>
  z.int().min(-INSTANT_MAX_MS).max(INSTANT_MAX_MS).describe(description);
const id = z.string().regex(ID_PATTERN);
const text = z.string().max(LIMITS.textLength);

/** Longest `attrs`, `set` and `args`: bounded because a device chooses the keys. */
const atMostEntries = (record: object): boolean => Object.keys(record).length <= LIMITS.entries;
const ENTRIES = { error: `expected at most ${LIMITS.entries} entries` };
const recordOf = <T extends z.ZodType>(value: T) =>
  z
    .record(z.string().max(LIMITS.idLength), value)
    .refine(atMostEntries, ENTRIES)
    .meta({ maxProperties: LIMITS.entries });

const signalValue = z
  .union([z.number(), z.string(), z.boolean(), z.null()])
  .describe("Finite number, text, flag, or null for: known to be unavailable now.");
const signalValues = z
  .record(z.string(), signalValue)
  .describe("Signal name to value; absent means unchanged.");
const settings = recordOf(
  z.union([z.number(), z.string().max(LIMITS.textLength), z.boolean(), z.null()]),
).describe("Setting name to the value that the device uses.");
const scalar = z.union([z.number(), text, z.boolean()]);

const ENVELOPE = {
  boot: u32("Boot counter kept in non-volatile memory; one more at each start.").optional(),
  seq: u32("Message counter of this boot, over all up classes but status.").optional(),
  ts: instant("Send time, ms since 1970 UTC; absent when the device has no clock.").optional(),
  up: instant("Milliseconds since boot; needed when ts is absent.").optional(),
} as const;

export const measurementSchema = z
  .looseObject({
    ...ENVELOPE,
    m: signalValues.optional(),
    p: z
      .array(
        z.looseObject({
          t: offset("ms relative to ts (or up), usually negative."),
          m: signalValues,
        }),
      )
      .max(LIMITS.points)
      .describe("Several moments, oldest first.")
      .optional(),
  })
  .meta({ anyOf: [{ required: ["m"] }, { required: ["p"] }] })
  .describe("Measurements: m for now, p for several moments; at least one of them.");

/** What `decodeSenml` checks by hand, for the JSON Schema. */
export const senmlSchema = z
  .array(
    z.looseObject({
      bn: z
        .string()
        .describe("Base name, put before each n; a device prefix is dropped.")
        .optional(),
      bt: z.number().describe("Base time in seconds, added to each t.").optional(),
      bu: z.string().describe("Base unit.").optional(),
      bv: z.number().describe("Base value, added to each v.").optional(),
      bver: z.number().max(10).describe("SenML version, 10.").optional(),
      n: z.string().describe("Name; its last segment is a signal of the product.").optional(),
      u: z.string().describe("Unit; must be the one in the product model.").optional(),
      t: z
        .number()
        .describe("Seconds: below 2^28 relative to the receive time, above since 1970 UTC.")
        .optional(),
      v: z.union([z.number(), z.null()]).describe("Number, or null.").optional(),
      vs: z.string().describe("State or text.").optional(),
      vb: z.boolean().describe("Flag.").optional(),
    }),
  )
  .min(1)
  .max(LIMITS.points)
  .describe("SenML pack (RFC 8428); in CBOR with integer labels.");

const attrs = recordOf(z.unknown()).describe("Details of the event; free keys.");
const eventCode = id.describe("Event code of the product model.");

export const eventSchema = z
  .looseObject({
    ...ENVELOPE,
    code: eventCode.optional(),
    t: offset("ms relative to ts (or up).").optional(),
    attrs: attrs.optional(),
    e: z
      .array(
        z.looseObject({
          code: eventCode,
          t: offset("ms relative to ts (or up).").optional(),
          attrs: attrs.optional(),
        }),
      )
      .min(1)
      .max(LIMITS.points)
      .describe("Several events, oldest first.")
      .optional(),
  })
  .meta({ oneOf: [{ required: ["code"] }, { required: ["e"] }] })
  .describe("Discrete events and error codes: one (code) or several (e), not both.");

export const statusSchema = z
  .looseObject({
    ...ENVELOPE,
    s: z
      .enum(["online", "offline", "lost", "sleeping"])
      .describe("lost is what the will says; offline and sleeping are clean ends."),
    reason: text.describe("planned keeps silence rules quiet.").optional(),
    wake: z
      .number()
      .min(0)
      .max(U32_MAX)
      .describe("Seconds until a sleeping device wakes.")
      .optional(),
  })
  .describe("Presence; also the will of the connection, retained.");

export const birthSchema = z
  .looseObject({
    ...ENVELOPE,
    model: text.describe("Model as printed on the device.").optional(),
    hw: text.describe("Hardware revision.").optional(),
    fw: text.describe("Firmware version.").optional(),
    set: settings.optional(),
    attrs: recordOf(scalar).describe("What peers are grouped by; free keys.").optional(),
  })
  .describe("Who the device is and how it is set; sent after each connect.");

export const resultSchema = z
  .looseObject({
    ...ENVELOPE,
    id: id.describe("Id of the command that this answers."),
    st: z.enum(COMMAND_STATES).describe("How far the command got."),
    code: text.describe("Reason for machines, e.g. unsafe.").optional(),
    msg: text.describe("Reason for people.").optional(),
    was: z
      .enum(COMMAND_STATES)
      .describe("On duplicate: the state stored when the command ran.")
      .optional(),
  })
  .describe("Answer to a command.");

export const reportedSchema = z
  .looseObject({
    ...ENVELOPE,
    v: u32("Version of the desired settings that these answer."),
    set: settings,
  })
  .describe("Settings in use and the desired version they follow.");

export const timeRequestSchema = z
  .looseObject({ ...ENVELOPE, up: instant("Milliseconds since boot, given back in the answer.") })
  .describe("Asks for the time; the service answers {up, ts}.");

export const commandSchema = z
  .looseObject({
    id: id.describe("Unique; the device keeps the last 32 with their results."),
    name: id.describe("Command of the product model."),
    args: recordOf(scalar).describe("Argument name to value."),
    iat: instant("Issued at, ms since 1970 UTC."),
    exp: instant("Not to be run after this, ms since 1970 UTC."),
    ttl: z
      .number()
      .min(0)
      .max(U32_MAX)
      .describe("Seconds from receipt, for devices without clock."),
    ctr: z
      .int()
      .min(0)
      .max(Number.MAX_SAFE_INTEGER)
      .describe("Strictly increasing per device; an action that must not repeat needs a new one."),
  })
  .describe("One command; never retained.");

export const desiredSchema = z
  .looseObject({ v: u32("Version, raised with each change."), set: settings })
  .describe("Desired settings; sent again at each subscribe, so applying twice must be harmless.");

export const timeAnswerSchema = z
  .looseObject({
    up: instant("As sent in the request."),
    ts: instant("Time of the service, ms since 1970 UTC."),
  })
  .describe("Answer to a time request.");
