import type { JournalRecord } from "#domain/record.ts";

export const AT = Date.UTC(2026, 10, 24, 12);

const PUMP = `
id: pump
title: Pump
version: 1
expectedPeriod: 1s
signals:
  pressure: { kind: gauge, title: Pressure, unit: bar, range: [0, 10], period: 1s }
events: {}
settings: {}
commands: {}
features: {}
`;

export const ruleset: JournalRecord = {
  kind: "ruleset",
  appendedAt: AT,
  hash: "h",
  products: [{ path: "pump.yaml", text: PUMP }],
  rules: [],
};

/** Message number `n` of pump p-1, `n` milliseconds after AT. */
export const reading = (n: number, pressure: number): JournalRecord => ({
  kind: "message",
  appendedAt: AT,
  product: "pump",
  device: "p-1",
  class: "tele",
  qos: 1,
  payload: new TextEncoder().encode(JSON.stringify({ seq: n, ts: AT + n, m: { pressure } })),
});
