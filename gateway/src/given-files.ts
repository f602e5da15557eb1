import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { SourceFile } from "#domain/record.ts";
import { parseService } from "#domain/service/parse-service.ts";
import type { ServiceInForce } from "#domain/service/service-file.ts";
import type { Config } from "./config/config.ts";
import { ConfigError, readConfig } from "./config/config.ts";

const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));

type Environment = Readonly<Record<string, string | undefined>>;

/** The configuration file that the environment names, with the environment. @throws ConfigError */
export function loadConfig(env: Environment, folder: string): Config {
  const name = env.VOORZORG_CONFIG;
  const path = name === undefined || name === "" ? "" : resolve(folder, name);
  if (path !== "" && !existsSync(path)) {
    throw new ConfigError([`no file ${path}; name a YAML file or leave it out`], {
      source: "VOORZORG_CONFIG",
    });
  }
  const text = path === "" ? "" : readFileSync(path, "utf8");
  return readConfig({ path, text }, env, folder);
}

/** Products and rules, the shipped ones first. @throws ConfigError when a folder is missing. */
export function readSources({ productsDirs, rulesDirs }: Config): {
  readonly products: readonly SourceFile[];
  readonly rules: readonly SourceFile[];
} {
  const products = [join(REPOSITORY, "firmware-contracts", "products"), ...productsDirs];
  const rules = [join(REPOSITORY, "gateway", "rules"), ...rulesDirs];
  return {
    products: products.flatMap((directory) => yamlFiles(directory, "products")),
    rules: rules.flatMap((directory) => yamlFiles(directory, "rules")),
  };
}

function yamlFiles(directory: string, what: string): readonly SourceFile[] {
  if (!existsSync(directory)) {
    const variable = what === "rules" ? "VOORZORG_RULES_DIR" : "VOORZORG_PRODUCTS_DIR";
    const problem = `${variable}: no folder ${directory}; name folders that hold ${what} as *.yaml`;
    throw new ConfigError([problem], { source: "The environment" });
  }
  return readdirSync(directory)
    .filter((name) => name.endsWith(".yaml") && !name.endsWith(".test.yaml"))
    .toSorted()
    .map((name) => {
      const path = join(directory, name);
      return { path: relative(REPOSITORY, path), text: readFileSync(path, "utf8") };
    });
}

/** @throws ConfigError with every problem of the service file and its place. */
export function readService(path: string | undefined): ServiceInForce | undefined {
  if (path === undefined) return undefined;
  const source = "VOORZORG_SERVICE_FILE";
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const problem = `${String(error)}; name a file that the gateway may read`;
    throw new ConfigError([problem], { source, cause: error });
  }
  const file = { path: basename(path), text };
  const parsed = parseService(file.path, text);
  if (parsed.ok) return { file, service: parsed.service };
  const lines = parsed.problems.map((p) => `${p.file}:${p.line}:${p.column} ${p.message}`);
  throw new ConfigError(lines, { source });
}
