import { driftKind } from "#domain/rules/kinds/drift-kind.ts";
import type { RuleKind } from "#domain/rules/kinds/kind.ts";

/** Schemas of the kinds that stand under their own key, for the form of a rule file. */
export const KIND_SCHEMAS = {
  drift: driftKind.schema.optional(),
} as const;

/** The same kinds. */
export const KINDS: readonly RuleKind[] = [driftKind];

export const KIND_KEYS = ["drift"] as const satisfies readonly (keyof typeof KIND_SCHEMAS)[];
