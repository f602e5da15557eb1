import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { generatedFiles } from "./generated-files.ts";
import { parseProduct } from "./parse-product.ts";
import type { ProductModel } from "./product-model.ts";
import { formatProblems } from "./yaml-position.ts";

const USAGE = `Writes JSON Schemas, the AsyncAPI document and the C header.
  node generate.ts [--products DIR]... [--out DIR] [--check]
  --products  folder of product files (*.yaml); repeatable; the shipped ones unless given
  --out       where to write; generated/ of this package unless given
  --check     write nothing, exit 1 if a file there differs`;

const PACKAGE = join(import.meta.dirname, "..");

function readProducts(folders: readonly string[]): readonly ProductModel[] | undefined {
  const models: ProductModel[] = [];
  let refused = false;
  for (const folder of folders) {
    for (const name of readdirSync(folder)
      .filter((file) => file.endsWith(".yaml"))
      .toSorted()) {
      const path = join(folder, name);
      const text = readFileSync(path, "utf8");
      const product = parseProduct(path, text);
      if (product.ok) {
        models.push(product.model);
      } else {
        refused = true;
        process.stderr.write(`${formatProblems(product.problems, text)}\n`);
      }
    }
  }
  return refused ? undefined : models;
}

function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(PACKAGE, "package.json"), "utf8"));
  const version =
    typeof manifest === "object" && manifest !== null && "version" in manifest
      ? manifest.version
      : undefined;
  return String(version ?? "0.0.0");
}

function currentText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** Exit code: 0 done, 1 refused products or a difference under --check. */
function main(args: readonly string[]): number {
  const { values } = parseArgs({
    args: [...args],
    options: {
      products: { type: "string", multiple: true },
      out: { type: "string", default: join(PACKAGE, "generated") },
      check: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  const products = readProducts(values.products ?? [join(PACKAGE, "products")]);
  if (products === undefined) return 1;
  const stale: string[] = [];
  for (const [name, text] of generatedFiles(products, packageVersion())) {
    const path = join(values.out, name);
    if (currentText(path) === text) continue;
    stale.push(path);
    if (values.check) continue;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  const said = values.check ? "differs" : "written";
  for (const path of stale) process.stdout.write(`${said}: ${path}\n`);
  return values.check && stale.length > 0 ? 1 : 0;
}

process.exitCode = main(process.argv.slice(2));
