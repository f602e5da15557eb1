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

export function caseFactOf(view: CaseView): CaseFact {
  const { ownerCalledAt = null, openedAt, actions, targets } = view;
  const steps = actions.filter(({ kind }) => STEPS.has(kind));
  const escalations = actions.filter(({ kind }) => kind === "escalation");
  const tried = steps.some(({ state }) => !UNTRIED.has(state));
  const { id, product, device, rule, kind, severity, onsetAt, resolvedAt } = view;
  return {
    ...{ id, product, device, rule, kind, severity, onsetAt, openedAt, resolvedAt },
    resolution: view.resolution ?? "",
    verdict: view.verdict ?? "",
    escalatedAt: earliest(escalations),
    firstStepAt: earliest(steps),
    tried,
    provedAt: actions.findLast(({ proof }) => proof === "proved")?.provedAt ?? null,
    fix: tried ? outcomeOf(view) : "",
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

/** Of the newest step that was carried out: what came before it had not helped. */
function outcomeOf({ actions, stage, resolution }: CaseView): FixOutcome {
  if (actions.some(({ held }) => held === "harmful")) return "harmful";
  const done = actions.filter(({ state }) => !UNTRIED.has(state));
  const proofs = done.filter(
    ({ kind, proof }) => (STEPS.has(kind) || kind === "verify") && proof !== "none",
  );
  const last = proofs.at(-1);
  if (last === undefined) return "failed";
  if (last.held === "held") return "verified";
  if (last.held === "did_not_hold") return "failed";
  if (last.held === "pending" || last.proof === "pending") return "pending";
  if (last.proof !== "proved") return "failed";
  // Without a settle time the proof counts once the alert has cleared too.
  if (resolution === "fixed") return "verified";
  return stage === "watching" || stage === "verifying" ? "pending" : "failed";
}
