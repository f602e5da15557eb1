import type { AlertView } from "#domain/alert/alert.ts";
import type { CaseEvent, CaseView, Evidence } from "#domain/case/case.ts";
import type { DeviceView } from "#domain/device-view.ts";
import type { ProblemView } from "#domain/problem/problem.ts";
import type { FixView, RemedySwitch } from "#domain/remedy/fix.ts";
import type { DurationMs, EpochMs, Offset } from "#domain/units.ts";

/** Effects owed to the outside. The id is deterministic; a second insert of the same id is ignored. */
export type OutboxEntry =
  | {
      readonly kind: "command";
      readonly id: string;
      readonly device: string;
      readonly product: string;
      readonly caseId: string | null;
      readonly command: string;
      readonly args: Readonly<Record<string, string | number | boolean>>;
      readonly createdAt: EpochMs;
      /** Not to be sent after this (service clock). */
      readonly expiresAt: EpochMs;
      readonly counter: number;
    }
  | {
      /** Desired settings; a newer version makes an older one pointless. */
      readonly kind: "settings";
      readonly id: string;
      readonly device: string;
      readonly product: string;
      readonly version: number;
      readonly settings: Readonly<Record<string, string | number | boolean>>;
      readonly createdAt: EpochMs;
    }
  | {
      readonly kind: "webhook";
      readonly id: string;
      readonly device: string;
      readonly caseId: string;
      readonly type: "case.opened" | "case.escalated" | "case.resolved";
      readonly createdAt: EpochMs;
      /** JSON body as it will be sent, apart from the time of sending. */
      readonly body: string;
    }
  | {
      /** A message to a team; addresses live in the configuration, outside the journal. */
      readonly kind: "notice";
      readonly id: string;
      readonly device: string;
      /** Case or problem that it is about; "" = neither. */
      readonly caseId: string;
      readonly team: string;
      /** Place in the team's escalation chain, 0 = the team itself. */
      readonly rung: number;
      readonly about: "target_warning" | "target_breached" | "problem_opened" | "fix_withdrawn";
      readonly createdAt: EpochMs;
      readonly subject: string;
      readonly text: string;
    };

export interface QuarantineEntry {
  readonly offset: Offset;
  readonly n: number;
  /** Service clock. */
  readonly at: EpochMs;
  readonly device: string;
  readonly topic: string;
  readonly code: string;
  readonly reason: string;
  readonly payload: Uint8Array;
}

/**
 * What applying one record did. `events`, `outbox`, `cancelled` and `quarantine` are keyed by
 * (offset, n) or a deterministic id and are inserted or ignored; views are replaced as a whole.
 */
export interface Effects {
  readonly offset: Offset;
  readonly events: readonly CaseEvent[];
  readonly outbox: readonly OutboxEntry[];
  /** Ids of outbox entries that must not be sent any more. */
  readonly cancelled: readonly string[];
  readonly quarantine: readonly QuarantineEntry[];
  /** Answer to an ActionRecord. */
  readonly answer?: ActionAnswer;
  readonly counts: readonly Count[];
  /** What alerts did, in order; only of an engine that was asked to tell. */
  readonly alerts?: readonly AlertTransition[];
  /**
   * The case right after each of `events`, in the same order; undefined where the event is a problem's.
   * Only of an engine that was asked to tell.
   */
  readonly cases?: readonly (CaseView | undefined)[];
}

/**
 * An alert began or ended. `withdrawn`: it ended otherwise than by telemetry, because its rule, device or
 * owner is gone, or its rule failed. `resumed`: the rule of a withdrawn one is in force again.
 */
export interface AlertTransition
  extends Pick<AlertView, "device" | "product" | "rule" | "kind" | "severity" | "level" | "title"> {
  readonly change: "fired" | "cleared" | "withdrawn" | "resumed";
  /** Device time of the change. */
  readonly at: EpochMs;
  /** Why it fired, and since when: on the rule's own clock. */
  readonly evidence: Evidence | null;
  /** What to take from the rule's own clock to come to device time. */
  readonly lag: DurationMs;
}

export type ActionAnswer =
  | { readonly ok: true; readonly id: string }
  | { readonly ok: false; readonly status: 404 | 409 | 422; readonly reason: string };

export interface Count {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly by: number;
}

/** Read models that changed since the last flush. */
export interface ChangedViews {
  readonly cases: readonly CaseView[];
  readonly alerts: readonly AlertView[];
  readonly devices: readonly DeviceView[];
  readonly removedDevices: readonly string[];
  readonly problems?: readonly ProblemView[];
  readonly fixes?: readonly FixView[];
  /** The off switch, when it was turned. */
  readonly remedies?: readonly RemedySwitch[];
}
