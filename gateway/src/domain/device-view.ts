import type { SignalValue } from "@voorzorg/firmware-contracts";
import type { RegisteredDevice } from "#domain/record.ts";
import type { EpochMs } from "#domain/units.ts";

export type Presence = "online" | "offline" | "sleeping" | "lost" | "unknown" | "never_seen";

export interface SignalNow {
  readonly value: SignalValue;
  /** Device time. */
  readonly at: EpochMs;
}

export interface DayOfUse {
  /** UTC day, `2026-11-24`. */
  readonly day: string;
  readonly amount: number;
}

/** Settings as an engineer wants them. */
export interface DesiredSettings {
  /** Raised with each change; the device reports it back. */
  readonly version: number;
  readonly settings: Readonly<Record<string, string | number | boolean>>;
}

/** A command sent to the device and what became of it. */
export interface CommandNow {
  readonly id: string;
  readonly name: string;
  /** `gateway` or the name of a person. */
  readonly by: string;
  /** Service clock. */
  readonly at: EpochMs;
  readonly state:
    | "waiting"
    | "delivered"
    | "accepted"
    | "succeeded"
    | "failed"
    | "rejected"
    | "expired"
    | "cancelled";
  readonly detail: string;
  /** Service clock; not to be run after this. */
  readonly expiresAt: EpochMs;
}

export interface DeviceView extends RegisteredDevice {
  readonly presence: Presence;
  /** Newest device time accepted; null if never. */
  readonly deviceTime: EpochMs | null;
  /** Service clock of the last message; null if never. */
  readonly lastSeenAt: EpochMs | null;
  readonly firmware: string;
  readonly signals: Readonly<Record<string, SignalNow>>;
  readonly settings: Readonly<Record<string, SignalValue>>;
  /** null = nobody wants other settings than the device's own. */
  readonly desired: DesiredSettings | null;
  /** Newest version of the desired settings that the device works with; 0 = none. */
  readonly reportedVersion: number;
  /** Newest 60 days, oldest first. */
  readonly use: readonly DayOfUse[];
  /** Features of the product that were seen in use, by name; absent = none yet. */
  readonly featuresUsed?: readonly string[];
  /** Newest ten, newest first. */
  readonly commands: readonly CommandNow[];
  readonly openCases: number;
  /** Most severe open case; null if none. */
  readonly worst: "normal" | "urgent" | "safety" | null;
  readonly messages: number;
}
