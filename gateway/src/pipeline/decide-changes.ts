import type { ChangedViews, Count, Effects } from "#domain/effects.ts";
import type { Change } from "#ports/gateway-api.ts";

export const NO_VIEWS: ChangedViews = { cases: [], alerts: [], devices: [], removedDevices: [] };

/** Nothing to write. */
export const isEmpty = (views: ChangedViews): boolean =>
  Object.values(views).every((changed: readonly unknown[]) => changed.length === 0);

/** Nothing that is stored. */
export const countsOnly = (e: Effects): boolean =>
  e.events.length + e.outbox.length + e.cancelled.length + e.quarantine.length === 0;

/** For live pages. */
export function changesOf(effects: readonly Effects[], views: ChangedViews): readonly Change[] {
  const changes: Change[] = views.cases.map((view) => ({
    kind: "case",
    id: view.id,
    summary: `${view.status} ${view.stage}`,
  }));
  for (const problem of views.problems ?? []) {
    changes.push({ kind: "problem", id: problem.id, summary: problem.status });
  }
  for (const device of views.devices) {
    changes.push({ kind: "device", id: device.id, summary: device.presence });
  }
  const quarantined = effects.reduce((sum, e) => sum + e.quarantine.length, 0);
  if (quarantined > 0) changes.push({ kind: "quarantine", id: "", summary: String(quarantined) });
  return changes;
}

/** Counts of the same name and labels become one. */
export function merged(counts: readonly Count[]): readonly Count[] {
  const sums = new Map<string, Count>();
  for (const count of counts) {
    const key = `${count.name} ${JSON.stringify(count.labels)}`;
    const sum = sums.get(key);
    sums.set(key, sum === undefined ? count : { ...count, by: sum.by + count.by });
  }
  return [...sums.values()];
}
