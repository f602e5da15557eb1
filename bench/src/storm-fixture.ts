import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Fixture } from "./fixture.ts";

/** A product whose silence is told soon. */
export const STORM = {
  product: "storm-sensor",
  rule: "silent",
  /** What its devices send, one message each in this time. */
  reportEveryMs: 10_000,
  silentAfterMs: 45_000,
} as const;

const PRODUCT = `id: ${STORM.product}
title: Sensor of the benches
version: 1
expectedPeriod: ${STORM.reportEveryMs / 1_000}s
signals:
  value: { kind: gauge, title: Value, unit: Cel, period: ${STORM.reportEveryMs / 1_000}s }
events: {}
settings: {}
commands: {}
features: {}
`;

const RULES = `product: ${STORM.product}
rules:
  - id: ${STORM.rule}
    kind: fault
    silence: { after: ${STORM.silentAfterMs / 1_000}s }
    title: The sensor is not heard of
    why: It was told to be silent, or the gateway judges wrongly.
    disproof: Any message.
    playbook:
      - escalate: { next: Look at the bench. }
`;

export async function writeStormFixture(directory: string): Promise<Fixture> {
  const productsDir = join(directory, "products");
  const rulesDir = join(directory, "rules");
  await mkdir(productsDir, { recursive: true });
  await mkdir(rulesDir, { recursive: true });
  await writeFile(join(productsDir, `${STORM.product}.yaml`), PRODUCT);
  await writeFile(join(rulesDir, `${STORM.product}.yaml`), RULES);
  return { productsDir, rulesDir };
}
