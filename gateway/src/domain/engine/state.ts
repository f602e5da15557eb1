import type { SignalValue, UpMessage } from "@voorzorg/firmware-contracts";
import type { AlertState } from "#domain/alert/advance.ts";
import type { AlertView } from "#domain/alert/alert.ts";
import type { CaseView, Evidence } from "#domain/case/case.ts";
import type { CommandNow, DesiredSettings, Presence } from "#domain/device-view.ts";
import type { ActionAnswer } from "#domain/effects.ts";
import type { RegisteredDevice, SourceFile } from "#domain/record.ts";
import type { RemedySwitch } from "#domain/remedy/fix.ts";
import type {
  AwaitedSettings,
  LateProof,
  RemedyTrace,
  RunDetails,
  Settling,
  StepMemo,
} from "#domain/remedy/remedy-state.ts";
import type { StoppedRule } from "#domain/rules/stopped-rule.ts";
import type { ServiceClock, Stamp } from "#domain/telemetry/device-time.ts";
import { startClock } from "#domain/telemetry/device-time.ts";
import type { Lag } from "#domain/telemetry/lag.ts";
import { NO_LAG } from "#domain/telemetry/lag.ts";
import type { OrderState } from "#domain/telemetry/order.ts";
import { startOrder } from "#domain/telemetry/order.ts";
import type { DurationMs, EpochMs } from "#domain/units.ts";
import type { UseState } from "#domain/usage/use-tally.ts";
import { startUse } from "#domain/usage/use-tally.ts";

/** A decoded message that waits for its turn. */
export interface PendingMessage {
  readonly message: UpMessage;
  readonly stamp: Stamp;
}

/** One rule on one device. */
export interface RuleSlot {
  /** The detector's memory, as it gave it. */
  detector: unknown;
  alert: AlertState;
  /** What the two deadlines run on. */
  clock: "device" | "service";
  /** The detector's own deadline and the alert's, on that clock; 0 = none. */
  detectorDue: EpochMs;
  alertDue: EpochMs;
  /**
   * Service clock: when the timer for the two fires; 0 = none. Kept as it was set, since the device's
   * clock moves against the service's and a restart must not fire it at another time.
   */
  timerAt: EpochMs;
  /** Latest case of this key; "" = none. */
  caseId: string;
  evidence: Evidence | null;
  /** Fired on data long past (backfill): no case until the device shows it live. */
  historic: boolean;
  /** The rule is gone from the ruleset: the alert stays unknown until a person closes the case. */
  orphan: boolean;
  /** What a person's closing of the case means while its episode lasts; absent = nothing. */
  closing?: Closing;
}

/**
 * A person closed a case. `settling`: the work is said to be done, and telemetry gets its time to agree.
 * `disputed`: it did not, and the case is open again. `suppressed`: nothing opens for the key.
 */
export interface Closing {
  readonly kind: "settling" | "disputed" | "suppressed";
  readonly caseId: string;
  readonly by: string;
  /** Service clock: when it was closed; when it is looked at again; when its longest time is up. */
  readonly at: EpochMs;
  readonly due: EpochMs;
  readonly until: EpochMs;
  /** Service clock: since when the alert has been clear; 0 = it has not. */
  readonly clearAt: EpochMs;
  /** How long it must stay clear for the episode to be over. */
  readonly quiet: DurationMs;
  /** How often the alert fired again meanwhile, and when that was last told. */
  readonly fired: number;
  readonly toldAt: EpochMs;
}

/** All that is decided about one device. Plain JSON, saved under `device/{id}`. */
export interface DeviceState {
  registered: RegisteredDevice;
  presence: Presence;
  silenceExpected: boolean;
  /** Service clock: a sleeping device should be back by then; 0 = not asleep or open end. */
  wakeBy: EpochMs;
  boot: number;
  lastSeenAt: EpochMs;
  /** Newest time of the device's own clock, from whatever it sent; 0 = none. */
  deviceTime: EpochMs;
  /** Newest sample decided upon; packs bring samples older than the events sent before them. */
  sampleTime: EpochMs;
  /** Service time when `deviceTime` was set: their difference carries deadlines between the clocks. */
  deviceTimeSetAt: EpochMs;
  lag: Lag;
  /** Messages in a row whose time lies far behind, and the newest of those times. */
  behind: { count: number; at: EpochMs };
  order: OrderState<PendingMessage>;
  signals: Record<string, [value: SignalValue, at: EpochMs]>;
  settings: Record<string, SignalValue>;
  /** What an engineer wants; null = nothing beyond the device's own. */
  desired: DesiredSettings | null;
  /** Newest version that the device reported; 0 = none. */
  reportedVersion: number;
  /** How often the newest desired settings were sent again. */
  settingsSent: number;
  firmware: string;
  use: UseState;
  useObservedFrom: EpochMs;
  /** Device time at which the registry handed the device on; absent = it has its first owner. */
  ownedSince?: EpochMs;
  slots: Record<string, RuleSlot>;
  /** A rule fired on backfill: looked at again with the next live reading; absent = no. */
  backfilled?: boolean;
  /** Alerts whose rule is gone, or means another problem now, while their case is open. */
  goneAlerts: { readonly caseId: string; readonly view: AlertView }[];
  /** Open cases that wait for telemetry of this device. */
  waitingCases: string[];
  commands: CommandNow[];
  /** Counter for commands that must not repeat. */
  commandCounter: number;
  messages: number;
  /** Steps that were sent to it, oldest first; absent = none. */
  remedied?: readonly RemedyTrace[];
  /** Settings that steps wait for it to report; absent = none. */
  awaited?: readonly AwaitedSettings[];
  /** Service clock: when the owner last got in touch; absent = never. */
  ownerCalledAt?: EpochMs;
}

/** Where the playbook of a case stands. */
export interface PlaybookRun extends RunDetails {
  /** Index of the step under way; -1 before the first. */
  step: number;
  /** Id of the command or advice under way; "" = none. */
  actionId: string;
  /** Held back: by a safety condition, a limit or an engineer's word. */
  unsafe: boolean;
  /** Service clock: when the step is given up; 0 = none. */
  due: EpochMs;
  /** Proof counts only from telemetry newer than this device time; -1 = not yet. */
  proofFrom: EpochMs;
  /** How long the proof may take after success. */
  proofWithin: DurationMs;
}

/** Saved under `case/{id}`. */
export interface CaseState {
  view: CaseView;
  run: PlaybookRun;
  /** An agent took, commented or judged it: automation no longer closes it. */
  touched: boolean;
  /** Service clock of the newest "cannot tell" line: it is not repeated for hours. */
  unknownSaidAt: EpochMs;
  /** What is remembered of its actions, by id; absent = nothing. */
  steps?: Readonly<Record<string, StepMemo>>;
  /** Proofs whose settle time runs; absent = none. */
  settling?: readonly Settling[];
  late?: LateProof;
  /** What runs behind the view's targets; absent = no targets. */
  clocks?: CaseClocks;
  /** What the device had in common with others when the case opened; absent = opened by an older build. */
  traits?: Readonly<Record<string, string>>;
  /** It has left a problem: it is no longer counted as one of its like. */
  left?: boolean;
}

/** One target of a case, in business time. */
export interface TargetClock {
  /** Left when it last stood still; below 0 = overdue by so much. */
  readonly left: DurationMs;
  /** How long before the due time is warned. */
  readonly warnBefore: DurationMs;
  /** Highest rung that was told: -1 = none, 0 warned, 1 breached, 2 once more. */
  readonly told: number;
}

/** What runs behind the targets of a case, while a person is needed. */
export interface CaseClocks {
  readonly calendar: string;
  readonly running: boolean;
  readonly firstResponse: TargetClock;
  readonly solution: TargetClock;
  /** Service clock: when the next is told; 0 = none. */
  readonly due: EpochMs;
  /** An agent has answered; a solution by the gateway alone is no answer. */
  readonly answered: boolean;
}

/** Saved under `service`. */
export interface ServiceState {
  clock: ServiceClock;
  /** Silence deadlines never lie before this. */
  excusedUntil: EpochMs;
  /** In `event` mode the length of a downtime shows only with the next message. */
  excuseNextAdvance: boolean;
  rulesetHash: string;
  /** Rules that failed, oldest first. */
  stopped: readonly StoppedRule[];
  /** Newest idempotency keys of actions with their answers, bounded. */
  answers: [id: string, answer: ActionAnswer][];
  /** The off switch as it was last turned, per product and for the fleet; absent = never. */
  remedies?: readonly RemedySwitch[];
}

/** Saved under `ruleset`. */
export interface RulesetSources {
  readonly hash: string;
  readonly products: readonly SourceFile[];
  readonly rules: readonly SourceFile[];
}

export const startService = (): ServiceState => ({
  clock: startClock(),
  excusedUntil: 0,
  excuseNextAdvance: false,
  rulesetHash: "",
  stopped: [],
  answers: [],
});

export const startDevice = (registered: RegisteredDevice): DeviceState => ({
  registered,
  presence: "never_seen",
  silenceExpected: false,
  wakeBy: 0,
  boot: -1,
  lastSeenAt: 0,
  deviceTime: 0,
  sampleTime: 0,
  deviceTimeSetAt: 0,
  lag: NO_LAG,
  behind: { count: 0, at: 0 },
  order: startOrder(),
  signals: {},
  settings: {},
  desired: null,
  reportedVersion: 0,
  settingsSent: 0,
  firmware: "",
  use: startUse(),
  useObservedFrom: 0,
  slots: {},
  goneAlerts: [],
  waitingCases: [],
  commands: [],
  commandCounter: 0,
  messages: 0,
});

export const START_RUN: PlaybookRun = {
  step: -1,
  actionId: "",
  unsafe: false,
  due: 0,
  proofFrom: -1,
  proofWithin: 0,
};
