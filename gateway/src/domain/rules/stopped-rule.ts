import type { CompiledProduct, CompiledRule } from "#domain/rules/ruleset.ts";
import { stableId } from "#domain/stable-id.ts";
import type { EpochMs, Offset } from "#domain/units.ts";

/**
 * A rule that failed on a record. It judges nothing any more, on no device, until its definition
 * changes; the other rules go on. Plain JSON.
 */
export interface StoppedRule {
  readonly product: string;
  readonly rule: string;
  /** Service clock. */
  readonly at: EpochMs;
  /** The record that it failed on. */
  readonly offset: Offset;
  readonly device: string;
  readonly reason: string;
  /** Fingerprint of the rule as it failed: another one starts it again. */
  readonly definition: string;
}

/** The rule that is meant, as it is in force now. */
export const ruleOfStop = (
  products: ReadonlyMap<string, CompiledProduct>,
  { product, rule }: Pick<StoppedRule, "product" | "rule">,
): CompiledRule | undefined => products.get(product)?.rules.find((c) => c.rule.id === rule);

/** Of all that its author wrote, not of the place where it stands. */
export function definitionOf({ rule }: CompiledRule): string {
  const { file: _, rulesetHash: __, ...written } = rule;
  return stableId("r", [JSON.stringify(written)]);
}

const REASON_CHARACTERS = 300;

/** The error in words; never its stack, which is no part of a decision. */
export const failureText = (error: unknown): string =>
  (error instanceof Error ? `${error.name}: ${error.message}` : String(error)).slice(
    0,
    REASON_CHARACTERS,
  );
