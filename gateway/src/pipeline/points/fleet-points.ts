import type { RuleKind, Severity } from "#domain/case/case.ts";
import type { Presence } from "#domain/device-view.ts";
import type { DurationMs, EpochMs } from "#domain/units.ts";
import { DAY_MS } from "#domain/units.ts";
import type { FleetFacts, RuleFacts } from "#pipeline/points/fleet-facts.ts";
import type { ServicePoint } from "#ports/point-store.ts";

/** How far back the figures of a rule look. */
export const RULE_WINDOW_MS: DurationMs = 30 * DAY_MS;

/** Devices of one product in one presence. */
export interface PresenceCount {
  readonly product: string;
  readonly presence: Presence;
  readonly devices: number;
  /** Those of them that have an open case. */
  readonly withCases: number;
}

/** Open cases of one product, kind and severity. */
export interface OpenCount {
  readonly product: string;
  readonly kind: RuleKind;
  readonly severity: Severity;
  readonly open: number;
  readonly escalated: number;
  readonly acknowledged: number;
  readonly oldestAt: EpochMs;
}

/** What became of the cases that one rule opened within the window, and its alerts now. */
export interface RuleCount {
  readonly product: string;
  readonly rule: string;
  readonly alerts: number;
  readonly open: number;
  readonly cases: number;
  readonly resolved: number;
  readonly fixed: number;
  readonly escalated: number;
  readonly confirmed: number;
  /** Judged a false alarm or a fault of the sensor. */
  readonly wrong: number;
}

/** Devices of one product. */
export interface ProductCount {
  readonly product: string;
  readonly devices: number;
  /** Within the window: how long each of them is there already. */
  readonly deviceMs: DurationMs;
}

export function fleetPoints(
  facts: FleetFacts,
  counts: { readonly presence: readonly PresenceCount[]; readonly open: readonly OpenCount[] },
  at: EpochMs,
): readonly ServicePoint[] {
  return facts.products.map(({ id }) => {
    const groups = counts.presence.filter(({ product }) => product === id);
    const open = counts.open.filter(({ product }) => product === id);
    const devices = (presence?: Presence): number =>
      sum(groups, (group) =>
        presence === undefined || group.presence === presence ? group.devices : 0,
      );
    const cases = (kind?: RuleKind): number =>
      sum(open, (group) => (kind === undefined || group.kind === kind ? group.open : 0));
    return {
      measurement: "vz.fleet",
      tags: { product: id },
      fields: {
        devices: devices(),
        online: devices("online"),
        offline: devices("offline"),
        sleeping: devices("sleeping"),
        lost: devices("lost"),
        unknown: devices("unknown"),
        never_seen: devices("never_seen"),
        open_cases: cases(),
        open_fault: cases("fault"),
        open_misuse: cases("misuse"),
        open_underuse: cases("underuse"),
        devices_with_cases: sum(groups, (group) => group.withCases),
      },
      at,
    };
  });
}

/** Zeros too, for each group that rules in force can fill, so that a curve comes down again. */
export function openCasePoints(
  facts: FleetFacts,
  open: readonly OpenCount[],
  at: EpochMs,
): readonly ServicePoint[] {
  const none = { open: 0, escalated: 0, acknowledged: 0, oldestAt: at };
  const groups = new Map<string, OpenCount>();
  for (const { product, kind, severity, level } of facts.rules) {
    if (level === "act")
      groups.set(groupKey({ product, kind, severity }), { product, kind, severity, ...none });
  }
  for (const group of open) groups.set(groupKey(group), group);
  return [...groups.values()].map(({ product, kind, severity, oldestAt, ...counts }) => ({
    measurement: "vz.case_open",
    tags: { product, kind, severity },
    fields: { ...counts, oldest_ms: Math.max(0, at - oldestAt) },
    at,
  }));
}

const groupKey = (group: Pick<OpenCount, "product" | "kind" | "severity">): string =>
  `${group.product}\n${group.kind}\n${group.severity}`;

export function rulePoints(
  facts: FleetFacts,
  counts: { readonly rules: readonly RuleCount[]; readonly products: readonly ProductCount[] },
  at: EpochMs,
): readonly ServicePoint[] {
  return facts.rules.map((rule) => {
    const count = counts.rules.find((one) => one.rule === rule.id && one.product === rule.product);
    const product = counts.products.find((one) => one.product === rule.product);
    const { id, kind, level, severity } = rule;
    return {
      measurement: "vz.rule",
      tags: { product: rule.product, rule: id, kind, level, severity },
      fields: ruleFields(rule, count, product),
      at,
    };
  });
}

function ruleFields(
  { title, product, id }: RuleFacts,
  count: RuleCount = { ...NO_CASES, product, rule: id },
  { devices, deviceMs }: Omit<ProductCount, "product"> = { devices: 0, deviceMs: 0 },
): ServicePoint["fields"] {
  const { alerts, open, cases, resolved, fixed, escalated, confirmed, wrong } = count;
  const verdicts = confirmed + wrong;
  const deviceDays = deviceMs / DAY_MS;
  return {
    title,
    alerts,
    open,
    cases,
    resolved,
    fixed,
    escalated,
    verdicts,
    true_alarms: confirmed,
    false_alarms: wrong,
    ...(verdicts > 0 && { precision: confirmed / verdicts }),
    devices,
    device_days: deviceDays,
    ...(deviceDays > 0 && { cases_per_30_device_days: (30 * cases) / deviceDays }),
  };
}

const NO_CASES = {
  alerts: 0,
  open: 0,
  cases: 0,
  resolved: 0,
  fixed: 0,
  escalated: 0,
  confirmed: 0,
  wrong: 0,
} as const;

const sum = <T>(items: readonly T[], of: (item: T) => number): number =>
  items.reduce((total, item) => total + of(item), 0);
