import type { ProductModel } from "@voorzorg/firmware-contracts";
import type { CaseEvent, CaseView } from "#domain/case/case.ts";
import type { DeviceView } from "#domain/device-view.ts";
import type { QuarantineEntry } from "#domain/effects.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "#domain/units.ts";
import type { RuleInForce } from "#ports/gateway-api.ts";
import type { SeriesPoint } from "#ports/series-store.ts";

/** 2026-11-24T20:00:00Z. */
export const NOW = Date.UTC(2026, 10, 24, 20);

export const espresso: ProductModel = {
  id: "espresso-pro",
  title: "Espresso Pro",
  version: 3,
  expectedPeriodMs: 60_000,
  signals: {
    boiler_temp: { kind: "gauge", title: "Boiler temperature", unit: "Cel", range: [0, 180] },
    pump_pressure: { kind: "gauge", title: "Pump pressure", unit: "bar" },
    heater: { kind: "flag", title: "Heater on" },
    state: { kind: "state", title: "State", values: ["off", "idle", "brewing"] },
    cups: { kind: "counter", title: "Cups", unit: "1" },
  },
  events: { descale_due: { number: 1, title: "Descaling is due", severity: "warning" } },
  settings: {
    setpoint: { title: "Set point", kind: "number", unit: "Cel", range: [80, 110], default: 94 },
  },
  commands: {
    set_heater: {
      number: 1,
      title: "Switch the heater",
      args: { enabled: { kind: "boolean", required: true } },
      needsConsent: false,
    },
    set_setpoint: {
      number: 2,
      title: "Change the set point",
      args: {
        celsius: { kind: "number", unit: "Cel", range: [80, 110], required: true },
        mode: { kind: "string", values: ["eco", "normal"], required: false },
      },
      safeWhen: "state != 'brewing'",
      needsConsent: true,
    },
  },
  features: { steam: { title: "Steam", usedBy: { event: "steam_used" } } },
  use: { title: "Cups", unit: "1", counter: "cups" },
  adviceCommand: "show_text",
};

export const overheats: RuleInForce = {
  id: "boiler-overheats",
  product: espresso.id,
  kind: "fault",
  severity: "urgent",
  level: "act",
  keyVersion: 1,
  title: "The boiler runs too hot",
  why: "Above 135 degrees the safety valve opens.",
  disproof: "A second sensor reads below 120 degrees.",
  test: { type: "count", of: { when: "boiler_temp > 135.0" }, atLeast: 2, within: 60_000 },
  for: 30_000,
  keep: 300_000,
  reopenWithin: 72 * HOUR_MS,
  playbook: [
    {
      kind: "command",
      name: "set_heater",
      args: { enabled: false },
      expiresIn: 600_000,
      verify: { when: "boiler_temp < 100.0", within: 600_000 },
    },
    { kind: "escalate", next: "Call the owner.", advice: "Do not use.", callback: true },
  ],
  file: "rules/espresso-pro.yaml",
  rulesetHash: "ab12",
  stopped: { at: 0, offset: 7, device: "esp-0017", reason: "RangeError: no" },
};

export function deviceView(id: string, changes: Partial<DeviceView> = {}): DeviceView {
  return {
    id,
    product: espresso.id,
    attrs: { site: "Utrecht" },
    cohort: "espresso-pro/nl",
    owner: "owner-7",
    activatedAt: NOW - 90 * DAY_MS,
    presence: "online",
    deviceTime: NOW - 20 * SECOND_MS,
    lastSeenAt: NOW - 19 * SECOND_MS,
    firmware: "2.4.1",
    signals: {
      boiler_temp: { value: 93.4, at: NOW - 20 * SECOND_MS },
      pump_pressure: { value: 9.1, at: NOW - 20 * SECOND_MS },
      heater: { value: true, at: NOW - 20 * SECOND_MS },
      state: { value: "idle", at: NOW - 5 * MINUTE_MS },
      cups: { value: 18_231, at: NOW - 20 * SECOND_MS },
    },
    settings: { setpoint: 94 },
    use: Array.from({ length: 30 }, (_, i) => ({
      day: new Date(NOW - (29 - i) * DAY_MS).toISOString().slice(0, 10),
      amount: i % 7 === 0 ? 0 : 20 + ((i * 7) % 13),
    })),
    desired: null,
    reportedVersion: 0,
    commands: [
      {
        id: "c-1",
        name: "set_heater",
        by: "gateway",
        at: NOW - 41 * MINUTE_MS,
        state: "succeeded",
        detail: "",
        expiresAt: NOW - 31 * MINUTE_MS,
      },
    ],
    openCases: 0,
    worst: null,
    messages: 128_402,
    ...changes,
  };
}

export function caseView(id: string, changes: Partial<CaseView> = {}): CaseView {
  return {
    id,
    device: "esp-0017",
    product: espresso.id,
    rule: overheats.id,
    kind: "fault",
    severity: "urgent",
    status: "open",
    stage: "escalated",
    title: overheats.title,
    summary: "The boiler was at 141.2 °C for 30 s, 6.2 above its limit of 135 °C.",
    nextStep: "Call the owner today and ask to leave the machine switched off.",
    onsetAt: NOW - 42 * MINUTE_MS,
    openedAt: NOW - 41 * MINUTE_MS,
    updatedAt: NOW - 12 * MINUTE_MS,
    resolvedAt: null,
    resolution: null,
    acknowledgedBy: null,
    verdict: null,
    callback: true,
    refires: 1,
    revision: 7,
    evidence: {
      observed: "boiler_temp 141.2 Cel for 30 s",
      expected: "boiler_temp at most 135 Cel",
      onsetAt: NOW - 42 * MINUTE_MS,
      detectedAt: NOW - 41 * MINUTE_MS,
      signals: ["boiler_temp", "heater"],
      limits: [{ signal: "boiler_temp", op: ">", value: 135 }],
      values: { boiler_temp: 141.2, heater: true },
      disproof: overheats.disproof,
      sure: "high: no reading said otherwise for 30 s",
      contributions: [
        { signal: "boiler_temp", share: 0.84 },
        { signal: "heater", share: 0.16 },
      ],
    },
    actions: [
      {
        id: "c-1",
        step: 0,
        kind: "command",
        what: "set_heater",
        startedAt: NOW - 41 * MINUTE_MS,
        state: "succeeded",
        proof: "not_proved",
        detail: "boiler_temp was still 139.8 Cel after 10 min.",
      },
      {
        id: "c-2",
        step: 1,
        kind: "escalation",
        what: "The heater does not obey; its relay may be stuck.",
        startedAt: NOW - 30 * MINUTE_MS,
        state: "done",
        proof: "none",
        detail: "",
      },
    ],
    ...changes,
  };
}

export function caseEvents(caseId: string): CaseEvent[] {
  const lines = [
    ["opened", "gateway", "boiler_temp above 135 Cel for 30 s."],
    ["step_started", "gateway", "Sent set_heater enabled=false."],
    ["command_result", "device", "set_heater succeeded."],
    ["not_proved", "gateway", "boiler_temp was still 139.8 Cel after 10 min."],
    ["escalated", "gateway", "The heater does not obey; its relay may be stuck."],
  ] as const;
  return lines.map(([kind, by, reason], i) => ({
    offset: 100 + i,
    n: 0,
    caseId,
    at: NOW - (41 - i * 3) * MINUTE_MS,
    kind,
    by,
    reason,
  }));
}

export function quarantineEntry(changes: Partial<QuarantineEntry> = {}): QuarantineEntry {
  return {
    offset: 77,
    n: 0,
    at: NOW - 3 * MINUTE_MS,
    device: "esp-0017",
    topic: "vz1/espresso-pro/esp-0017/tele",
    code: "not_finite",
    reason: 'm.boiler_temp is "NaN"; a finite number is expected',
    payload: new TextEncoder().encode('{"boot":417,"m":{"boiler_temp":NaN}}'),
    ...changes,
  };
}

/** A boiler that leaves its thermostat's band 42 minutes before NOW. */
export function boilerSeries(): SeriesPoint[] {
  return Array.from({ length: 240 }, (_, i) => {
    const at = NOW - (240 - i) * 30 * SECOND_MS;
    const hot = Math.max(0, at - (NOW - 50 * MINUTE_MS)) / MINUTE_MS;
    const value = 94 + 1.5 * Math.sin(i / 4) + Math.min(47, hot * 5.2);
    return { at, value: Math.round(value * 10) / 10 };
  });
}

export function heaterSeries(): SeriesPoint[] {
  return boilerSeries().map(({ at }, i) => ({
    at,
    value: at > NOW - 50 * MINUTE_MS || i % 24 < 8,
  }));
}
