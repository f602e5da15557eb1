import type { ProductModel } from "@voorzorg/firmware-contracts";
import type { ActionAnswer } from "#domain/effects.ts";
import type { Action, RegisteredDevice } from "#domain/record.ts";
import type { RuleView } from "#domain/rules/rule.ts";
import type { StoppedRule } from "#domain/rules/stopped-rule.ts";
import type { EpochMs, Offset } from "#domain/units.ts";

/** What changed, for live pages. Ids only: readers fetch what they show. */
export interface Change {
  readonly kind: "case" | "problem" | "device" | "quarantine";
  readonly id: string;
  /** For a case: status and stage; for a problem: status; so that a listener need not fetch. */
  readonly summary: string;
}

/** A rule in force, and when and why it was stopped if it failed. */
export interface RuleInForce extends RuleView {
  readonly stopped: Pick<StoppedRule, "at" | "offset" | "device" | "reason"> | null;
}

export interface Health {
  readonly status: "ok" | "degraded" | "starting" | "stopping";
  readonly reasons: readonly string[];
  /** Messages are taken and decided. */
  readonly ready: boolean;
  readonly version: string;
  readonly clock: "live" | "event";
  /** Service clock; 0 before the first record. */
  readonly serviceTime: EpochMs;
  readonly journal: { readonly newest: Offset; readonly decided: Offset; readonly stored: Offset };
  /** Effects owed and not yet delivered that could be delivered now. */
  readonly outboxDue: number;
}

/** The commanding side of the HTTP API. Answers after the record is applied. */
export interface GatewayApi {
  act(action: Action, by: string, idempotencyKey?: string): Promise<ActionAnswer>;
  /** Registers or changes a device; the secret is shown once and kept as HMAC. */
  putDevice(
    device: RegisteredDevice,
    by: string,
  ): Promise<{ readonly answer: ActionAnswer; readonly secret: string }>;
  products(): readonly ProductModel[];
  rules(): readonly RuleInForce[];
  health(): Promise<Health>;
  /** Prometheus text of all threads. */
  metrics(): Promise<string>;
  onChange(listener: (change: Change) => void): Disposable;
}
