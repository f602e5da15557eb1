/**
 * Writes everything that is generated from its source: `node scripts/generate.ts`.
 * `changedByGenerating` does it for a check and puts the files back as they were.
 */
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { root, runCommand } from "./run-command.ts";

/** Where generated things are: whole folders, and documents with generated parts. */
const GENERATED = [
  "{*,.}/**/generated/**/*",
  "dashboards/json/**/*",
  "docs/dashboards.md",
  "docs/metrics.md",
];

/** Programs without arguments that write there. */
const GENERATORS: readonly string[] = [
  "firmware-contracts/src/generate.ts",
  "scripts/generate-rule-schema.ts",
  "scripts/generate-metrics-table.ts",
  "dashboards/src/generate.ts",
];

async function generate(): Promise<void> {
  for (const generator of GENERATORS) {
    const code = await runCommand("node", [generator]);
    if (code !== 0) {
      throw new Error(`${generator} ended with ${code}; see its message above`);
    }
  }
}

function generatedFiles(): ReadonlyMap<string, Buffer> {
  const files = globSync(GENERATED, {
    cwd: root,
    withFileTypes: true,
    exclude: (entry) => entry.name === "node_modules" || entry.name === ".git",
  });
  return new Map(
    files
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name))
      .map((file) => [path.relative(root, file), readFileSync(file)]),
  );
}

function restore(before: ReadonlyMap<string, Buffer>, after: ReadonlyMap<string, Buffer>): void {
  for (const file of after.keys()) {
    if (!before.has(file)) {
      rmSync(path.join(root, file));
    }
  }
  for (const [file, bytes] of before) {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), bytes);
  }
}

/** Paths that were added, removed or changed. */
export function differences(
  before: ReadonlyMap<string, Buffer>,
  after: ReadonlyMap<string, Buffer>,
): readonly string[] {
  const same = (file: string): boolean => {
    const [old, now] = [before.get(file), after.get(file)];
    return old !== undefined && now !== undefined && old.equals(now);
  };
  return [...new Set([...before.keys(), ...after.keys()])].filter((file) => !same(file)).sort();
}

/** Paths whose content is not what their source generates; needs no git. The tree is left as it was. */
export async function changedByGenerating(): Promise<readonly string[]> {
  const before = generatedFiles();
  await generate();
  const after = generatedFiles();
  const changed = differences(before, after);
  if (changed.length > 0) {
    restore(before, after);
  }
  return changed;
}

if (import.meta.main) {
  await generate();
}
