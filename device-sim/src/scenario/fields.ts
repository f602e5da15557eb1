import { parseDuration } from "@voorzorg/firmware-contracts";
import { z } from "zod";

/** `30s`, `5m`, `2h`, `1d` to ms. */
export const duration = z.string().transform((text, context) => {
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  context.addIssue({
    code: "custom",
    message: `"${text}" is no duration; write 30s, 5m, 2h or 1d`,
  });
  return z.NEVER;
});

export const id = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/, "write 1 to 64 letters, digits, _ or -");

export const scalar = z.union([z.string(), z.number(), z.boolean()]);
export const settings = z.record(id, scalar);

/** Which case: the newest one of the device and rule. */
export const caseRef = z.strictObject({ device: id, rule: id });

/** Which problem: the newest one that all given words fit. */
export const problemRef = z.strictObject({
  rule: id,
  attribute: z.string().optional(),
  value: z.string().optional(),
});
export type ProblemRef = z.infer<typeof problemRef>;
