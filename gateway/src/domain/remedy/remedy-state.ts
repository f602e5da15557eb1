import type { RuleKind } from "#domain/case/case.ts";
import type { FixView } from "#domain/remedy/fix.ts";
import type { Scalars } from "#domain/rules/rule.ts";
import type { DurationMs, EpochMs } from "#domain/units.ts";

/** How far a proof by telemetry has come. Instants are device time. */
export interface ProofProgress {
  /** How long the condition has held, as far as samples show it. */
  readonly heldFor: DurationMs;
  /** Newest sample at which it held; 0 = it does not. */
  readonly heldAt: EpochMs;
  /** Time in use since the step was carried out. */
  readonly usedFor: DurationMs;
  /** Newest sample in use; 0 = not in use. */
  readonly usedAt: EpochMs;
  /** All use of the device when the step was carried out. */
  readonly useFrom: number;
}

/** What takes a step back, as it was decided when the step began. */
export type UndoPlan =
  | { readonly kind: "command"; readonly name: string; readonly args: Scalars }
  | { readonly kind: "settings"; readonly settings: Scalars };

/** An undo that the playbook does by itself, before it goes on. */
export interface UndoRun {
  /** Actions that are taken back after the one under way, in this order. */
  readonly left: readonly string[];
  /** Step at which the playbook goes on. */
  readonly goOnAt: number;
  readonly why: string;
}

/** What the run of a playbook knows beyond the step under way. Absent parts: as they are at its beginning. */
export interface RunDetails {
  /** Key of the step under way: a changed playbook is noticed by it. Absent: written by an older build. */
  key?: string;
  /** The engineer's word on the step under way. */
  approval?: "asked" | "given";
  /** Service clock: when a step that waits for a limit is looked at again. */
  wakeAt?: EpochMs;
  progress?: ProofProgress;
  /** Actions that were carried out and wait for a later step to prove them. */
  unproved?: readonly string[];
  undo?: UndoRun;
}

/** What is remembered of an action of a case. */
export interface StepMemo {
  /** Key of the step, for its statistics and limits. */
  readonly key: string;
  readonly settle: DurationMs;
  /** It may act only while the device is not in use; so may its undo. */
  readonly idle?: true;
  readonly undo?: UndoPlan;
  /** The device has it: counted as tried. */
  readonly tried?: true;
  /** Counted as failed: once per action. */
  readonly failed?: true;
  /** Id of the action that takes it back. */
  readonly undoneBy?: string;
  readonly undone?: true;
  /** Of an action of kind undo: the action that it takes back. */
  readonly of?: string;
}

/** A proof whose settle time runs. */
export interface Settling {
  readonly actions: readonly string[];
  readonly settle: DurationMs;
  /** Service clock. */
  readonly until: EpochMs;
  /** All use of the device at the proof. */
  readonly useFrom: number;
  /** Device time of the newest sample at the proof. */
  readonly sampleFrom: EpochMs;
}

/** A step that was given up and then answered with success: its proof still counts. */
export interface LateProof {
  readonly action: string;
  /** Device time from which telemetry can prove it. */
  readonly from: EpochMs;
  /** Service clock. */
  readonly until: EpochMs;
  readonly progress: ProofProgress;
}

/** A step that was sent to a device: for cool-downs, limits and suspicion of harm. Service clock. */
export interface RemedyTrace {
  readonly action: string;
  readonly caseId: string;
  readonly rule: string;
  readonly key: string;
  readonly at: EpochMs;
  /** Until when a fault that begins is put down to it; 0 = the device does not have it yet, or it was. */
  readonly harmUntil: EpochMs;
  /** Rules that were not at rest when it was sent. */
  readonly active: readonly string[];
  /** Nothing asks for it any more after this. */
  readonly keepUntil: EpochMs;
}

/** Settings that an action waits for the device to report. */
export interface AwaitedSettings {
  readonly action: string;
  readonly caseId: string;
  readonly version: number;
  readonly settings: Scalars;
  /** What was wanted, or reported, before; a name that is missing had no value. */
  readonly before: Scalars;
}

/** Saved under `fix/{product}/{rule}/{step}`. */
export interface FixState {
  view: FixView;
  /** Service clock of the newest sends over the fleet, oldest first, as long as its limit looks back. */
  sent: readonly { readonly action: string; readonly at: EpochMs }[];
}

/** Whose step it is. */
export interface FixKey {
  readonly product: string;
  readonly rule: string;
  readonly key: string;
}

export const fixId = ({ product, rule, key }: FixKey): string => `${product}/${rule}/${key}`;

/** Faults only: a misuse or an underuse that begins is the owner's doing. */
export const isHarm = (kind: RuleKind): boolean => kind === "fault";
