import type { EpochMs } from "#domain/units.ts";

/** How a step of a playbook did over all devices. */
export interface FixView {
  readonly product: string;
  readonly rule: string;
  /** Key of the step: stays the same while what it does stays the same. */
  readonly step: string;
  /** What it does, e.g. `set_heater {"enabled":false}`. */
  readonly what: string;
  readonly tried: number;
  readonly proved: number;
  /** Proved and still good after its settle time in use. */
  readonly held: number;
  /** Not proved, refused, failed, or came back within the settle time. */
  readonly failed: number;
  /** Another fault began on the device within the settle time. */
  readonly harmful: number;
  /** Service clock; null = in use. */
  readonly withdrawnAt: EpochMs | null;
  readonly withdrawnWhy: string;
  readonly updatedAt: EpochMs;
}

/** Whether playbooks may act; product "" = the whole fleet. */
export interface RemedySwitch {
  readonly product: string;
  readonly enabled: boolean;
  readonly by: string;
  readonly reason: string;
  readonly at: EpochMs;
}
