import { z } from "zod";

const WANTED = 'must be a duration such as "0s", "90s", "10m" or "14d"';
const duration = z.string(WANTED).regex(/^\d+(?:\.\d+)?(?:ms|s|m|h|d)$/, WANTED);
const value = z.union(
  [z.number(), z.string(), z.boolean(), z.null(), z.tuple([z.number(), z.number()])],
  "must be a value, null, or [first, last] for a ramp",
);

const input = z.strictObject({
  at: duration.optional(),
  every: duration.optional(),
  from: duration.optional(),
  until: duration.optional(),
  set: z.record(z.string(), value).optional(),
  event: z.string().optional(),
  /** The reading is one of another device of the same cohort. */
  peer: z.string().min(1).optional(),
  status: z.enum(["online", "offline", "planned", "sleeping"]).optional(),
  downtime: duration.optional(),
});

const expectation = z.strictObject({
  at: duration,
  rule: z.string(),
  phase: z.enum(["inactive", "pending", "firing", "clearing"]).optional(),
  unknown: z.boolean().optional(),
  /** Steps of the playbook that were begun up to then, in order. */
  steps: z.array(z.string().min(1)).optional(),
  escalated: z.boolean().optional(),
  resolved: z
    .union(
      [z.literal(false), z.enum(["fixed", "recovered"])],
      "must be fixed, recovered, or false for a case that is open",
    )
    .optional(),
});

/** What the device under test says to a command or a setting; `nothing`: it gets it and is silent. */
export const DEVICE_ANSWERS = ["succeeded", "failed", "rejected", "expired", "nothing"] as const;

export const testFileSchema = z.strictObject({
  product: z.string(),
  tests: z
    .array(
      z.strictObject({
        name: z.string().min(1),
        rules: z.array(z.string()).min(1).optional(),
        given: z
          .strictObject({
            activatedBefore: duration.optional(),
            start: z.iso.datetime().optional(),
            answers: z.record(z.string(), z.enum(DEVICE_ANSWERS)).optional(),
          })
          .optional(),
        input: z.array(input).min(1),
        expect: z.array(expectation).min(1),
      }),
    )
    .min(1),
});

export type InputSource = z.infer<typeof input>;
export type TestSource = z.infer<typeof testFileSchema>["tests"][number];
export type ValueSource = z.infer<typeof value>;
