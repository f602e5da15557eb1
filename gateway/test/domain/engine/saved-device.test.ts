import { expect, test } from "vitest";
import { INACTIVE } from "#domain/alert/advance.ts";
import { loadDevice, saveDevice } from "#domain/engine/saved-device.ts";
import type { RuleSlot } from "#domain/engine/state.ts";
import { startDevice } from "#domain/engine/state.ts";

const AT_REST: RuleSlot = {
  detector: { breachSince: null },
  alert: INACTIVE,
  clock: "device",
  detectorDue: 0,
  alertDue: 0,
  timerAt: 0,
  caseId: "",
  evidence: null,
  historic: false,
  orphan: false,
};

const device = (slots: Record<string, RuleSlot>) => ({
  ...startDevice({ id: "d", product: "p", attrs: {}, cohort: "", owner: "", activatedAt: 1 }),
  slots,
});

test.each([
  {},
  { clock: "service" },
  { alert: { phase: "inactive", since: 0, onsetAt: 0, unknown: true } },
  { alert: { phase: "firing", since: 5, onsetAt: 3, unknown: false }, alertDue: 9, timerAt: 10 },
  { detectorDue: 7, caseId: "c1", historic: true },
  { orphan: true },
] satisfies Partial<RuleSlot>[])(
  "a rule that differs by %j from one at rest is read as it was written",
  (more) => {
    const state = device({ one: { ...AT_REST, ...more }, two: AT_REST });
    const loaded = loadDevice(saveDevice(state));
    expect(loaded).toEqual(state);
    expect(JSON.stringify(loaded)).toBe(JSON.stringify(state));
    expect(saveDevice(loaded)).toBe(saveDevice(state));
  },
);

test("twenty rules at rest take less than 2 KB", () => {
  const slots = Array.from({ length: 20 }, (_, n) => [`a-condition-${n}`, AT_REST] as const);
  expect(saveDevice(device(Object.fromEntries(slots))).length).toBeLessThan(2_000);
});

test("a snapshot of an older gateway that wrote everything out is read too", () => {
  const state = device({ one: AT_REST });
  expect(loadDevice(JSON.stringify(state))).toEqual(state);
});
