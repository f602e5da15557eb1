import type {
  AlertItem,
  CasePage,
  DevicePage,
  FixItem,
  ProblemPage,
} from "../../src/gateway-views.ts";
import type { Look, Seen } from "../../src/scenario/seen.ts";

const EXPLANATION = {
  observed: "boiler_temp 138 Cel since 08:00",
  expected: "boiler_temp at most 125 Cel",
  sure: "high: seen for 30 s",
  disproof: "The boiler cools down by itself.",
  detectedAt: "2026-03-02T08:02:00.000Z",
};

/** An alert as the gateway's API shows it. */
export function alertItem(change: Partial<AlertItem> = {}): AlertItem {
  return {
    key: "esp-1/filter-soon-used-up/1",
    device: "esp-1",
    rule: "filter-soon-used-up",
    level: "watch",
    phase: "firing",
    onsetAt: "2026-03-02T08:00:00.000Z",
    evidence: EXPLANATION,
    ...change,
  };
}

/** A case as the gateway's API shows it. */
export function casePage(change: Partial<CasePage> = {}): CasePage {
  return {
    id: "c-1",
    device: "esp-1",
    product: "espresso-pro",
    rule: "boiler-overheats",
    kind: "fault",
    severity: "urgent",
    status: "resolved",
    stage: "done",
    title: "The boiler runs too hot",
    onsetAt: "2026-03-02T08:00:00.000Z",
    openedAt: "2026-03-02T08:02:00.000Z",
    resolvedAt: "2026-03-02T08:20:00.000Z",
    resolution: "fixed",
    verdict: null,
    acknowledgedBy: null,
    callback: false,
    refires: 0,
    evidence: EXPLANATION,
    actions: [
      {
        id: "a-1",
        step: 0,
        kind: "command",
        what: 'set_heater {"enabled":false}',
        startedAt: "2026-03-02T08:02:00.000Z",
        state: "succeeded",
        detail: "",
        proof: "proved",
      },
    ],
    timeline: [
      { at: "2026-03-02T08:02:00.000Z", kind: "opened", by: "gateway", reason: "Too hot." },
      { at: "2026-03-02T08:10:00.000Z", kind: "proved", by: "gateway", reason: "Cool." },
      { at: "2026-03-02T08:20:00.000Z", kind: "resolved", by: "gateway", reason: "Solved." },
    ],
    ...change,
  };
}

/** What was seen of a gateway, with this at the end. */
export function seen(change: Partial<Look> & Partial<Omit<Seen, "end">> = {}): Seen {
  const { cases = [], problems = [], fixes = [], devices = new Map() } = change;
  const { value = new Map() } = change;
  const { at = new Map(), alerts = [], answers = [], commands = [] } = change;
  return { end: { cases, problems, fixes, devices, value }, at, alerts, answers, commands };
}

export const problemPage = (change: Partial<ProblemPage> = {}): ProblemPage => ({
  id: "p-1",
  product: "espresso-pro",
  rule: "boiler-overheats",
  attribute: "firmware",
  value: "2.5.0",
  status: "open",
  openedAt: "2026-03-02T09:00:00.000Z",
  summary: "6 of 8 devices with firmware 2.5.0 have had a case.",
  cases: ["c-1", "c-2"],
  openCases: 1,
  timeline: [{ at: "2026-03-02T09:00:00.000Z", kind: "problem_opened", by: "gateway", reason: "" }],
  ...change,
});

export const fixItem = (change: Partial<FixItem> = {}): FixItem => ({
  product: "espresso-pro",
  rule: "boiler-overheats",
  step: "k-1",
  what: 'set_heater {"enabled":false}',
  tried: 3,
  proved: 3,
  held: 2,
  failed: 1,
  harmful: 0,
  withdrawnAt: null,
  withdrawnWhy: "",
  ...change,
});

export const devicePage = (change: Partial<DevicePage> = {}): DevicePage => ({
  id: "esp-1",
  firmware: "2.4.1",
  presence: "online",
  settings: { setpoint: 90 },
  desired: { version: 4, settings: { setpoint: 98 } },
  reportedVersion: 4,
  commands: [
    {
      id: "m-1",
      name: "restart",
      at: "2026-03-02T09:00:00.000Z",
      state: "waiting",
      detail: "offline",
    },
  ],
  ...change,
});
