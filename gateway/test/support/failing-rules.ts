import type { Detector, DetectorInput } from "#domain/detect/detector.ts";
import type { CompiledResult, RulesetSources } from "#domain/rules/compile.ts";
import { compileRuleset } from "#domain/rules/compile.ts";
import type { CompiledProduct, CompiledRule } from "#domain/rules/ruleset.ts";

/** By rule id: true for an input that the rule cannot stand. */
export type Poison = Readonly<Record<string, (input: DetectorInput) => boolean>>;

type Swap = (real: Detector) => Detector;
type Compiled = Extract<CompiledResult, { ok: true }>;

/** The real compiler, but some rules fail on some inputs, with their memory half changed. */
export const failing =
  (
    poison: Poison,
    where: "step" | "explain" = "step",
    compile: (sources: RulesetSources) => CompiledResult = compileRuleset,
  ) =>
  (sources: RulesetSources): CompiledResult => {
    const compiled = compile(sources);
    if (!compiled.ok) return compiled;
    const swaps = Object.entries(poison).map(([id, fails]): [string, Swap] => [
      id,
      (real) => broken(real, fails, where),
    ]);
    return replaceDetectors(compiled, Object.fromEntries(swaps));
  };

/** The same ruleset with other detectors, by rule id. */
export function replaceDetectors(
  { ruleset }: Compiled,
  swaps: Readonly<Record<string, Swap>>,
): Compiled {
  const products = new Map<string, CompiledProduct>();
  for (const [id, product] of ruleset.products) products.set(id, replaced(product, swaps));
  return { ok: true, ruleset: { ...ruleset, products } };
}

function replaced(
  product: CompiledProduct,
  swaps: Readonly<Record<string, Swap>>,
): CompiledProduct {
  const known = new Map<CompiledRule, CompiledRule>();
  const swap = (one: CompiledRule): CompiledRule => {
    const change = swaps[one.rule.id];
    if (change === undefined) return one;
    const now = known.get(one) ?? { ...one, detector: change(one.detector) };
    known.set(one, now);
    return now;
  };
  const swapAll = (map: ReadonlyMap<string, readonly CompiledRule[]>) =>
    new Map([...map].map(([key, rules]) => [key, rules.map(swap)]));
  return {
    ...product,
    rules: product.rules.map(swap),
    byDevice: product.byDevice.map(swap),
    composites: product.composites.map(swap),
    bySignal: swapAll(product.bySignal),
    byEvent: swapAll(product.byEvent),
  };
}

function broken(
  real: Detector,
  fails: (input: DetectorInput) => boolean,
  where: "step" | "explain",
): Detector {
  const fail = (state: unknown, input: DetectorInput): void => {
    if (!fails(input)) return;
    if (state !== null && typeof state === "object") Object.assign(state, { half: "changed" });
    throw new RangeError(`no rule can stand this ${input.kind}`);
  };
  const { rule, wants, clock } = real;
  return {
    rule,
    wants,
    clock,
    // What a detector remembers may be an object that it shares, and this one breaks it.
    start: () => structuredClone(real.start()),
    step(state, input, active) {
      if (where === "step") fail(state, input);
      const next = real.step(state, input, active);
      return { ...next, state: structuredClone(next.state) };
    },
    explain(state, input) {
      if (where === "explain") fail(state, input);
      return real.explain(state, input);
    },
  };
}

/** The rule fails when this signal reads exactly so. */
export const whenReads =
  (signal: string, value: number) =>
  (input: DetectorInput): boolean =>
    input.kind === "samples" && input.view.get(signal) === value;
