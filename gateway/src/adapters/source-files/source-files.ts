import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import type { SourceFile } from "#domain/record.ts";

const SHIPPED = join(import.meta.dirname, "../../../..");
export const SHIPPED_PRODUCTS = join(SHIPPED, "firmware-contracts/products");
export const SHIPPED_RULES = join(SHIPPED, "gateway/rules");

export const isRuleTest = ({ path }: SourceFile): boolean => /\.test\.ya?ml$/.test(path);

/** The YAML files among `paths` and in the folders among them, each folder by name. */
export async function readSources(paths: readonly string[]): Promise<{
  readonly sources: readonly SourceFile[];
  /** Paths that do not exist. */
  readonly missing: readonly string[];
}> {
  const sources: SourceFile[] = [];
  const missing: string[] = [];
  for (const path of paths) {
    const found = await stat(path).catch(() => undefined);
    if (found === undefined) missing.push(path);
    const names = found?.isDirectory() ? (await readdir(path)).sort() : [];
    const files = found?.isFile() ? [path] : names.map((name) => join(path, name));
    for (const file of files) {
      if (/\.ya?ml$/.test(basename(file))) {
        sources.push({ path: file, text: await readFile(file, "utf8") });
      }
    }
  }
  return { sources, missing };
}
