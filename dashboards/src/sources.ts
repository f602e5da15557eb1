import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import type { ProductModel } from "@voorzorg/firmware-contracts";
import { formatProblems, parseProduct } from "@voorzorg/firmware-contracts";
import type { Sources } from "./all-dashboards.ts";
import type { Limit } from "./limits.ts";
import { limitsOf } from "./limits.ts";

const ROOT = path.join(import.meta.dirname, "..", "..");
/** Where docker-compose.yml puts the console. */
export const CONSOLE_URL = "https://localhost:8443";

export interface SourceFolders {
  /** Of product models; undefined: the shipped ones. */
  readonly products?: readonly string[] | undefined;
  /** Of rules, for the limits in charts; undefined: the shipped ones. */
  readonly rules?: readonly string[] | undefined;
  readonly consoleUrl?: string;
}

/** @throws Error with every problem of a product file and its place. */
export function readSources({ products, rules, consoleUrl }: SourceFolders = {}): Sources {
  return {
    products: readProducts(products ?? [path.join(ROOT, "firmware-contracts", "products")]),
    limits: readLimits(rules ?? [path.join(ROOT, "gateway", "rules")]),
    consoleUrl: new URL(consoleUrl ?? CONSOLE_URL).href.replace(/\/$/, ""),
  };
}

const yamlIn = (folders: readonly string[]): readonly string[] =>
  folders.flatMap((folder) =>
    globSync("*.yaml", { cwd: folder, exclude: ["*.test.yaml"] })
      .sort()
      .map((file) => path.join(folder, file)),
  );

function readProducts(folders: readonly string[]): readonly ProductModel[] {
  const files = yamlIn(folders);
  if (files.length === 0) {
    throw new Error(
      `there is no product model (*.yaml) in ${folders.join(", ")}; name their folder`,
    );
  }
  return files.map((file) => {
    const text = readFileSync(file, "utf8");
    const parsed = parseProduct(file, text);
    if (!parsed.ok) throw new Error(formatProblems(parsed.problems, text));
    return parsed.model;
  });
}

function readLimits(folders: readonly string[]): ReadonlyMap<string, readonly Limit[]> {
  const found = yamlIn(folders).map((file) => limitsOf(readFileSync(file, "utf8")));
  return new Map(
    [...Map.groupBy(found, ({ product }) => product)].map(([product, files]) => [
      product,
      files.flatMap(({ limits }) => limits),
    ]),
  );
}
