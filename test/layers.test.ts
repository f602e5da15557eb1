import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = path.join(import.meta.dirname, "..");

interface Plant {
  readonly file: string;
  readonly code: string;
  readonly rule: string | undefined;
}

const layer = "lint/style/noRestrictedImports";

/** One file per rule of biome.json; `rule` is what must be reported for it, undefined = nothing. */
const PLANTS: readonly Plant[] = [
  ...(
    [
      ["gateway/src/domain/p1.ts", "#ports/clock.ts"],
      ["gateway/src/domain/p2.ts", "node:fs"],
      ["gateway/src/domain/p3.ts", "zod"],
      ["gateway/src/domain/p4.ts", "./units.ts"],
      ["gateway/src/domain/rules/p5.ts", "node:fs"],
      ["gateway/src/domain/service/p18.ts", "yaml"],
      ["gateway/src/ports/p6.ts", "#pipeline/outbox.ts"],
      ["gateway/src/pipeline/p7.ts", "../adapters/mqtt/broker.ts"],
      ["gateway/src/pipeline/p8.ts", "node:fs"],
      ["gateway/src/config/p9.ts", "#ports/clock.ts"],
      ["gateway/src/adapters/http/p10.ts", "../mqtt/broker.ts"],
      ["gateway/src/adapters/http/pages/p11.ts", "../../mqtt/broker.ts"],
      ["gateway/src/adapters/http/p12.ts", "../../config/config.ts"],
      ["gateway/src/adapters/journal-sqlite/p13.ts", "../series-sqlite/series.ts"],
      ["gateway/src/adapters/desk-rt/p17.ts", "../desk-jira/desk.ts"],
      ["gateway/src/p14.ts", "@voorzorg/device-sim"],
      ["firmware-contracts/src/p15.ts", "@voorzorg/gateway/app"],
      ["device-sim/src/p16.ts", "@voorzorg/gateway/app"],
    ] as const
  ).map(([file, from]) => ({ file, code: `export type { A } from "${from}";\n`, rule: layer })),
  ...(
    [
      ["gateway/src/domain/g1.ts", "#domain/units.ts"],
      ["gateway/src/domain/g2.ts", "@voorzorg/firmware-contracts"],
      ["gateway/src/domain/rules/g3.ts", "yaml"],
      ["gateway/src/domain/service/g10.ts", "temporal-polyfill"],
      ["gateway/src/pipeline/g4.ts", "#ports/clock.ts"],
      ["gateway/src/adapters/http/g5.ts", "#pipeline/outbox.ts"],
      ["gateway/src/adapters/http/pages/g6.ts", "../server.ts"],
      ["gateway/src/adapters/journal-sqlite/g7.ts", "../sqlite/database.ts"],
      ["gateway/src/adapters/journal-worker/g8.ts", "../journal-sqlite/journal.ts"],
      ["gateway/src/adapters/desk-rt/g9.ts", "../desk-http/desk-fetch.ts"],
    ] as const
  ).map(([file, from]) => ({
    file,
    code: `import type { A } from "${from}";\n\nexport type B = A;\n`,
    rule: undefined,
  })),
  {
    file: "bench/src/floating.ts",
    code: "const later = async (): Promise<void> => {};\nlater();\n",
    rule: "lint/nursery/noFloatingPromises",
  },
  {
    file: "bench/src/misused.ts",
    code: "const later = async (): Promise<void> => {};\n[1].forEach(async () => {\n  await later();\n});\n",
    rule: "lint/nursery/noMisusedPromises",
  },
  {
    file: "bench/src/switched.ts",
    code: 'export function f(k: "x" | "y"): number {\n  switch (k) {\n    case "x":\n      return 1;\n  }\n  return 2;\n}\n',
    rule: "lint/nursery/useExhaustiveSwitchCases",
  },
  {
    file: "bench/src/cycle-a.ts",
    code: 'import { b } from "./cycle-b.ts";\n\nexport const a = (): number => b;\n',
    rule: "lint/suspicious/noImportCycles",
  },
  {
    file: "bench/src/cycle-b.ts",
    code: 'import { a } from "./cycle-a.ts";\n\nexport const b: number = a();\n',
    rule: "lint/suspicious/noImportCycles",
  },
  {
    file: "bench/src/barrel.ts",
    code: 'export * from "./switched.ts";\n',
    rule: "lint/performance/noBarrelFile",
  },
  {
    file: "bench/src/causeless.ts",
    code: 'export function g(f: () => void): void {\n  try {\n    f();\n  } catch {\n    throw new Error("no");\n  }\n}\n',
    rule: "lint/style/useErrorCause",
  },
  {
    file: "bench/src/CamelCase.ts",
    code: "export const one = 1;\n",
    rule: "lint/style/useFilenamingConvention",
  },
  {
    file: "bench/src/long-file.ts",
    code: Array.from({ length: 301 }, (_, i) => `export const k${i} = ${i};\n`).join(""),
    rule: "lint/style/noExcessiveLinesPerFile",
  },
  {
    file: "bench/src/long-function.ts",
    code: `export function f(): number {\n  let x = 0;\n${"  x += 1;\n".repeat(60)}  return x;\n}\n`,
    rule: "lint/complexity/noExcessiveLinesPerFunction",
  },
  {
    file: "bench/src/params.ts",
    code: "export const f = (a: number, b: number, c: number, d: number, e: number): number => a + b + c + d + e;\n",
    rule: "lint/complexity/useMaxParams",
  },
];

/** Rules reported per planted file. */
async function lint(directory: string): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const biome = path.join(root, "node_modules/.bin/biome");
  const args = ["lint", "--reporter=json", "--max-diagnostics=none", "."];
  const { stdout } = await promisify(execFile)(biome, args, { cwd: directory }).catch(
    (error: { stdout: string }) => error,
  );
  const { diagnostics } = JSON.parse(stdout) as {
    diagnostics: { category: string; location: { path: string } }[];
  };
  const found = new Map<string, Set<string>>();
  for (const { category, location } of diagnostics) {
    const rules = found.get(location.path) ?? new Set();
    found.set(location.path, rules.add(category));
  }
  return found;
}

describe("biome.json reports each planted violation: a gate that checks nothing would be green", () => {
  let directory = "";
  let found: ReadonlyMap<string, ReadonlySet<string>> = new Map();
  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), "voorzorg-layers-"));
    await cp(path.join(root, "biome.json"), path.join(directory, "biome.json"));
    for (const { file, code } of PLANTS) {
      await mkdir(path.dirname(path.join(directory, file)), { recursive: true });
      await writeFile(path.join(directory, file), code);
    }
    found = await lint(directory);
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  test.each(PLANTS)("$file: $rule", ({ file, rule }) => {
    const rules = [...(found.get(file) ?? [])];
    if (rule === undefined) {
      expect(rules).not.toContain(layer);
    } else {
      expect(rules).toContain(rule);
    }
  });
});
