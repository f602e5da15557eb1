import type { AlertView } from "#domain/alert/alert.ts";
import type { DeviceView } from "#domain/device-view.ts";
import type { ChangedViews } from "#domain/effects.ts";
import type { DeviceState, RuleSlot } from "#domain/engine/state.ts";
import type { World } from "#domain/engine/world.ts";
import type { ProblemView } from "#domain/problem/problem.ts";
import { problemView } from "#domain/problem/problem-state.ts";
import type { RuleView } from "#domain/rules/rule.ts";
import { useDays } from "#domain/usage/use-tally.ts";

const COMMANDS_SHOWN = 10;
const SEVERITY_RANK = { normal: 0, urgent: 1, safety: 2 } as const;

/** Hands over the read models that changed. Device views may be left for later: they decide nothing. */
export function takeViews(world: World, { devices }: { devices: boolean }): ChangedViews {
  const { changed } = world;
  const live = [...changed.cases].flatMap((id) => world.cases.get(id)?.view ?? []);
  const cases = [...changed.forgottenCases.values(), ...live];
  const present = [...changed.alerts].flatMap((key) => {
    const [id = "", rule = ""] = key.split("\n");
    const device = world.devices.get(id);
    return device === undefined ? [] : (alertView(world, device, rule) ?? []);
  });
  const alerts = [...changed.goneAlerts.values(), ...present];
  // A case or an alert changes how its device stands in the list.
  const withDevices = devices || cases.length > 0 || changed.removedDevices.size > 0;
  const deviceViews = withDevices
    ? [...changed.devices].flatMap((id) => {
        const device = world.devices.get(id);
        return device === undefined ? [] : deviceView(world, device);
      })
    : [];
  const removedDevices = [...changed.removedDevices];
  const problems = [...changed.problems].flatMap(([id, last]): readonly ProblemView[] => {
    const problem = last ?? world.problems.get(id);
    return problem === undefined ? [] : [problemView(problem)];
  });
  const fixes = [...changed.fixes].flatMap((id) => world.fixes.get(id)?.view ?? []);
  const remedies = [...changed.remedies.values()];
  changed.fixes.clear();
  changed.remedies.clear();
  changed.problems.clear();
  changed.cases.clear();
  changed.forgottenCases.clear();
  changed.alerts.clear();
  changed.goneAlerts.clear();
  changed.removedDevices.clear();
  if (withDevices) changed.devices.clear();
  return {
    cases,
    alerts,
    devices: deviceViews,
    removedDevices,
    ...(problems.length > 0 && { problems }),
    ...(fixes.length > 0 && { fixes }),
    ...(remedies.length > 0 && { remedies }),
  };
}

function alertView(world: World, device: DeviceState, id: string): AlertView | undefined {
  const slot = device.slots[id];
  const rule = world.ruleOf(device, id)?.rule;
  return slot === undefined || rule === undefined ? undefined : alertViewOf(device, slot, rule);
}

export function alertViewOf(device: DeviceState, slot: RuleSlot, rule: RuleView): AlertView {
  return {
    key: `${device.registered.id}/${rule.id}/${rule.keyVersion}`,
    device: device.registered.id,
    product: device.registered.product,
    rule: rule.id,
    kind: rule.kind,
    severity: rule.severity,
    level: rule.level,
    phase: slot.alert.phase,
    unknown: slot.alert.unknown,
    since: slot.alert.since,
    onsetAt: slot.alert.onsetAt,
    title: rule.title,
    evidence: slot.evidence,
  };
}

function deviceView(world: World, device: DeviceState): DeviceView {
  const open = Object.values(device.slots).flatMap((slot) => {
    const view = world.cases.get(slot.caseId)?.view;
    return view !== undefined && view.status !== "resolved" ? [view] : [];
  });
  open.sort((a, b) => SEVERITY_RANK[b.severity] - SEVERITY_RANK[a.severity]);
  const signals = Object.entries(device.signals).map(([name, [value, at]]) => [
    name,
    { value, at },
  ]);
  return {
    ...device.registered,
    presence: device.presence,
    deviceTime: device.deviceTime === 0 ? null : device.deviceTime,
    lastSeenAt: device.lastSeenAt === 0 ? null : device.lastSeenAt,
    firmware: device.firmware,
    signals: Object.fromEntries(signals),
    settings: device.settings,
    desired: device.desired,
    reportedVersion: device.reportedVersion,
    use: useDays(device.use),
    ...(device.use.features !== undefined && {
      featuresUsed: Object.keys(device.use.features).sort(),
    }),
    commands: device.commands.slice(0, COMMANDS_SHOWN),
    openCases: open.length,
    worst: open[0]?.severity ?? null,
    messages: device.messages,
  };
}
