import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** The shipped rules of the machine that reports, filled up to the number asked for. */
export const SHIPPED_RULES = 18;

/** Limits that are looked at with every message and never passed. */
export async function writeRules(folder: string, count: number): Promise<string> {
  await mkdir(folder, { recursive: true });
  const rules = Array.from(
    { length: count },
    (_, index) => `  - id: bench-limit-${index}
    kind: fault
    when: boiler_temp > ${150 + (index % 50)}.5 && state != 'off'
    for: 30s
    title: A limit of the benches
    why: Makes the number of rules what was asked for.
    playbook: [{ escalate: { next: Look at the bench. } }]
`,
  );
  const text = `product: espresso-pro\nrules:\n${rules.join("")}`;
  if (count > 0) await writeFile(join(folder, "bench.yaml"), text);
  return folder;
}
