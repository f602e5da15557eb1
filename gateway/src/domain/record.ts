import type { UpClass } from "@voorzorg/firmware-contracts";
import type { EpochMs } from "#domain/units.ts";

/**
 * Everything that decides enters through the journal as one of these records. `appendedAt` is the
 * wall clock of the append; with the clock mode of the newest ConfigRecord it gives the service clock.
 */
export type JournalRecord =
  | MessageRecord
  | RefusalRecord
  | ConnectionRecord
  | RegistryRecord
  | RulesetRecord
  | ConfigRecord
  | ActionRecord
  | CommandOutcomeRecord
  | ServiceRecord
  | TickRecord;

export interface MessageRecord {
  readonly kind: "message";
  readonly appendedAt: EpochMs;
  readonly product: string;
  readonly device: string;
  readonly class: UpClass;
  readonly qos: 0 | 1 | 2;
  readonly payload: Uint8Array;
}

/** A publish that the broker refused (access, size, topic); recorded so that it can be looked up. */
export interface RefusalRecord {
  readonly kind: "refusal";
  readonly appendedAt: EpochMs;
  /** The authenticated client, or "" before CONNECT. */
  readonly client: string;
  readonly topic: string;
  /** Stable lower_snake_case code, listed in docs/errors.md. */
  readonly code: string;
  readonly reason: string;
  /** At most the first 1,024 bytes. */
  readonly payload: Uint8Array;
}

export interface ConnectionRecord {
  readonly kind: "connection";
  readonly appendedAt: EpochMs;
  readonly device: string;
  /** `unknown`: the service cannot tell (its own start). */
  readonly state: "connected" | "disconnected" | "unknown";
  readonly reason: string;
}

export interface RegisteredDevice {
  readonly id: string;
  readonly product: string;
  readonly attrs: Readonly<Record<string, string | number | boolean>>;
  /** Peers; "" = none. */
  readonly cohort: string;
  /** Reference to the owner; contact data live outside the journal. "" = none. */
  readonly owner: string;
  /** From when silence and use are expected. */
  readonly activatedAt: EpochMs;
}

export interface RegistryRecord {
  readonly kind: "registry";
  readonly appendedAt: EpochMs;
  readonly change: "put" | "remove";
  readonly device: RegisteredDevice;
  readonly by: string;
}

export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** The whole ruleset by content, so that a replay decides with exactly what was in force. */
export interface RulesetRecord {
  readonly kind: "ruleset";
  readonly appendedAt: EpochMs;
  /** SHA-256 over products and rules, hex. */
  readonly hash: string;
  readonly products: readonly SourceFile[];
  readonly rules: readonly SourceFile[];
}

export interface ConfigRecord {
  readonly kind: "config";
  readonly appendedAt: EpochMs;
  /** `live`: appendedAt. `event`: running maximum of event time. */
  readonly clock: "live" | "event";
  /** Teams, calendars and targets (the service file's text); absent = none. */
  readonly service?: SourceFile;
}

export const VERDICTS = [
  "confirmed",
  "false_alarm",
  "sensor_fault",
  "duplicate",
  "deferred",
] as const;
export type AgentVerdict = (typeof VERDICTS)[number];

export type CaseRequest =
  | { readonly name: "acknowledge"; readonly caseId: string }
  | {
      readonly name: "resolve";
      readonly caseId: string;
      readonly comment: string;
      /** `wont_fix`: it is as it is, and must not come back by itself. Default: work is done. */
      readonly as?: "done" | "wont_fix";
    }
  /** Nobody has it any more; an agent gave it back. */
  | { readonly name: "give_back"; readonly caseId: string }
  /** The engineer's word on the step that waits for it. */
  | {
      readonly name: "approve" | "decline";
      readonly caseId: string;
      readonly comment: string;
    }
  /** Takes back a step that was carried out; `action`: its id. */
  | { readonly name: "undo"; readonly caseId: string; readonly action: string }
  /** What became of the case's ticket in a desk. */
  | {
      readonly name: "ticket";
      readonly caseId: string;
      readonly desk: string;
      readonly ticket: string;
      readonly url: string;
      readonly change: "created" | "merged" | "moved" | "lost" | "refused";
      /** A sentence for the timeline. */
      readonly detail: string;
    }
  | { readonly name: "reopen"; readonly caseId: string; readonly comment: string }
  | {
      readonly name: "verdict";
      readonly caseId: string;
      readonly verdict: AgentVerdict;
      readonly comment: string;
    }
  | { readonly name: "comment"; readonly caseId: string; readonly comment: string };

export interface SettingsRequest {
  readonly name: "settings";
  readonly device: string;
  /** Wanted values of the product's settings; those not named stay as they were wanted before. */
  readonly settings: Readonly<Record<string, string | number | boolean>>;
}

export interface CommandRequest {
  readonly name: "command";
  readonly device: string;
  readonly command: string;
  readonly args: Readonly<Record<string, string | number | boolean>>;
  /** How long the command may wait for the device. */
  readonly expiresInMs: number;
}

/** The owner got in touch about a device, as an agent or a desk says. */
export interface OwnerCalledRequest {
  readonly name: "owner_called";
  readonly device: string;
  /** When, on the service clock. */
  readonly calledAt: EpochMs;
  /** E.g. `ticket 17 in rt`. */
  readonly source: string;
}

/** The off switch: whether playbooks may act by themselves. Product "" = the whole fleet. */
export interface RemediesRequest {
  readonly name: "remedies";
  readonly enabled: boolean;
  readonly product: string;
  readonly reason: string;
}

/** A fix that was withdrawn because it failed too often is used again, its counts begin anew. */
export interface ReinstateRequest {
  readonly name: "reinstate";
  readonly product: string;
  readonly rule: string;
  /** Key of the step. */
  readonly step: string;
  readonly reason: string;
}

export type ProblemRequest =
  /** The cause is fixed: its cases are resolved together. */
  | { readonly name: "problem_resolve"; readonly problem: string; readonly comment: string }
  /** Was no common cause: its cases stand alone again, and it is not grouped again for this. */
  | { readonly name: "problem_dissolve"; readonly problem: string; readonly comment: string }
  | {
      readonly name: "problem_ticket";
      readonly problem: string;
      readonly desk: string;
      readonly ticket: string;
      readonly url: string;
      readonly detail: string;
    }
  | { readonly name: "problem_comment"; readonly problem: string; readonly comment: string };

/** What a person asks for. */
export type Action =
  | CaseRequest
  | SettingsRequest
  | CommandRequest
  | OwnerCalledRequest
  | RemediesRequest
  | ReinstateRequest
  | ProblemRequest;

export interface ActionRecord {
  readonly kind: "action";
  readonly appendedAt: EpochMs;
  /** Idempotency key: a second record with the same id does nothing. */
  readonly id: string;
  readonly by: string;
  readonly action: Action;
}

export interface CommandOutcomeRecord {
  readonly kind: "command_outcome";
  readonly appendedAt: EpochMs;
  readonly commandId: string;
  readonly device: string;
  /** `delivered`: the device acknowledged the PUBLISH. `refused`: it never can be sent. */
  readonly outcome: "delivered" | "refused";
  readonly detail: string;
}

export interface ServiceRecord {
  readonly kind: "service";
  readonly appendedAt: EpochMs;
  readonly event: "started" | "stopping" | "degraded" | "recovered";
  readonly reason: string;
  /** On `started`: when the service last wrote anything before, 0 if never. */
  readonly lastAliveAt: EpochMs;
}

/** Appended only when a deadline passes without traffic. */
export interface TickRecord {
  readonly kind: "tick";
  readonly appendedAt: EpochMs;
}
