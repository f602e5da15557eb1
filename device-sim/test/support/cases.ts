import type { AlertItem, CasePage } from "../../src/gateway-views.ts";
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
