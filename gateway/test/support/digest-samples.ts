import type { Team } from "#domain/service/service-file.ts";
import { DAY_MS, HOUR_MS } from "#domain/units.ts";
import type { DigestSources } from "#pipeline/digest/digest-content.ts";
import { NO_CASES } from "#pipeline/value/figures.ts";
import type { RuleInForce } from "#ports/gateway-api.ts";
import type { ValueTally } from "#ports/value-store.ts";
import { caseView, fixView, problemView } from "./case-samples.ts";
import { FakeValue } from "./fake-value.ts";
import { FakeCases } from "./http-fakes.ts";

/** Monday 30 November 2026, 07:00 in Amsterdam. */
export const DUE = Date.parse("2026-11-30T06:00:00Z");

export const coffee: Team = {
  name: "Coffee",
  products: ["espresso-pro"],
  mail: [["ann@example.com"], ["chief@example.com"]],
  digest: { cron: "0 7 * * 1", timeZone: "Europe/Amsterdam" },
};
export const rest: Team = { name: "Rest", products: "all", mail: [["hal@example.com"]] };

const rule = (id: string, title: string, over: Partial<RuleInForce> = {}): RuleInForce =>
  ({ id, title, product: "espresso-pro", stopped: null, ...over }) as RuleInForce;

const tally = (over: Partial<ValueTally> = {}): ValueTally => ({
  ...NO_CASES,
  product: "espresso-pro",
  rule: "boiler-overheats",
  kind: "fault",
  cases: 12,
  real: 11,
  foundBefore: 10,
  called: 3,
  calledLater: 2,
  leadMs: [5 * HOUR_MS, 9 * HOUR_MS],
  tried: 9,
  verified: 7,
  failed: 2,
  proofMs: [HOUR_MS],
  confirmed: 5,
  falseAlarm: 1,
  escalated: 3,
  ...over,
});

/** A week in which something of everything happened. */
export function digestSources(): DigestSources & {
  readonly value: FakeValue;
  readonly cases: FakeCases;
} {
  const value = new FakeValue();
  value.found = [
    tally(),
    tally({ rule: "descaling-ignored", cases: 4, falseAlarm: 3, confirmed: 1, escalated: 0 }),
  ];
  const oldest = [
    caseView("c-1", { stage: "escalated", openedAt: DUE - 3 * DAY_MS, device: "esp-0017" }),
    caseView("c-2", {
      stage: "approval",
      openedAt: DUE - 2 * HOUR_MS,
      title: "The pump <stalls> & hums",
      device: "esp-0042",
    }),
  ];
  value.waiting = { open: 5, escalated: 1, approval: 1, oldest };
  value.missedTargets = [
    {
      caseId: "c-1",
      device: "esp-0017",
      title: "The boiler runs too hot",
      target: "first response",
      breachedAt: DUE - DAY_MS,
      metAt: null,
    },
  ];
  const cases = new FakeCases();
  cases.problemList = [
    problemView("p-1"),
    problemView("p-2", { product: "heat-pump" }),
    problemView("p-3", { status: "resolved", updatedAt: DUE - 30 * DAY_MS }),
  ];
  cases.fixList = [
    fixView("s-1", { withdrawnAt: DUE - DAY_MS, withdrawnWhy: "3 of 4 did not help" }),
    fixView("s-2", { withdrawnAt: DUE - 30 * DAY_MS, withdrawnWhy: "long ago" }),
  ];
  cases.switches = [
    { product: "espresso-pro", enabled: false, by: "eva", reason: "recall of lot 7", at: DUE },
    { product: "heat-pump", enabled: false, by: "eva", reason: "other", at: DUE },
  ];
  const rules = [
    rule("boiler-overheats", "The boiler runs too hot"),
    rule("descaling-ignored", "Descaling is put off"),
    rule("pump-stalls", "The pump stalls", {
      stopped: { at: DUE, offset: 1, device: "esp-1", reason: "it divides by zero" },
    }),
  ];
  const products = ["espresso-pro", "heat-pump", "oven"];
  return { value, cases, rules, products, teams: [coffee, rest] };
}
