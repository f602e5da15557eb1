import type { ProductModel } from "@voorzorg/firmware-contracts";
import type { Detector, Predicate } from "#domain/detect/detector.ts";
import type { PlaybookStep, RuleView } from "#domain/rules/rule.ts";

/** A step of a playbook with its conditions ready to run. */
export interface CompiledStep {
  readonly step: PlaybookStep;
  /** Key of the step: stays the same while what it does stays the same. */
  readonly key: string;
  readonly precondition?: Predicate;
  /** What ends a wait. */
  readonly until?: Predicate;
  readonly proof?: Predicate;
}

/** A rule ready to run: its detector and the steps of its playbook. */
export interface CompiledRule {
  readonly rule: RuleView;
  readonly detector: Detector;
  /** Proofs by step. */
  readonly verifications: ReadonlyMap<number, Predicate>;
  readonly steps: readonly CompiledStep[];
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
  /** True while the product is in use; undefined = it does not say. */
  readonly inUse: Predicate | undefined;
  /** Features that a condition shows, by name. */
  readonly featureWhen: ReadonlyMap<string, Predicate>;
  /** Features that an event shows, by its code. */
  readonly featuresByEvent: ReadonlyMap<string, readonly string[]>;
}

export interface CompiledRuleset {
  readonly hash: string;
  readonly products: ReadonlyMap<string, CompiledProduct>;
}
