import { asyncApiDocument, jsonSchemaOf } from "./asyncapi.ts";
import { cHeader } from "./c-header.ts";
import { MESSAGE_KINDS } from "./message-catalog.ts";
import type { ProductModel } from "./product-model.ts";
import { productSchema } from "./product-schema.ts";

/** File name below `generated/` to content; the same input gives the same bytes. */
export function generatedFiles(
  products: readonly ProductModel[],
  version: string,
): ReadonlyMap<string, string> {
  const ordered = products.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return new Map([
    ["asyncapi.json", json(asyncApiDocument(version))],
    [
      "product.schema.json",
      json({ title: "Voorzorg product file", ...jsonSchemaOf(productSchema) }),
    ],
    ...MESSAGE_KINDS.map(
      (kind) =>
        [
          `messages/${kind.name}.schema.json`,
          json({ title: kind.title, ...jsonSchemaOf(kind.schema) }),
        ] as const,
    ),
    ["voorzorg_contract.h", cHeader(ordered)],
  ]);
}

const json = (value: object): string => `${JSON.stringify(value, null, 2)}\n`;
