import type { Evidence, RuleKind, Severity } from "#domain/case/case.ts";
import type { EpochMs } from "#domain/units.ts";

export type AlertPhase = "inactive" | "pending" | "firing" | "clearing";

export interface AlertView {
  /** `device/rule/keyVersion`. */
  readonly key: string;
  readonly device: string;
  readonly product: string;
  readonly rule: string;
  readonly kind: RuleKind;
  readonly severity: Severity;
  readonly level: "watch" | "act";
  readonly phase: AlertPhase;
  /** True while the rule cannot tell: blocks every automatic resolve. */
  readonly unknown: boolean;
  readonly since: EpochMs;
  readonly onsetAt: EpochMs;
  readonly title: string;
  readonly evidence: Evidence | null;
}
