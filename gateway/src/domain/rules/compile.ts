import type { Problem, ProductModel } from "@voorzorg/firmware-contracts";
import { parseProduct } from "@voorzorg/firmware-contracts";
import type { Predicate } from "#domain/detect/detector.ts";
import type { SourceFile } from "#domain/record.ts";
import { compilePredicate } from "#domain/rules/cel.ts";
import { RuleCompiler } from "#domain/rules/compile-rule.ts";
import { whatIsThere } from "#domain/rules/nearest.ts";
import type { RuleFileDraft } from "#domain/rules/parse-rules.ts";
import { draftRules } from "#domain/rules/parse-rules.ts";
import type { CompiledProduct, CompiledRule, CompiledRuleset } from "#domain/rules/ruleset.ts";

export interface RulesetSources {
  readonly products: readonly SourceFile[];
  readonly rules: readonly SourceFile[];
  readonly hash: string;
}

export type CompiledResult =
  | { readonly ok: true; readonly ruleset: CompiledRuleset }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Longest rule id and product id are bounded, so this many rules keep a device's state small. */
const MAX_RULES_PER_PRODUCT = 500;

/**
 * Compiles products and rules together. Refused whole, with every problem of every file: a ruleset
 * that is in force half would decide differently from the one that was tested.
 * Several files may hold rules of one product; rules run in the order of files and lines.
 */
export function compileRuleset(sources: RulesetSources): CompiledResult {
  const problems: Problem[] = [];
  const models = readProducts(sources.products, problems);
  const byProduct = new Map<string, CompiledRule[]>([...models.keys()].map((id) => [id, []]));
  for (const file of sources.rules) {
    const draft = draftRules(file.path, file.text);
    problems.push(...draft.problems);
    if (draft.rules.length === 0) continue;
    compileFile({ file, draft, hash: sources.hash }, { models, byProduct, problems });
  }
  const products = new Map<string, CompiledProduct>();
  for (const [id, model] of models) {
    products.set(id, compiledProduct(model, byProduct.get(id) ?? [], { sources, problems }));
  }
  if (problems.length > 0) return { ok: false, problems: problems.toSorted(byPlace) };
  return { ok: true, ruleset: { hash: sources.hash, products } };
}

const byPlace = (a: Problem, b: Problem): number =>
  a.file === b.file ? a.line - b.line || a.column - b.column : a.file < b.file ? -1 : 1;

function readProducts(
  files: readonly SourceFile[],
  problems: Problem[],
): ReadonlyMap<string, ProductModel> {
  const models = new Map<string, ProductModel>();
  for (const { path, text } of files) {
    const parsed = parseProduct(path, text);
    if (!parsed.ok) {
      problems.push(...parsed.problems);
      continue;
    }
    if (models.has(parsed.model.id)) {
      const message = `product "${parsed.model.id}" is defined in another file already`;
      problems.push({ file: path, line: 1, column: 1, message });
    }
    models.set(parsed.model.id, parsed.model);
  }
  return models;
}

interface RuleFile {
  readonly file: SourceFile;
  readonly draft: RuleFileDraft;
  readonly hash: string;
}

interface Target {
  readonly models: ReadonlyMap<string, ProductModel>;
  readonly byProduct: ReadonlyMap<string, CompiledRule[]>;
  readonly problems: Problem[];
}

function compileFile({ file, draft, hash }: RuleFile, target: Target): void {
  const { product, source } = draft;
  const model = target.models.get(product);
  const compiled = target.byProduct.get(product);
  if (model === undefined || compiled === undefined) {
    const hint = whatIsThere(product, [...target.models.keys()], "product");
    const message = `there is no product "${product}"; ${hint}`;
    target.problems.push(source.problem(["product"], message));
    return;
  }
  const ruleIds = [...compiled.map(({ rule }) => rule.id), ...draft.rules.map(([rule]) => rule.id)];
  const compiler = new RuleCompiler(source, { model, problems: target.problems, ruleIds });
  for (const [rule, path] of draft.rules) {
    if (compiled.some((other) => other.rule.id === rule.id)) {
      const message = `product "${product}" has a rule "${rule.id}" already; ids are part of a case's key`;
      target.problems.push(source.problem([...path, "id"], message));
    }
    const done = compiler.compile({ ...rule, file: file.path, rulesetHash: hash }, path);
    if (done !== undefined) compiled.push(done);
  }
  if (compiled.length > MAX_RULES_PER_PRODUCT) {
    const message = `product "${product}" has ${compiled.length} rules, at most ${MAX_RULES_PER_PRODUCT} are allowed`;
    target.problems.push(source.problem(["rules"], message));
  }
}

interface Origin {
  readonly sources: RulesetSources;
  readonly problems: Problem[];
}

function compiledProduct(
  model: ProductModel,
  rules: readonly CompiledRule[],
  origin: Origin,
): CompiledProduct {
  const bySignal = new Map<string, CompiledRule[]>();
  const byEvent = new Map<string, CompiledRule[]>();
  for (const rule of rules) {
    for (const signal of rule.detector.wants.signals) listed(bySignal, signal).push(rule);
    for (const event of rule.detector.wants.events) listed(byEvent, event).push(rule);
  }
  const predicate = (source: string, what: string) => {
    const compiled = compilePredicate(source, model);
    if (compiled.ok) return compiled.predicate;
    reportProduct(
      model,
      { what, source, messages: compiled.problems.map((p) => p.message) },
      origin,
    );
    return undefined;
  };
  const safeWhen = new Map<string, Predicate>();
  for (const [name, command] of Object.entries(model.commands)) {
    if (command.safeWhen === undefined) continue;
    const safe = predicate(command.safeWhen, `safeWhen of command ${name}`);
    if (safe !== undefined) safeWhen.set(name, safe);
  }
  const featureWhen = new Map<string, Predicate>();
  const featuresByEvent = new Map<string, string[]>();
  for (const [name, { usedBy }] of Object.entries(model.features)) {
    if ("event" in usedBy) {
      featuresByEvent.set(usedBy.event, [...(featuresByEvent.get(usedBy.event) ?? []), name]);
      continue;
    }
    const used = predicate(usedBy.when, `feature ${name}`);
    if (used !== undefined) featureWhen.set(name, used);
  }
  const use = model.use;
  const useWhen =
    use !== undefined && "when" in use ? predicate(use.when, "what counts as use") : undefined;
  const rest =
    use !== undefined && "while" in use && use.while !== undefined
      ? predicate(use.while, "while it is in use")
      : undefined;
  const byDevice = rules.filter((rule) => rule.detector.wants.device);
  const composites = rules.filter((rule) => rule.detector.wants.rules !== undefined);
  const features = { featureWhen, featuresByEvent };
  const rulesBy = { bySignal, byEvent, byDevice, composites };
  return { model, rules, ...rulesBy, safeWhen, useWhen, inUse: useWhen ?? rest, ...features };
}

function listed(map: Map<string, CompiledRule[]>, key: string): CompiledRule[] {
  const known = map.get(key);
  if (known !== undefined) return known;
  const list: CompiledRule[] = [];
  map.set(key, list);
  return list;
}

/** A condition inside a product file: the model does not say where, so the text itself is searched. */
function reportProduct(
  model: ProductModel,
  bad: { readonly what: string; readonly source: string; readonly messages: readonly string[] },
  { sources, problems }: Origin,
): void {
  const own = new RegExp(`^id:\\s*["']?${model.id}["']?\\s*(?:#.*)?$`, "m");
  const file = sources.products.find((candidate) => own.test(candidate.text));
  const lines = file?.text.split("\n") ?? [];
  const index = lines.findIndex((line) => line.includes(bad.source));
  const column = index < 0 ? 1 : (lines[index] ?? "").indexOf(bad.source) + 1;
  for (const message of bad.messages) {
    problems.push({
      file: file?.path ?? model.id,
      line: Math.max(index, 0) + 1,
      column,
      message: `${bad.what}: ${message}`,
    });
  }
}
