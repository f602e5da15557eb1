import type { AlertView } from "#domain/alert/alert.ts";
import type { CaseEvent, CaseView } from "#domain/case/case.ts";
import type { DeviceView } from "#domain/device-view.ts";
import type { ChangedViews, Effects, OutboxEntry, QuarantineEntry } from "#domain/effects.ts";
import type { ProblemView } from "#domain/problem/problem.ts";
import type { FixView } from "#domain/remedy/fix.ts";
import type { Offset } from "#domain/units.ts";

/** Whole values for tests that care about one or two of their fields. */
export const noViews: ChangedViews = { cases: [], alerts: [], devices: [], removedDevices: [] };

export const effects = (offset: Offset, over: Partial<Effects> = {}): Effects => ({
  offset,
  events: [],
  outbox: [],
  cancelled: [],
  quarantine: [],
  counts: [],
  ...over,
});

const evidence = {
  observed: "boiler_temp 141.2 Cel for 30 s",
  expected: "boiler_temp at most 135 Cel",
  onsetAt: 900,
  detectedAt: 1_000,
  signals: ["boiler_temp"],
  limits: [{ signal: "boiler_temp", op: ">", value: 135 }],
  values: { boiler_temp: 141.2, state: "idle", heating: true },
  disproof: "A second thermometer shows less than 120 Cel.",
  sure: "high: no reading said otherwise for 30 s",
} as const;

export const caseView = (id: string, over: Partial<CaseView> = {}): CaseView => ({
  id,
  device: "d-1",
  product: "espresso-pro",
  rule: "boiler-overheats",
  kind: "fault",
  severity: "urgent",
  status: "open",
  stage: "acting",
  title: "The boiler runs too hot",
  summary: "The boiler was above 135 Cel for 30 s.",
  nextStep: "Wait for the proof.",
  onsetAt: 900,
  openedAt: 1_000,
  updatedAt: 1_000,
  resolvedAt: null,
  resolution: null,
  acknowledgedBy: null,
  verdict: null,
  callback: false,
  refires: 0,
  revision: 2,
  evidence,
  actions: [],
  ...over,
});

export const alertView = (key: string, over: Partial<AlertView> = {}): AlertView => ({
  key,
  device: "d-1",
  product: "espresso-pro",
  rule: "boiler-overheats",
  kind: "fault",
  severity: "urgent",
  level: "act",
  phase: "firing",
  unknown: false,
  since: 1_000,
  onsetAt: 900,
  title: "The boiler runs too hot",
  evidence,
  ...over,
});

export const deviceView = (id: string, over: Partial<DeviceView> = {}): DeviceView => ({
  id,
  product: "espresso-pro",
  attrs: { region: "north", floor: 2, vip: true },
  cohort: "espresso-pro/north",
  owner: "o-1",
  activatedAt: 0,
  presence: "online",
  deviceTime: 1_000,
  lastSeenAt: 1_000,
  firmware: "1.0",
  signals: { boiler_temp: { value: 93.4, at: 1_000 }, state: { value: "idle", at: 1_000 } },
  settings: { setpoint: 93 },
  use: [{ day: "2026-11-24", amount: 12 }],
  desired: null,
  reportedVersion: 0,
  commands: [],
  openCases: 0,
  worst: null,
  messages: 10,
  ...over,
});

export const problemView = (id: string, over: Partial<ProblemView> = {}): ProblemView => ({
  id,
  product: "espresso-pro",
  rule: "boiler-overheats",
  kind: "fault",
  severity: "urgent",
  title: "The boiler runs too hot on firmware 2.4.1",
  attribute: "firmware",
  value: "2.4.1",
  status: "open",
  openedAt: 2_000,
  updatedAt: 2_000,
  resolvedAt: null,
  summary: "3 of 40 devices with firmware 2.4.1 have it, 1 of 4,000 others.",
  nextStep: "Look at firmware 2.4.1.",
  statistic: {
    test: "hypergeometric",
    p: 0.000_01,
    exposed: 40,
    affected: 3,
    others: 4_000,
    othersAffected: 1,
  },
  cases: ["c-1", "c-2", "c-3"],
  openCases: 3,
  revision: 1,
  ...over,
});

export const fixView = (step: string, over: Partial<FixView> = {}): FixView => ({
  product: "espresso-pro",
  rule: "boiler-overheats",
  step,
  what: 'set_heater {"enabled":false}',
  tried: 5,
  proved: 4,
  held: 3,
  failed: 1,
  harmful: 0,
  withdrawnAt: null,
  withdrawnWhy: "",
  updatedAt: 2_000,
  ...over,
});

export const caseEvent = (
  offset: Offset,
  n: number,
  about: string | Partial<CaseEvent>,
): CaseEvent => ({
  offset,
  n,
  caseId: "c-1",
  at: 1_000 + offset,
  kind: "opened",
  by: "gateway",
  reason: "The boiler is hot for 30 s",
  ...(typeof about === "string" ? { caseId: about } : about),
});

export const command = (
  id: string,
  over: { device?: string; counter?: number } = {},
): OutboxEntry => ({
  kind: "command",
  id,
  device: "d-1",
  product: "espresso-pro",
  caseId: "c-1",
  command: "set_heater",
  args: { enabled: false },
  createdAt: 1_000,
  expiresAt: 61_000,
  counter: 1,
  ...over,
});

export const quarantined = (
  offset: Offset,
  n: number,
  over: Partial<QuarantineEntry> = {},
): QuarantineEntry => ({
  offset,
  n,
  at: 1_000,
  device: "d-1",
  topic: "vz1/espresso-pro/d-1/tele",
  code: "bad_json",
  reason: "payload is no JSON",
  payload: Uint8Array.of(123, 0, 255),
  ...over,
});
