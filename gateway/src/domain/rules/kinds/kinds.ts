import { baselineKind } from "#domain/rules/kinds/baseline-kind.ts";
import { cohortKind } from "#domain/rules/kinds/cohort-kind.ts";
import { allKind, anyKind } from "#domain/rules/kinds/composite-kind.ts";
import { driftKind } from "#domain/rules/kinds/drift-kind.ts";
import type { RuleKind } from "#domain/rules/kinds/kind.ts";
import { multivariateKind } from "#domain/rules/kinds/multivariate-kind.ts";
import { rateKind } from "#domain/rules/kinds/rate-kind.ts";
import { sequenceKind } from "#domain/rules/kinds/sequence-kind.ts";
import { shiftKind } from "#domain/rules/kinds/shift-kind.ts";
import { stuckKind } from "#domain/rules/kinds/stuck-kind.ts";
import { trendKind } from "#domain/rules/kinds/trend-kind.ts";

/** Schemas of the kinds that stand under their own key, for the form of a rule file. */
export const KIND_SCHEMAS = {
  drift: driftKind.schema.optional(),
  baseline: baselineKind.schema.optional(),
  multivariate: multivariateKind.schema.optional(),
  trend: trendKind.schema.optional(),
  rate: rateKind.schema.optional(),
  stuck: stuckKind.schema.optional(),
  shift: shiftKind.schema.optional(),
  cohort: cohortKind.schema.optional(),
  all: allKind.schema.optional(),
  any: anyKind.schema.optional(),
  sequence: sequenceKind.schema.optional(),
} as const;

/** The same kinds. */
export const KINDS: readonly RuleKind[] = [
  driftKind,
  baselineKind,
  multivariateKind,
  trendKind,
  sequenceKind,
  rateKind,
  stuckKind,
  shiftKind,
  cohortKind,
  allKind,
  anyKind,
];

export const KIND_KEYS = [
  "drift",
  "baseline",
  "multivariate",
  "trend",
  "sequence",
  "rate",
  "stuck",
  "shift",
  "cohort",
  "all",
  "any",
] as const satisfies readonly (keyof typeof KIND_SCHEMAS)[];
