import type { AlarmsByDevice } from "./alarms.ts";
import { notices } from "./alarms.ts";
import type { Figures } from "./figures.ts";
import { DAY_MS, HOUR_MS, rankQuantile, share, sumOf } from "./figures.ts";
import type { LabelledSet } from "./labelled-set.ts";

const HORIZON_H = 72;
const MERGE_H = 24;
/** Failures this early are not counted: nothing could have been seen. */
const SKIP_H = 48;

const GROUPS: Readonly<Record<string, (group: string) => boolean>> = {
  all: () => true,
  telemetry: (group) => group === "telemetry",
  eventsOnly: (group) => group === "events-only",
};

/** Machine failures: a notice is right when the machine fails within 72 h after it. */
export function scorePdm(set: LabelledSet, alarms: AlarmsByDevice): Figures {
  const devices = [...(set.labels?.keys() ?? [])];
  const groups = Object.entries(GROUPS).map(([name, member]) => {
    const machines = devices.filter((device) => member(set.groupOf(device)));
    return [name, groupFigures(machines.map((device) => judge(set, device, alarms)))];
  });
  return Object.fromEntries(groups) as Figures;
}

/** One machine: its episodes by right and wrong, and the longest lead before each failure (0 = none). */
function judge(set: LabelledSet, device: string, alarms: AlarmsByDevice) {
  const { from, to } = set.span(device, "observed");
  const failures = [...new Set((set.labels?.get(device) ?? []).map((label) => label.from))];
  const told = notices(alarms.get(device) ?? [], MERGE_H * HOUR_MS).filter((n) => n.from <= to);
  const isRight = (start: number) =>
    failures.some((failure) => start <= failure && failure <= start + HORIZON_H * HOUR_MS);
  const right = told.filter(({ starts }) => starts.some(isRight)).length;
  const leadsH = failures
    .filter((failure) => failure - from >= SKIP_H * HOUR_MS)
    .map((failure) => {
      const before = told
        .flatMap(({ starts }) => starts)
        .map((start) => (failure - start) / HOUR_MS)
        .filter((hours) => hours > 0 && hours <= HORIZON_H);
      return Math.max(0, ...before);
    });
  return { right, wrong: told.length - right, leadsH, days: (to - from) / DAY_MS };
}

function groupFigures(machines: readonly ReturnType<typeof judge>[]): Figures {
  const leads = machines.flatMap(({ leadsH }) => leadsH);
  const early = (hours: number) =>
    share(leads.filter((lead) => lead >= hours).length, leads.length);
  const right = sumOf(machines.map((machine) => machine.right));
  const wrong = sumOf(machines.map((machine) => machine.wrong));
  const days = sumOf(machines.map((machine) => machine.days));
  return {
    failures: leads.length,
    recall1h: early(1),
    recall12h: early(12),
    recall24h: early(24),
    recall36h: early(36),
    leadMedianH: rankQuantile(
      leads.filter((lead) => lead > 0),
      0.5,
    ),
    episodes: right + wrong,
    precision: share(right, right + wrong),
    falsePerMachine30d: share(30 * wrong, days),
    machineDays: days,
  };
}
