import type { Problem, SourceFile } from "./repository.ts";
import { matches } from "./repository.ts";

/** Libraries that shape what uses them, and the only folders that may know them. */
export const LIBRARY_OWNERS: Readonly<Record<string, readonly string[]>> = {
  aedes: ["gateway/src/adapters/mqtt/"],
  fastify: ["gateway/src/adapters/http/"],
  "@fastify/": ["gateway/src/adapters/http/"],
  uplot: ["gateway/src/adapters/http/"],
  "node:sqlite": [
    "sqlite",
    "backup-sqlite",
    "cases-sqlite",
    "desk-sqlite",
    "journal-sqlite",
    "series-sqlite",
    "state-sqlite",
  ].map((folder) => `gateway/src/adapters/${folder}/`),
  "prom-client": ["gateway/src/adapters/metrics/"],
  pino: ["gateway/src/adapters/pino-log/"],
  nodemailer: ["gateway/src/adapters/mail-smtp/"],
  "node-cron": ["gateway/src/adapters/cron/", "gateway/src/housekeeping.ts"],
  standardwebhooks: ["gateway/src/adapters/webhook/"],
  cborg: ["firmware-contracts/src/"],
  "@marcbachmann/cel-js": ["gateway/src/domain/rules/"],
};

export function strayImports(
  files: readonly SourceFile[],
  owners: Readonly<Record<string, readonly string[]>>,
): readonly Problem[] {
  return Object.entries(owners).flatMap(([library, folders]) => {
    const name = library.replace(/[/-]/g, "\\$&");
    const pattern = new RegExp(
      `(?:from|import\\()\\s*"${name}${library.endsWith("/") ? "" : '["/]'}`,
    );
    return files
      .filter((file) => !folders.some((folder) => file.path.startsWith(folder)))
      .flatMap((file) =>
        matches(file, pattern, `only ${folders.join(" and ")} may know this library`),
      );
  });
}

interface Manifest {
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const manifestOf = (file: SourceFile): Manifest => JSON.parse(file.text);

/** A range lets npm choose another version under another Node; every version is exact. */
export function looseVersions(manifests: readonly SourceFile[]): readonly Problem[] {
  return manifests.flatMap((file) => {
    const { dependencies, devDependencies, optionalDependencies } = manifestOf(file);
    return Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies })
      .filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
      .map(([name, version]) => `${file.path}: ${name} is ${version}; pin one exact version`);
  });
}

/** Scripts must say in a sentence that the host's Node is too old, not fail on syntax. */
export function scriptsWithoutNodeCheck(manifest: SourceFile): readonly Problem[] {
  return Object.entries(manifestOf(manifest).scripts ?? {})
    .filter(([, command]) => !command.startsWith("node scripts/check-node.mjs && "))
    .map(([name]) => `${manifest.path}: script ${name} does not begin with scripts/check-node.mjs`);
}
