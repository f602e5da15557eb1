import type { ProductModel } from "@voorzorg/firmware-contracts";
import type { Detector, Predicate } from "#domain/detect/detector.ts";
import type { RuleView } from "#domain/rules/rule.ts";

/** A rule ready to run: its detector and the verifications of its playbook, by step. */
export interface CompiledRule {
  readonly rule: RuleView;
  readonly detector: Detector;
  readonly verifications: ReadonlyMap<number, Predicate>;
}

export interface CompiledProduct {
  readonly model: ProductModel;
  readonly rules: readonly CompiledRule[];
  /** Rules to run when a signal changed, by signal name; in rule order. */
  readonly bySignal: ReadonlyMap<string, readonly CompiledRule[]>;
  readonly byEvent: ReadonlyMap<string, readonly CompiledRule[]>;
  readonly byDevice: readonly CompiledRule[];
  /** Rules that are made of other rules, each after those that it is made of. */
  readonly composites: readonly CompiledRule[];
  /** Preconditions of commands. */
  readonly safeWhen: ReadonlyMap<string, Predicate>;
  /** Predicate of `use.when`, if use is measured so. */
  readonly useWhen: Predicate | undefined;
  /** Features that a condition shows, by name. */
  readonly featureWhen: ReadonlyMap<string, Predicate>;
  /** Features that an event shows, by its code. */
  readonly featuresByEvent: ReadonlyMap<string, readonly string[]>;
}

export interface CompiledRuleset {
  readonly hash: string;
  readonly products: ReadonlyMap<string, CompiledProduct>;
}
