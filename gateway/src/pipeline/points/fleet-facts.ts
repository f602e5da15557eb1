import type { RuleKind, Severity } from "#domain/case/case.ts";
import type { CompiledRuleset } from "#domain/rules/ruleset.ts";

/** What points need of the ruleset in force; plain data for another thread. */
export interface FleetFacts {
  readonly products: readonly ProductFacts[];
  readonly rules: readonly RuleFacts[];
}

export interface ProductFacts {
  readonly id: string;
  /** Of use; "" = the product has none. */
  readonly unit: string;
  /** How many features can be seen in use. */
  readonly features: number;
}

export interface RuleFacts {
  readonly id: string;
  readonly product: string;
  readonly kind: RuleKind;
  readonly severity: Severity;
  readonly level: "watch" | "act";
  readonly title: string;
  /** Which kind of test it is: `never_used`, `trend`, … */
  readonly test: string;
}

export function fleetFacts({ products }: CompiledRuleset): FleetFacts {
  const all = [...products.values()];
  return {
    products: all.map(({ model }) => ({
      id: model.id,
      unit: model.use?.unit ?? "",
      features: Object.keys(model.features).length,
    })),
    rules: all.flatMap(({ rules }) =>
      rules.map(({ rule }) => {
        const { id, product, kind, severity, level, title, test } = rule;
        return { id, product, kind, severity, level, title, test: test.type };
      }),
    ),
  };
}
