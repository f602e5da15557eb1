import type { CaseAction, CaseView, RuleKind, ServiceTarget, Severity } from "#domain/case/case.ts";
import type { EpochMs } from "#domain/units.ts";

/**
 * How the steps of a case's playbook did: `verified` by telemetry and held through their settle time,
 * `pending` while a proof or that time is outstanding, "" if no step was carried out.
 */
export type FixOutcome = "" | "pending" | "verified" | "failed" | "harmful";

/** What is counted of a case, in columns; computed from its view alone. Texts are "" and times null for none. */
export interface CaseFact {
  readonly id: string;
  readonly product: string;
  readonly device: string;
  readonly rule: string;
  readonly kind: RuleKind;
  readonly severity: Severity;
  readonly onsetAt: EpochMs;
  readonly openedAt: EpochMs;
  readonly resolvedAt: EpochMs | null;
  readonly resolution: string;
  readonly verdict: string;
  readonly escalatedAt: EpochMs | null;
  readonly firstStepAt: EpochMs | null;
  readonly tried: boolean;
  readonly provedAt: EpochMs | null;
  readonly fix: FixOutcome;
  readonly ownerCalledAt: EpochMs | null;
  /** No call of the owner about the device is known from a day before the onset until the case opened. */
  readonly foundBefore: boolean;
  readonly follows: string;
  readonly problem: string;
  readonly team: string;
  readonly level: string;
  readonly response: TargetFact;
  readonly solution: TargetFact;
}

export interface TargetFact {
  readonly dueAt: EpochMs | null;
  readonly metAt: EpochMs | null;
  readonly breachedAt: EpochMs | null;
}

const STEPS: ReadonlySet<CaseAction["kind"]> = new Set(["command", "settings", "advice"]);
/** A step in one of these never reached its device. */
const UNTRIED: ReadonlySet<CaseAction["state"]> = new Set(["waiting", "cancelled"]);
const FAILED: ReadonlySet<CaseAction["state"]> = new Set(["failed", "rejected", "expired"]);
/** Something may still come of a step. */
const GOES_ON: ReadonlySet<CaseView["stage"]> = new Set([
  "acting",
  "approval",
  "verifying",
  "watching",
]);

export function caseFactOf(view: CaseView): CaseFact {
  const { ownerCalledAt = null, openedAt, actions, targets } = view;
  const escalations = actions.filter(({ kind }) => kind === "escalation");
  const steps = actions.filter((action) => isStep(action, escalations));
  const newest = steps.findLast(({ state }) => !UNTRIED.has(state));
  const { id, product, device, rule, kind, severity, onsetAt, resolvedAt } = view;
  return {
    ...{ id, product, device, rule, kind, severity, onsetAt, openedAt, resolvedAt },
    resolution: view.resolution ?? "",
    verdict: view.verdict ?? "",
    escalatedAt: earliest(escalations),
    firstStepAt: earliest(steps),
    tried: newest !== undefined,
    provedAt: actions.findLast(({ proof }) => proof === "proved")?.provedAt ?? null,
    fix: newest === undefined ? "" : outcomeOf(view, newest),
    ownerCalledAt,
    foundBefore: ownerCalledAt === null || ownerCalledAt >= openedAt,
    follows: view.follows ?? "",
    problem: view.problem ?? "",
    team: targets?.team ?? "",
    level: targets?.level ?? "",
    response: targetFact(targets?.firstResponse),
    solution: targetFact(targets?.solution),
  };
}

const earliest = (actions: readonly CaseAction[]): EpochMs | null =>
  actions.reduce<EpochMs | null>(
    (first, { startedAt }) => (first === null ? startedAt : Math.min(first, startedAt)),
    null,
  );

function targetFact(target: ServiceTarget | undefined): TargetFact {
  if (target === undefined) return { dueAt: null, metAt: null, breachedAt: null };
  const { dueAt, metAt, breachedAt } = target;
  return { dueAt, metAt, breachedAt };
}

/** What an escalation tells the owner beside it is no attempt to solve anything. */
const isStep = ({ kind, proof, step }: CaseAction, escalations: readonly CaseAction[]): boolean =>
  STEPS.has(kind) &&
  !(kind === "advice" && proof === "none" && escalations.some((one) => one.step === step));

/** Of the newest step that was carried out: what came before it had not helped. */
function outcomeOf({ actions, stage, resolution }: CaseView, newest: CaseAction): FixOutcome {
  if (actions.some(({ held }) => held === "harmful")) return "harmful";
  if (newest.held === "held") return "verified";
  if (newest.held === "did_not_hold") return "failed";
  if (newest.held === "pending") return "pending";
  const proof = proofOf(actions, newest);
  if (proof === "not_proved" || (proof !== "proved" && FAILED.has(newest.state))) return "failed";
  const goesOn = GOES_ON.has(stage) ? "pending" : "failed";
  if (proof === "pending") return goesOn;
  // Without a settle time the proof counts once the alert has cleared too.
  return resolution === "fixed" ? "verified" : goesOn;
}

/** A step without a proof of its own is proved by a later step that waits for it. */
function proofOf(actions: readonly CaseAction[], newest: CaseAction): CaseAction["proof"] {
  if (newest.proof !== "none") return newest.proof;
  const later = actions.slice(actions.indexOf(newest) + 1);
  return later.findLast(({ kind }) => kind === "verify")?.proof ?? "none";
}
