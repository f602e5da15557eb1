import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** What the benches break: a boiler with one gauge, one instant rule and one command that cures it. */
export const BOILER = {
  product: "bench-boiler",
  rule: "too-hot",
  signal: "temp",
  normal: 60,
  hot: 120,
  command: "cool_down",
} as const;

const PRODUCT = `id: ${BOILER.product}
title: Boiler of the benches
version: 1
expectedPeriod: 10m
signals:
  ${BOILER.signal}: { kind: gauge, title: Temperature, unit: Cel, period: 10m }
events: {}
settings: {}
commands:
  ${BOILER.command}: { number: 1, title: Switch the heater off }
features: {}
`;

/** A second fault is a second case at once, so that every fault can be counted. */
const RULES = `product: ${BOILER.product}
rules:
  - id: ${BOILER.rule}
    kind: fault
    severity: urgent
    when: ${BOILER.signal} > 100.0
    clear: ${BOILER.signal} < 90.0
    reopenWithin: 0s
    title: The boiler is too hot
    why: A boiler of the benches that was broken on purpose.
    playbook:
      - command: { name: ${BOILER.command}, expiresIn: 10m }
        verify: { when: ${BOILER.signal} < 90.0, within: 10m }
      - escalate: { next: Look at the bench. }
`;

export interface Fixture {
  readonly productsDir: string;
  readonly rulesDir: string;
}

export async function writeFixture(directory: string): Promise<Fixture> {
  const productsDir = join(directory, "products");
  const rulesDir = join(directory, "rules");
  await mkdir(productsDir, { recursive: true });
  await mkdir(rulesDir, { recursive: true });
  await writeFile(join(productsDir, `${BOILER.product}.yaml`), PRODUCT);
  await writeFile(join(rulesDir, `${BOILER.product}.yaml`), RULES);
  return { productsDir, rulesDir };
}
