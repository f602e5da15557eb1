/** Writes the table of docs/metrics.md from the catalogue; the text around it is written by hand. */
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { CATALOGUE, METRIC_PREFIX } from "../gateway/src/adapters/metrics/catalogue.ts";

const file = path.join(import.meta.dirname, "..", "docs", "metrics.md");
const rows = CATALOGUE.map(({ name, type, labels, help }) => {
  const names = labels.map((label) => `\`${label}\``).join(", ") || "–";
  return `| \`${METRIC_PREFIX}${name}\` | ${type} | ${names} | ${help} |`;
});
const table = ["| metric | type | labels | meaning |", "|---|---|---|---|", ...rows].join("\n");

const OLD_TABLE = /^\| metric \|.*\n(\|.*\n)*/m;
const text = readFileSync(file, "utf8");
if (!OLD_TABLE.test(text)) {
  throw new Error(`${file} has no table that begins with "| metric |"; put one back`);
}
// A function, because `$` in a help text must stay as it is.
writeFileSync(
  file,
  text.replace(OLD_TABLE, () => `${table}\n`),
);
