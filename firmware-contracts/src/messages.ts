/** `null` means: known to be unavailable now. Numbers are always finite. */
export type SignalValue = number | string | boolean | null;
export type SignalValues = Readonly<Record<string, SignalValue>>;

/**
 * Where a message stands in its device's life. All optional: a device without a counter has no
 * `seq`, one without a clock no `ts`.
 */
export interface Envelope {
  /** Persisted boot counter, u32. */
  readonly boot?: number;
  /** Strictly increasing per boot over all up classes except `status`, u32. */
  readonly seq?: number;
  /** Send time, ms since 1970 UTC. */
  readonly ts?: number;
  /** ms since boot. */
  readonly up?: number;
}

/** One moment of a measurement pack. */
export interface Point {
  /** ms relative to the envelope's `ts` (or `up`), usually <= 0. */
  readonly offsetMs: number;
  /** Set when the pack gave an absolute time (SenML); wins over offsetMs. */
  readonly absoluteMs?: number;
  readonly values: SignalValues;
}

export interface DeviceEvent {
  readonly code: string;
  /** ms relative to the envelope's `ts` (or `up`). */
  readonly offsetMs: number;
  readonly attrs: Readonly<Record<string, unknown>>;
}

export type MeasurementMessage = Envelope & {
  readonly class: "tele" | "hist";
  /** In the order sent; a plain `m` is one point with offsetMs 0. */
  readonly points: readonly Point[];
};
export type EventMessage = Envelope & {
  readonly class: "event";
  readonly events: readonly DeviceEvent[];
};
export type StatusMessage = Envelope & {
  readonly class: "status";
  readonly state: "online" | "offline" | "lost" | "sleeping";
  /** `planned` keeps silence rules quiet. */
  readonly reason?: string;
  /** Seconds until a sleeping device wakes. */
  readonly wakeS?: number;
};
export type BirthMessage = Envelope & {
  readonly class: "birth";
  readonly model?: string;
  readonly hardware?: string;
  readonly firmware?: string;
  readonly settings: SignalValues;
  readonly attrs: Readonly<Record<string, string | number | boolean>>;
};
export const COMMAND_STATES = [
  "accepted",
  "progress",
  "succeeded",
  "failed",
  "rejected",
  "expired",
  "duplicate",
] as const;
export type CommandState = (typeof COMMAND_STATES)[number];
export type ResultMessage = Envelope & {
  readonly class: "res";
  readonly id: string;
  readonly state: CommandState;
  readonly code?: string;
  readonly msg?: string;
  /** On `duplicate`: the state that the device stored when it ran the command. */
  readonly was?: CommandState;
};
export type ReportedMessage = Envelope & {
  readonly class: "rep";
  readonly version: number;
  readonly settings: SignalValues;
};
export type TimeRequest = Envelope & { readonly class: "time" };

export type UpMessage =
  | MeasurementMessage
  | EventMessage
  | StatusMessage
  | BirthMessage
  | ResultMessage
  | ReportedMessage
  | TimeRequest;

/** Down, topic class `cmd`. Never retained. */
export interface CommandMessage {
  readonly id: string;
  readonly name: string;
  readonly args: Readonly<Record<string, string | number | boolean>>;
  /** Issued at, ms since 1970 UTC. */
  readonly iat: number;
  /** Not to be run after this, ms since 1970 UTC. */
  readonly exp: number;
  /** Seconds from receipt, for devices without a clock. */
  readonly ttl: number;
  /** Strictly increasing per device: stops replays of actions that must not repeat. */
  readonly ctr: number;
}

/** Why a message was refused: names the field, the value and what would be right. */
export interface Refusal {
  /** Stable, lower_snake_case, listed in docs/errors.md, e.g. `bad_json`, `value_out_of_type`. */
  readonly code: string;
  readonly reason: string;
}

export type Decoded<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly refusal: Refusal };
