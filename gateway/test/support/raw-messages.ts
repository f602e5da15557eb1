import type {
  CommandState,
  Envelope,
  Point,
  ResultMessage,
  SignalValues,
  StatusMessage,
} from "@voorzorg/firmware-contracts";
import {
  encodeEvent,
  encodeMeasurement,
  encodeResult,
  encodeStatus,
} from "@voorzorg/firmware-contracts";
import type { Action, JournalRecord, MessageRecord } from "#domain/record.ts";
import { stableId } from "#domain/stable-id.ts";
import type { EpochMs } from "#domain/units.ts";
import { MINUTE_MS } from "#domain/units.ts";
import { BOILER_PRODUCT, BOILER_RULES } from "./boiler-ruleset.ts";
import { START } from "./records.ts";

export const minute = (n: number): EpochMs => START + n * MINUTE_MS;

/** Whose message it is and when it reaches the journal. */
export interface Sent {
  readonly at: EpochMs;
  readonly device?: string;
}

const record = (cls: MessageRecord["class"], sent: Sent, payload: Uint8Array): MessageRecord => ({
  kind: "message",
  appendedAt: sent.at,
  product: "boiler",
  device: sent.device ?? "b1",
  class: cls,
  qos: 1,
  payload,
});

/** Measurements with exactly this envelope: no counter and no clock unless given. */
export function measured(
  envelope: Envelope,
  values: SignalValues | readonly Point[],
  sent: Sent & { readonly cls?: "tele" | "hist" },
): MessageRecord {
  const points = Array.isArray(values) ? (values as readonly Point[]) : undefined;
  const single = [{ offsetMs: 0, values: values as SignalValues }];
  const bytes = encodeMeasurement({ ...envelope, points: points ?? single }, "json");
  return record(sent.cls ?? "tele", sent, bytes);
}

export const happened = (envelope: Envelope, code: string, sent: Sent): MessageRecord =>
  record(
    "event",
    sent,
    encodeEvent({ ...envelope, events: [{ code, offsetMs: 0, attrs: {} }] }, "json"),
  );

export const status = (message: Omit<StatusMessage, "class">, sent: Sent): MessageRecord =>
  record("status", sent, encodeStatus(message, "json"));

export const answer = (
  id: string,
  state: CommandState,
  sent: Sent & Partial<Pick<ResultMessage, "was" | "code" | "msg" | "boot" | "seq">>,
): MessageRecord => {
  const { at, device, ...rest } = sent;
  const bytes = encodeResult({ id, state, ...rest }, "json");
  return record("res", device === undefined ? { at } : { at, device }, bytes);
};

export const outcome = (
  commandId: string,
  at: EpochMs,
  result: { readonly outcome?: "delivered" | "refused"; readonly detail?: string } = {},
): JournalRecord => ({
  kind: "command_outcome",
  appendedAt: at,
  commandId,
  device: "b1",
  outcome: result.outcome ?? "delivered",
  detail: result.detail ?? "",
});

let actions = 0;

export const act = (action: Action, at: EpochMs, id?: string): JournalRecord => {
  actions += 1;
  return { kind: "action", appendedAt: at, id: id ?? `key-${actions}`, by: "anna", action };
};

export const tick = (at: EpochMs): JournalRecord => ({ kind: "tick", appendedAt: at });

/** The test ruleset with its texts changed. */
export function ruleset(
  at: EpochMs,
  change: {
    /** Absent: follows from the texts. */
    readonly hash?: string;
    readonly rules?: (text: string) => string;
    readonly product?: (text: string) => string;
  },
): JournalRecord {
  const same = (text: string): string => text;
  const { rules = same, product = same } = change;
  const products = [{ ...BOILER_PRODUCT, text: product(BOILER_PRODUCT.text) }];
  const changed = [{ ...BOILER_RULES, text: rules(BOILER_RULES.text) }];
  const hash =
    change.hash ??
    stableId(
      "h",
      [...products, ...changed].map(({ text }) => text),
    );
  return { kind: "ruleset", appendedAt: at, hash, products, rules: changed };
}
