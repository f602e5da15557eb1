import type { RuleKind, Severity, TicketLink } from "#domain/case/case.ts";
import type { EpochMs } from "#domain/units.ts";

/**
 * Like cases of one rule that are more than chance (a mass defect): one parent that its cases are linked
 * to and resolved with.
 */
export interface ProblemView {
  readonly id: string;
  readonly product: string;
  readonly rule: string;
  readonly kind: RuleKind;
  readonly severity: Severity;
  readonly title: string;
  /** What the cases have in common, e.g. `firmware`; "" = only the product. */
  readonly attribute: string;
  /** E.g. `2.4.1`. */
  readonly value: string;
  readonly status: "open" | "resolved" | "dissolved";
  readonly openedAt: EpochMs;
  readonly updatedAt: EpochMs;
  readonly resolvedAt: EpochMs | null;
  /** What was found, in one sentence with its figures. */
  readonly summary: string;
  readonly nextStep: string;
  readonly statistic: {
    /** Name of the test. */
    readonly test: "hypergeometric" | "poisson";
    /** Chance of as many by accident, after the correction for the number of comparisons. */
    readonly p: number;
    /** Devices with the attribute's value, and with a case of the rule in the window. */
    readonly exposed: number;
    readonly affected: number;
    /** The rest of the product. */
    readonly others: number;
    readonly othersAffected: number;
  };
  /** Ids of its cases, oldest first. */
  readonly cases: readonly string[];
  readonly openCases: number;
  readonly revision: number;
  readonly tickets?: readonly TicketLink[];
}
