/** Writes the JSON Schema of rule files, which editors complete and check them with. */
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { ruleFileJsonSchema } from "../gateway/src/domain/rules/rule-schema.ts";

const folder = path.join(import.meta.dirname, "..", "gateway", "generated");
mkdirSync(folder, { recursive: true });
writeFileSync(
  path.join(folder, "rule.schema.json"),
  `${JSON.stringify(ruleFileJsonSchema(), null, 2)}\n`,
);
