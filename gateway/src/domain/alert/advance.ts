import type { AlertPhase } from "#domain/alert/alert.ts";
import type { Verdict } from "#domain/detect/detector.ts";
import type { DurationMs, EpochMs } from "#domain/units.ts";

/** One rule's alert on one device. Plain JSON. All instants on the rule's clock. */
export interface AlertState {
  readonly phase: AlertPhase;
  /** When this phase began. */
  readonly since: EpochMs;
  /** When the breach began that led to it; 0 while inactive. */
  readonly onsetAt: EpochMs;
  /** True after a verdict `unknown`, until the next one that knows. */
  readonly unknown: boolean;
}

export const INACTIVE: AlertState = { phase: "inactive", since: 0, onsetAt: 0, unknown: false };

export interface AlertPolicy {
  /** A breach must last this long before the alert fires. */
  readonly for: DurationMs;
  /** A firing alert must be ok for this long before it clears. */
  readonly keep: DurationMs;
}

export type AlertChange = "none" | "fired" | "cleared" | "became_unknown" | "known_again";

export interface Advanced {
  readonly alert: AlertState;
  readonly change: AlertChange;
  /** On the rule's clock: when to judge again even without news; undefined = no need. */
  readonly deadline: EpochMs | undefined;
}

/**
 * inactive → pending (`for`) → firing → clearing (`keep`) → inactive; the only place where an
 * alert changes phase. `unknown` moves nothing, and time that passed unknown does not count as ok:
 * a silent device never clears its fault.
 */
export function advance(
  policy: AlertPolicy,
  alert: AlertState,
  verdict: Verdict,
  now: EpochMs,
): Advanced {
  if (verdict.kind === "unknown") return toUnknown(alert);
  const known = alert.unknown ? knownAgain(alert, now) : alert;
  const next =
    verdict.kind === "breach" ? breach(policy, known, verdict.since, now) : ok(policy, known, now);
  const change = next.change === "none" && alert.unknown ? "known_again" : next.change;
  return { alert: next.alert, change, deadline: deadlineOf(policy, next.alert) };
}

function toUnknown(alert: AlertState): Advanced {
  if (alert.unknown) return { alert, change: "none", deadline: undefined };
  const marked: AlertState = { ...alert, unknown: true };
  return { alert: marked, change: "became_unknown", deadline: undefined };
}

/** The time that must pass ok starts anew: nobody saw whether it was ok meanwhile. */
function knownAgain(alert: AlertState, now: EpochMs): AlertState {
  const since = alert.phase === "clearing" ? now : alert.since;
  return { ...alert, unknown: false, since };
}

type Moved = { readonly alert: AlertState; readonly change: "none" | "fired" | "cleared" };

function breach(policy: AlertPolicy, alert: AlertState, since: EpochMs, now: EpochMs): Moved {
  switch (alert.phase) {
    case "inactive":
      return breach(policy, { ...alert, phase: "pending", since: now, onsetAt: since }, since, now);
    case "pending":
      if (now - alert.onsetAt < policy.for) return { alert, change: "none" };
      return { alert: { ...alert, phase: "firing", since: now }, change: "fired" };
    case "firing":
      return { alert, change: "none" };
    case "clearing":
      // The same episode goes on: neither a new onset nor a second case.
      return { alert: { ...alert, phase: "firing", since: now }, change: "none" };
  }
}

function ok(policy: AlertPolicy, alert: AlertState, now: EpochMs): Moved {
  switch (alert.phase) {
    case "inactive":
      return { alert, change: "none" };
    case "pending":
      return { alert: INACTIVE, change: "none" };
    case "firing":
      return ok(policy, { ...alert, phase: "clearing", since: now }, now);
    case "clearing":
      if (now - alert.since < policy.keep) return { alert, change: "none" };
      return { alert: INACTIVE, change: "cleared" };
  }
}

function deadlineOf(policy: AlertPolicy, alert: AlertState): EpochMs | undefined {
  if (alert.phase === "pending") return alert.onsetAt + policy.for;
  if (alert.phase === "clearing") return alert.since + policy.keep;
  return undefined;
}
