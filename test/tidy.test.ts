import { existsSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { REFUSAL_CODES } from "../firmware-contracts/src/refusal.ts";
import { CATALOGUE, METRIC_PREFIX } from "../gateway/src/adapters/metrics/catalogue.ts";
import { Config } from "../gateway/src/config/config.ts";
import type { Agreement } from "./tidy/documented.ts";
import {
  brokenLinks,
  disagreements,
  namesIn,
  namesInTable,
  section,
  unionMembers,
} from "./tidy/documented.ts";
import { EXEMPTIONS } from "./tidy/exemptions.ts";
import {
  LIBRARY_OWNERS,
  looseVersions,
  scriptsWithoutNodeCheck,
  strayImports,
} from "./tidy/packages.ts";
import { impurities, staleExemptions } from "./tidy/purity.ts";
import type { SourceFile } from "./tidy/repository.ts";
import { isSource, isTest, read, readRepository, root } from "./tidy/repository.ts";
import { escapes, longFiles, privateMatters, silencedTests, unfinished } from "./tidy/wording.ts";

/** This test's own files hold the very patterns that they look for. */
const isTidy = (file: string): boolean => /^test\/tidy(\/|\.test\.ts$)/.test(file);

const repository = readRepository().filter((file) => !isTidy(file.path));
const sources = repository.filter((file) => isSource(file.path));
const manifests = repository.filter((file) => /(^|\/)package\.json$/.test(file.path));

/** Names given to the Metrics port, and others that look like a counter's. */
const countedIn = (files: readonly SourceFile[]): ReadonlyMap<string, string> =>
  new Map([
    ...namesIn(files, /\.(?:count|gauge|observe)\(\s*"([a-z][a-z0-9_]+)"/g),
    ...namesIn(files, /"([a-z][a-z0-9_]+_total)"/g),
  ]);

const planted = (text: string, at = "gateway/src/domain/planted.ts"): readonly SourceFile[] => [
  { path: at, text },
];

test("the repository is read: a check of no files would always pass", () => {
  expect(sources.length).toBeGreaterThan(50);
  expect(repository.filter((file) => isTest(file.path)).length).toBeGreaterThan(20);
  expect(repository.map((file) => file.path)).toContain("gateway/src/domain/units.ts");
});

describe("time, timers, randomness and the process come in through their one door", () => {
  test("nothing else uses them", () => {
    expect(impurities(sources, EXEMPTIONS)).toEqual([]);
  });
  test("every exemption is still needed", () => {
    expect(staleExemptions(sources, EXEMPTIONS)).toEqual([]);
  });
  test.each([
    "const now = Date.now();",
    "const now = new Date();",
    "const started = performance.now();",
    "setTimeout(retry, 10);",
    "setInterval(() => tick(), 10);",
    "setImmediate(next);",
    'import { setTimeout as sleep } from "node:timers/promises";',
    "const port = process.env.PORT;",
    "const id = Math.random();",
    "const id = crypto.randomUUID();",
  ])("a planted violation is caught: %s", (line) => {
    expect(impurities(planted(line), EXEMPTIONS)).toHaveLength(1);
  });
  test.each([
    "const text = new Date(at).toISOString();",
    "// Date.now() would make this depend on the day it runs",
    " * never Math.random",
    "const done = event.process.id;",
  ])("what only looks like one is not: %s", (line) => {
    expect(
      impurities(planted(`/**\n${line}\n */\n${line.startsWith(" *") ? "" : line}`), []),
    ).toEqual([]);
  });
  test("an exemption that nothing needs is caught", () => {
    const exemption = { path: "gateway/src/domain/", what: "clock", reason: "none" } as const;
    expect(staleExemptions(planted("export const a = 1;"), [exemption])).toHaveLength(1);
  });
});

describe("nothing is left half-done or switched off", () => {
  const checks = { unfinished, escapes, silencedTests, longFiles };
  test.each(Object.entries(checks))("%s finds nothing", (_name, check) => {
    expect(check(repository)).toEqual([]);
  });
  test.each([
    ["unfinished", "// TODO: handle the rest"],
    ["unfinished", "const a = 1; // FIXME"],
    ["escapes", "const a = b as any;"],
    ["escapes", "const a = b as unknown as Rule;"],
    ["escapes", "// @ts-ignore"],
    ["escapes", "// biome-ignore lint/style/noEnum:"],
    ["silencedTests", 'test.skip("later", () => {});'],
    ["silencedTests", 'describe.only("this", () => {});'],
    ["silencedTests", 'it.concurrent.skipIf(slow)("x", () => {});'],
  ] as const)("a planted violation is caught by %s: %s", (name, text) => {
    expect(checks[name](planted(text, "gateway/test/planted.test.ts"))).toHaveLength(1);
  });
});

test("a test may be left out on Windows alone", () => {
  const line = 'it.skipIf(platform() === "win32")("keeps its rights", () => {});';
  expect(silencedTests(planted(line, "gateway/test/planted.test.ts"))).toEqual([]);
});

test("a planted file of 301 lines is caught", () => {
  expect(longFiles(planted("const a = 1;\n".repeat(301)))).toHaveLength(1);
  expect(longFiles(planted("const a = 1;\n".repeat(300)))).toEqual([]);
});

describe("nothing in the repository belongs to one machine, registry or tool", () => {
  test("nothing does", () => {
    expect(privateMatters(repository)).toEqual([]);
  });
  test.each([
    'const dir = "/work/main/data";',
    'const dir = "/root/x";',
    'const dir = "/home/ann/voorzorg";',
    'readFileSync("../shared/datasets/a.csv")',
    '"resolved": "https://registry.example.org/x.tgz"',
    "written by Claude",
    "see #123",
    "as in issue 7",
  ])("a planted violation is caught: %s", (line) => {
    expect(privateMatters(planted(line))).toHaveLength(1);
  });
  test.each(["GET /api/work/1", "color: #123456", 'import a from "#domain/units.ts"'])(
    "what only looks like one is not: %s",
    (line) => {
      expect(privateMatters(planted(line, "gateway/src/adapters/http/a.css"))).toEqual([]);
    },
  );
});

describe("packages", () => {
  test("a library is known only to the folder that adapts it", () => {
    expect(
      strayImports(
        sources.filter(({ path: file }) => file.startsWith("gateway/")),
        LIBRARY_OWNERS,
      ),
    ).toEqual([]);
  });
  test.each(['import { Aedes } from "aedes";', 'import csrf from "@fastify/cookie";'])(
    "a planted stray import is caught: %s",
    (line) => {
      expect(strayImports(planted(line), LIBRARY_OWNERS)).toHaveLength(1);
    },
  );
  test("every version is exact", () => {
    expect(manifests.length).toBeGreaterThanOrEqual(6);
    expect(looseVersions(manifests)).toEqual([]);
  });
  test("a planted range is caught", () => {
    expect(looseVersions(planted('{"dependencies":{"zod":"^4.0.0"}}'))).toHaveLength(1);
  });
  test("every npm script checks the Node that runs it", () => {
    const manifest = { path: "package.json", text: read("package.json") };
    expect(scriptsWithoutNodeCheck(manifest)).toEqual([]);
    expect(
      scriptsWithoutNodeCheck({ path: "p", text: '{"scripts":{"test":"vitest"}}' }),
    ).toHaveLength(1);
  });
});

describe("documents and code say the same", () => {
  const errors = read("docs/errors.md");
  const configuration = read("docs/configuration.md");
  const gateway = sources.filter(({ path: file }) => file.startsWith("gateway/src/"));
  const programs = sources.filter(({ path: file }) =>
    /^(gateway|device-sim|bench)\/src\//.test(file),
  );
  const word = /^[a-z][a-z0-9_]+$/;
  const metrics = new Map(CATALOGUE.map(({ name }) => [name, "catalogue.ts"]));
  const agreements: readonly Agreement[] = [
    {
      what: "the error code",
      document: "docs/errors.md",
      used: namesIn(sources, /"(VZ_[A-Z0-9_]+)"/g),
      documented: namesInTable(errors, /^VZ_/),
    },
    {
      what: "the code of a refused or quarantined message",
      document: "docs/errors.md",
      used: new Map([
        ...Object.keys(REFUSAL_CODES).map((code) => [code, "refusal.ts"] as const),
        ...namesIn(gateway, /\bcode: "([a-z][a-z0-9_]+)"/g),
      ]),
      documented: new Set([
        ...namesInTable(section(errors, "Refused publishes"), word),
        ...namesInTable(section(errors, "Quarantined messages"), word),
      ]),
    },
    {
      what: "the reason of an ended connection",
      document: "docs/errors.md",
      used: unionMembers(read("gateway/src/adapters/mqtt/link-metrics.ts"), "CloseReason"),
      documented: namesInTable(section(errors, "Ended connections"), word),
    },
    {
      what: "the metric",
      document: "docs/metrics.md",
      used: new Map([...metrics].map(([name, place]) => [`${METRIC_PREFIX}${name}`, place])),
      documented: namesInTable(read("docs/metrics.md"), /^voorzorg_/),
    },
    {
      what: "the environment variable",
      document: "docs/configuration.md",
      used: namesIn(programs, /\b(VOORZORG_[A-Z0-9_]*[A-Z0-9])\b/g),
      documented: namesInTable(configuration, /^VOORZORG_/),
    },
    {
      what: "the setting",
      document: "docs/configuration.md",
      used: new Map(Object.keys(Config.shape).map((key) => [key, "config.ts"])),
      documented: namesInTable(section(configuration, "Settings"), /^\w+$/),
    },
  ];
  test("every metric that the code counts is in the catalogue", () => {
    const counted = countedIn(gateway);
    expect(counted.size).toBeGreaterThan(10);
    const what = {
      what: "the metric",
      document: "catalogue.ts",
      documented: new Set(metrics.keys()),
    };
    expect(disagreements({ ...what, used: new Map([...metrics, ...counted]) })).toEqual([]);
    expect([...countedIn(planted('metrics.count("made_up");')).keys()]).toEqual(["made_up"]);
    expect([...countedIn(planted('{ name: "made_up_total" }')).keys()]).toEqual(["made_up_total"]);
  });
  test.each(agreements)("$what is in $document, and nothing else is", (agreement) => {
    expect(agreement.used.size).toBeGreaterThan(0);
    expect(disagreements(agreement)).toEqual([]);
  });
  test("a name that is missing on either side is caught", () => {
    const used = namesIn(planted('readonly code = "VZ_PLANTED";'), /"(VZ_[A-Z0-9_]+)"/g);
    const documented = namesInTable("| `VZ_OTHER` | x |", /^VZ_/);
    expect(disagreements({ what: "code", document: "d", used, documented })).toHaveLength(2);
  });
  test("links between documents lead somewhere", () => {
    const documents = repository.filter(({ path: file }) => file.endsWith(".md"));
    expect(brokenLinks(documents, (file) => existsSync(path.join(root, file)))).toEqual([]);
    expect(brokenLinks(planted("[x](gone.md)", "docs/a.md"), () => false)).toHaveLength(1);
  });
});

test("every test file is in a suite that runs", () => {
  const named = repository.filter(({ path: file }) => /\.(test|spec)\.(ts|js|mjs)$/.test(file));
  expect(named.filter(({ path: file }) => !/(^|\/)test\/.*\.test\.ts$/.test(file))).toEqual([]);
});

test("every rule file of the gateway has its tests beside it", () => {
  const rules = repository
    .map(({ path: file }) => file)
    .filter((file) => /^gateway\/rules\/.*(?<!\.test)\.yaml$/.test(file));
  expect(rules.length).toBeGreaterThanOrEqual(4);
  const untested = rules.filter(
    (file) => !existsSync(path.join(root, file.replace(".yaml", ".test.yaml"))),
  );
  expect(untested).toEqual([]);
});
