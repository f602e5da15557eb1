import { parseDuration } from "@voorzorg/firmware-contracts";
import { parseDocument } from "yaml";
import { z } from "zod";
import { DataError } from "../errors.ts";
import { findTrouble } from "../models/catalogue.ts";
import { PRODUCTS } from "../models/make-appliance.ts";

const duration = z.string().transform((text, context) => {
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  context.addIssue({
    code: "custom",
    message: `"${text}" is no duration; write 30s, 5m, 2h or 1d`,
  });
  return z.NEVER;
});
const instant = z.iso.datetime({ error: "write an ISO 8601 time, e.g. 2026-03-02T06:00:00Z" });
const id = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, "write 1 to 64 letters, digits, _ or -");

const device = z.strictObject({
  id,
  product: z.enum(PRODUCTS),
  /** Chance that the owner does what an advice says. */
  followsAdvice: z.number().min(0).max(1).default(1),
  /** Use compared with the typical owner. */
  appetite: z.number().min(0).max(10).default(1),
  /** How long before the start it was handed over. */
  activatedBefore: duration.default(0),
  /** Apart from the minutes after a fault: how often it looks and speaks; absent: as its product does. */
  calm: z.strictObject({ sample: duration, report: duration }).optional(),
  /** Batch, region and the like, told at registration and birth; beside what every device has. */
  attrs: z.record(id, z.union([z.string(), z.number(), z.boolean()])).default({}),
  /** Absent: by product and generation. */
  cohort: id.optional(),
});

const step = z.strictObject({
  /** Since the start. */
  at: duration,
  device: id,
  trouble: id,
  /** Ends by itself after this time; absent: only a cure ends it. */
  lasts: duration.optional(),
});

const about = { device: id, rule: id };
const words = z
  .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
  .transform((given) => (typeof given === "string" ? [given] : given));
/** Words that the explanation must contain, upper and lower case alike. */
const explains = z.strictObject({
  observed: words.optional(),
  expected: words.optional(),
  sure: words.optional(),
  disproof: words.optional(),
});
const found = z.strictObject({ ...about, within: duration, explains: explains.optional() });
/** `within` counts from the device's first trouble, or from the start if it has none. */
const expectation = z.union([
  z.strictObject({ case: found }),
  /** Also of a rule that only watches: it opens no case. */
  z.strictObject({ alert: found }),
  z.strictObject({ fix: z.strictObject({ ...about, command: id.optional(), within: duration }) }),
  z.strictObject({ advice: z.strictObject({ ...about, within: duration }) }),
  z.strictObject({ escalated: z.strictObject({ ...about, within: duration }) }),
  z.strictObject({ resolved: z.strictObject({ ...about, within: duration }) }),
  z.strictObject({ noCase: z.strictObject({ device: id, rule: id.optional() }) }),
  z.strictObject({ noAlert: z.strictObject({ device: id, rule: id.optional() }) }),
]);

const scenarioSchema = z.strictObject({
  scenario: z.string().min(1),
  seed: z.int().min(0).default(1),
  start: instant.default("2026-03-02T00:00:00Z"),
  given: z.strictObject({
    devices: z.array(device).min(1),
    /** Outdoor temperature in Celsius; absent: a changeable spring. */
    weather: z
      .strictObject({ mean: z.number().min(-40).max(45), swing: z.number().min(0).max(20) })
      .optional(),
  }),
  when: z.array(step).default([]),
  until: duration,
  expect: z.array(expectation).min(1),
});

export type Scenario = z.infer<typeof scenarioSchema>;
export type Expectation = z.infer<typeof expectation>;
export type Explains = z.infer<typeof explains>;

/** @throws DataError that lists every problem of the file. */
export function parseScenario(path: string, text: string): Scenario {
  const document = parseDocument(text, { prettyErrors: true });
  if (document.errors.length > 0) {
    throw new DataError(`${path}: ${document.errors.map(({ message }) => message).join("; ")}`);
  }
  const parsed = scenarioSchema.safeParse(document.toJS());
  if (!parsed.success) {
    const problems = parsed.error.issues.map(
      (issue) => `${issue.path.join(".") || "the file"}: ${issue.message}`,
    );
    throw new DataError(`${path}: ${problems.join("; ")}`);
  }
  checkDevices(path, parsed.data);
  return parsed.data;
}

/** Names that nobody has declared are the most frequent slip: the scenario would test nothing. */
function checkDevices(path: string, { given, when, expect }: Scenario): void {
  const products = new Map(given.devices.map(({ id: name, product }) => [name, product]));
  const known = [...products.keys()].join(", ");
  for (const { device: name, trouble } of when) {
    const product = products.get(name);
    if (product === undefined) {
      throw new DataError(`${path}: when: there is no device "${name}"; given are ${known}`);
    }
    findTrouble(product, trouble);
  }
  for (const item of expect) {
    const { device: name } = subjectOf(item);
    if (!products.has(name)) {
      throw new DataError(`${path}: expect: there is no device "${name}"; given are ${known}`);
    }
  }
}

export function subjectOf(item: Expectation): { readonly device: string; readonly rule?: string } {
  if ("case" in item) return item.case;
  if ("alert" in item) return item.alert;
  if ("fix" in item) return item.fix;
  if ("advice" in item) return item.advice;
  if ("escalated" in item) return item.escalated;
  if ("resolved" in item) return item.resolved;
  const { device: name, rule } = "noCase" in item ? item.noCase : item.noAlert;
  return { device: name, ...(rule === undefined ? {} : { rule }) };
}
