/** The fields of the gateway's answers that the simulator reads; everything else is ignored. */
export interface GatewayHealth {
  /** Null before anything was decided. */
  readonly serviceTime: string | number | null;
  readonly journal: { readonly newest: number; readonly decided: number; readonly stored: number };
  readonly outboxDue: number;
}
export interface CaseItem {
  readonly id: string;
  readonly device: string;
  readonly product: string;
  readonly rule: string;
  readonly kind: "fault" | "misuse" | "underuse";
  readonly severity: string;
  readonly status: string;
  readonly stage: string;
  readonly title: string;
  readonly onsetAt: string;
  readonly openedAt: string;
  readonly resolvedAt: string | null;
  readonly resolution: string | null;
  readonly verdict: string | null;
  readonly acknowledgedBy: string | null;
  readonly callback: boolean;
  readonly refires: number;
  readonly suppressed?: boolean;
  readonly problem?: string;
  readonly ownerCalledAt?: string;
  readonly targets?: ServiceTargets;
}
interface ServiceTarget {
  readonly dueAt: string;
  readonly warnAt: string;
  readonly metAt: string | null;
  readonly breachedAt: string | null;
}
export interface ServiceTargets {
  readonly level: string;
  readonly team: string;
  readonly firstResponse: ServiceTarget;
  readonly solution: ServiceTarget;
}
/** Like cases of one rule, taken together. */
export interface ProblemItem {
  readonly id: string;
  readonly product: string;
  readonly rule: string;
  readonly attribute: string;
  readonly value: string;
  readonly status: "open" | "resolved" | "dissolved";
  readonly openedAt: string;
  readonly summary: string;
  readonly cases: readonly string[];
  readonly openCases: number;
}
export interface ProblemPage extends ProblemItem {
  readonly timeline: readonly TimelineLine[];
}
/** How a step did over all devices. */
export interface FixItem {
  readonly product: string;
  readonly rule: string;
  readonly step: string;
  readonly what: string;
  readonly tried: number;
  readonly proved: number;
  readonly held: number;
  readonly failed: number;
  readonly harmful: number;
  readonly withdrawnAt: string | null;
  readonly withdrawnWhy: string;
}
export interface DevicePage {
  readonly id: string;
  readonly firmware: string;
  readonly presence: string;
  readonly settings: Readonly<Record<string, string | number | boolean | null>>;
  readonly desired: {
    readonly version: number;
    readonly settings: Readonly<Record<string, string | number | boolean>>;
  } | null;
  readonly reportedVersion: number;
  /** Newest first. */
  readonly commands: readonly {
    readonly id: string;
    readonly name: string;
    readonly at: string;
    readonly state: string;
    readonly detail: string;
  }[];
}
export interface CaseAction {
  readonly id: string;
  /** Number of the step in the playbook, from 0. */
  readonly step: number;
  readonly kind: string;
  readonly what: string;
  readonly startedAt: string;
  readonly state: string;
  readonly detail: string;
  readonly proof: "none" | "pending" | "proved" | "not_proved";
  readonly held?: "pending" | "held" | "did_not_hold" | "harmful";
  readonly undoable?: boolean;
}
export interface TimelineLine {
  readonly at: string;
  readonly kind: string;
  readonly by: string;
  readonly reason: string;
}
/** Why an alert was raised, as people read it. */
export interface Explanation {
  readonly observed: string;
  readonly expected: string;
  readonly sure: string;
  readonly disproof: string;
  readonly detectedAt: string;
}
export interface AlertItem {
  /** `device/rule/version`. */
  readonly key: string;
  readonly device: string;
  readonly rule: string;
  readonly level: "watch" | "act";
  readonly phase: "inactive" | "pending" | "firing" | "clearing";
  readonly onsetAt: string;
  readonly evidence: Explanation | null;
}
export interface CasePage extends CaseItem {
  readonly evidence: Explanation;
  readonly timeline: readonly TimelineLine[];
  readonly actions: readonly CaseAction[];
}
export interface DeviceRegistration {
  readonly id: string;
  readonly product: string;
  readonly attrs: Readonly<Record<string, string | number | boolean>>;
  readonly cohort: string;
  readonly owner: string;
  readonly activatedAtMs: number;
}
/** One change as told by `GET /api/events`. */
export interface GatewayChange {
  readonly kind: string;
  readonly id: string;
  readonly summary: string;
}
