import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { ProductModel, UpClass } from "@voorzorg/firmware-contracts";
import { parseProduct } from "@voorzorg/firmware-contracts";
import type { SourceFile } from "#domain/record.ts";
import type { Tree } from "./mutate-tree.ts";

const root = path.join(import.meta.dirname, "..", "..", "..");

const filesOf = (folder: string, name: RegExp): readonly SourceFile[] =>
  readdirSync(path.join(root, folder))
    .filter((file) => name.test(file))
    .sort()
    .map((file) => ({ path: file, text: readFileSync(path.join(root, folder, file), "utf8") }));

/** The files that a fleet starts with; every mutation begins at one of them. */
export const productFiles = (): readonly SourceFile[] =>
  filesOf("firmware-contracts/products", /\.yaml$/);

export const ruleFiles = (): readonly SourceFile[] =>
  filesOf("gateway/rules", /^(?!.*\.test\.yaml$).*\.yaml$/);

export const productModels = (): readonly ProductModel[] =>
  productFiles().map(({ path: file, text }) => {
    const parsed = parseProduct(file, text);
    if (!parsed.ok) {
      throw new Error(`${file}: ${JSON.stringify(parsed.problems)}`);
    }
    return parsed.model;
  });

export interface BodySeed {
  readonly product: string;
  readonly cls: UpClass;
  readonly tree: Tree;
}

interface Vector {
  readonly product: string;
  readonly class: UpClass;
  readonly text?: string;
}

/** The payloads that firmware is shown as right. */
export function bodySeeds(): readonly BodySeed[] {
  const file = path.join(root, "firmware-contracts", "vectors", "up-valid.json");
  const { vectors } = JSON.parse(readFileSync(file, "utf8")) as {
    readonly vectors: readonly Vector[];
  };
  return vectors.flatMap((vector) =>
    vector.text === undefined
      ? []
      : [{ product: vector.product, cls: vector.class, tree: JSON.parse(vector.text) as Tree }],
  );
}
