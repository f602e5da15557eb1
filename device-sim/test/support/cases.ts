import type { CasePage } from "../../src/gateway-http.ts";

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
    actions: [
      {
        kind: "command",
        what: 'set_heater {"enabled":false}',
        startedAt: "2026-03-02T08:02:00.000Z",
        state: "succeeded",
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
