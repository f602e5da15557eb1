import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ProductModel } from "../../src/index.ts";
import { formatProblems, parseProduct } from "../../src/index.ts";

export const PRODUCTS_DIR = join(import.meta.dirname, "../../products");

export function shippedProduct(id: string): ProductModel {
  const path = join(PRODUCTS_DIR, `${id}.yaml`);
  const text = readFileSync(path, "utf8");
  const product = parseProduct(path, text);
  if (!product.ok) throw new Error(formatProblems(product.problems, text));
  return product.model;
}

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
export const jsonBytes = (value: unknown): Uint8Array => utf8(JSON.stringify(value));
