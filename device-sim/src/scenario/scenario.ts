import { parseDocument } from "yaml";
import { z } from "zod";
import { DataError } from "../errors.ts";
import { findTrouble } from "../models/catalogue.ts";
import type { ProductId } from "../models/make-appliance.ts";
import { PRODUCTS } from "../models/make-appliance.ts";
import { expectation } from "./expectations.ts";
import { duration, id, scalar } from "./fields.ts";
import { spreadGroups } from "./groups.ts";
import { agentStep, happening, networkStep } from "./steps.ts";

const instant = z.iso.datetime({ error: "write an ISO 8601 time, e.g. 2026-03-02T06:00:00Z" });
const place = z.string().regex(/^[A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+)*$/, "write a relative path");

const device = z.strictObject({
  id,
  product: z.enum(PRODUCTS),
  /** So many of them: `id-1`, `id-2` ...; steps and expectations may name the group. */
  count: z.int().min(1).max(500).optional(),
  /** Chance that the owner does what an advice says. */
  followsAdvice: z.number().min(0).max(1).default(1),
  /** The first advice that is followed at all. */
  heedsFromAdvice: z.int().min(1).default(1),
  /** Use compared with the typical owner. */
  appetite: z.number().min(0).max(10).default(1),
  /** How long before the start it was handed over. */
  activatedBefore: duration.default(0),
  /** A firmware with a defect brings its trouble within six hours after the start. */
  firmware: z.string().min(1).optional(),
  /** Apart from the minutes after a fault: how often it looks and speaks; absent: as its product does. */
  calm: z.strictObject({ sample: duration, report: duration }).optional(),
  /** Batch, region and the like, told at registration and birth; beside what every device has. */
  attrs: z.record(id, scalar).default({}),
  /** Absent: by product and generation. */
  cohort: id.optional(),
});

const scenarioSchema = z.strictObject({
  scenario: z.string().min(1),
  seed: z.int().min(0).default(1),
  start: instant.default("2026-03-02T00:00:00Z"),
  /** Folders of rules and products of its own, beside the file; added to the shipped ones. */
  rules: place.optional(),
  products: place.optional(),
  /** Teams, calendars and targets. */
  service: place.optional(),
  given: z.strictObject({
    devices: z.array(device).min(1),
    /** Outdoor temperature in Celsius; absent: a changeable spring. */
    weather: z
      .strictObject({ mean: z.number().min(-40).max(45), swing: z.number().min(0).max(20) })
      .optional(),
  }),
  when: z.array(happening).default([]),
  network: z.array(networkStep).default([]),
  agents: z.array(agentStep).default([]),
  until: duration,
  expect: z.array(expectation).min(1),
});

export type Scenario = z.infer<typeof scenarioSchema>;
export type GivenDevice = Scenario["given"]["devices"][number];

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
  const scenario = spreadGroups(parsed.data);
  check(path, scenario);
  return scenario;
}

/** Names that nobody has declared are the most frequent slip: the scenario would test nothing. */
function check(path: string, scenario: Scenario): void {
  const products = new Map(scenario.given.devices.map((one) => [one.id, one.product]));
  const known = [...products.keys()].join(", ");
  const productOf = (place: string, name: string): ProductId => {
    const product = products.get(name);
    if (product !== undefined) return product;
    throw new DataError(`${path}: ${place}: there is no device "${name}"; given are ${known}`);
  };
  const inTime = (where: string, atMs: number): void => {
    if (atMs <= scenario.until) return;
    throw new DataError(`${path}: ${where}: it comes after the end of the scenario`);
  };
  for (const { device: name, trouble, at } of scenario.when) {
    const product = productOf("when", name);
    if (trouble !== undefined) findTrouble(product, trouble);
    inTime("when", at);
  }
  for (const { device: name } of scenario.network) productOf("network", name);
  for (const step of scenario.agents) {
    const name = "case" in step ? step.case.device : "device" in step ? step.device : undefined;
    if (name !== undefined) productOf("agents", name);
    inTime("agents", step.at);
  }
  for (const item of scenario.expect) {
    for (const wanted of Object.values(item)) {
      if (wanted === undefined) continue;
      const ref = "case" in wanted ? wanted.case : wanted;
      if (ref !== undefined && "device" in ref) productOf("expect", ref.device);
      if ("at" in wanted && wanted.at !== undefined) inTime("expect", wanted.at);
    }
  }
}
