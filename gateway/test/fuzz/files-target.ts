import type { Problem } from "@voorzorg/firmware-contracts";
import { parseProduct } from "@voorzorg/firmware-contracts";
import { parse, stringify } from "yaml";
import type { SourceFile } from "#domain/record.ts";
import { compileRuleset } from "#domain/rules/compile.ts";
import { parseRules } from "#domain/rules/parse-rules.ts";
import { mutateBytes } from "./mutate-bytes.ts";
import type { Tree } from "./mutate-tree.ts";
import { mutateTree } from "./mutate-tree.ts";
import { mutateText } from "./mutate-yaml.ts";
import type { Rng } from "./rng.ts";
import { productFiles, ruleFiles } from "./sources.ts";
import type { FuzzTarget } from "./target.ts";
import { must } from "./target.ts";

/** Product files as an engineer might break them. */
export function productsTarget(): FuzzTarget<SourceFile> {
  const files = productFiles();
  return {
    name: "products",
    make: (rng) => changed(rng.pick(files), rng),
    run: ({ path, text }) => {
      const parsed = parseProduct(path, text);
      if (parsed.ok) {
        return "accepted";
      }
      checkProblems(parsed.problems, [path]);
      return "refused";
    },
    show: ({ text }) => text,
  };
}

/** Rule files, compiled against the products that they are for. */
export function rulesTarget(): FuzzTarget<SourceFile> {
  const files = ruleFiles().map(blocksOf);
  const products = productFiles();
  const paths = products.map(({ path }) => path);
  return {
    name: "rules",
    make: (rng) => changed(someOf(rng.pick(files), rng), rng),
    run: (file) => {
      // Most are refused by themselves; reading the product as well would take most of the time.
      const parsed = parseRules(file.path, file.text);
      if (!parsed.ok) {
        checkProblems(parsed.problems, paths);
        return "refused";
      }
      const own = products.filter(({ path }) => path === file.path);
      const compiled = compileRuleset({
        products: own.map(({ path, text }) => ({ path: `product ${path}`, text })),
        rules: [file],
        hash: "fuzz",
      });
      if (compiled.ok) {
        return "accepted";
      }
      checkProblems(compiled.problems, [...paths, ...paths.map((path) => `product ${path}`)]);
      return "refused with its product";
    },
    show: ({ text }) => text,
  };
}

interface RuleBlocks {
  readonly path: string;
  readonly head: string;
  readonly rules: readonly string[];
}

function blocksOf({ path, text }: SourceFile): RuleBlocks {
  const [head = "", ...rules] = text.split(/^(?= {2}- id:)/m);
  return { path, head, rules };
}

/** A file of one to three of the rules: small ones are read faster, and every part is changed sooner. */
function someOf({ head, path, rules }: RuleBlocks, rng: Rng): SourceFile {
  const picked = Array.from({ length: rng.between(1, 3) }, () => rng.pick(rules));
  return { path, text: `${head}${[...new Set(picked)].join("")}` };
}

function changed({ path, text }: SourceFile, rng: Rng): SourceFile {
  switch (rng.below(8)) {
    case 0:
      return { path, text: mutateBytes(Buffer.from(text), rng).toString("utf8") };
    case 1:
    case 2: {
      let other = parse(text) as Tree;
      for (let left = rng.between(1, 3); left > 0; left -= 1) {
        other = mutateTree(other, rng);
      }
      return { path, text: stringify(other) };
    }
    default:
      return { path, text: mutateText(text, rng) };
  }
}

function checkProblems(problems: readonly Problem[], files: readonly string[]): void {
  must(problems.length > 0, () => "refused without a reason");
  for (const { column, file, line, message } of problems) {
    must(files.includes(file), () => `a problem in the file ${file}`);
    must(line >= 1 && column >= 1, () => `a problem at ${line}:${column}: ${message}`);
    must(
      message.length > 5 && message.length < 3_000,
      () => `a message of ${message.length} letters: ${message.slice(0, 200)}`,
    );
  }
}
