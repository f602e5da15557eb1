import type { AlarmsByDevice } from "./alarms.ts";
import { notices } from "./alarms.ts";
import type { Figures } from "./figures.ts";
import { DAY_MS, rankQuantile, share, sumOf } from "./figures.ts";
import type { LabelledSet } from "./labelled-set.ts";

const FOUND_WITHIN_D = 45;

/** Sales that drop from a known day on: found by a notice within 45 days; notices on untouched devices are false. */
export function scoreUnderuse(set: LabelledSet, alarms: AlarmsByDevice): Figures {
  const devices = [...(set.labels ?? [])].map(([device, labels]) => {
    const scored = set.span(device, "scored");
    const inScope = (at: number) => at >= scored.from && at <= scored.to;
    const told = notices(alarms.get(device) ?? [], DAY_MS);
    return { scored, inScope, told, drop: labels[0] };
  });
  const dropped = devices.flatMap(({ drop, ...device }) =>
    drop === undefined ? [] : [{ ...device, drop, delayD: delayOf(device, drop.from) }],
  );
  const untouched = devices.filter(({ drop }) => drop === undefined);
  const kept = [...new Set(dropped.map(({ drop }) => drop.keptShare ?? 0))].sort((a, b) => a - b);
  const groupOf = (keptShare: number) => {
    const group = dropped.filter(({ drop }) => (drop.keptShare ?? 0) === keptShare);
    const delays = group.flatMap(({ delayD }) => delayD ?? []);
    return { found: delays.length, of: group.length, delayMedianD: rankQuantile(delays, 0.5) };
  };
  const slowestOf = (keptShare: number) =>
    Math.max(
      ...dropped
        .filter(({ drop }) => (drop.keptShare ?? 0) === keptShare)
        .map(({ delayD }) => delayD ?? Number.POSITIVE_INFINITY),
    );
  const found = dropped.flatMap(({ delayD }) => delayD ?? []);
  const starts = ({ told, inScope }: (typeof devices)[number]) =>
    told.filter(({ from }) => inScope(from)).length;
  const falseOnUntouched = sumOf(untouched.map(starts));
  const untouchedDays = sumOf(untouched.map(({ scored: s }) => (s.to - s.from) / DAY_MS));
  const early = sumOf(
    dropped.map((d) => d.told.filter((n) => d.inScope(n.from) && n.from < d.drop.from).length),
  );
  const earlyDays = sumOf(dropped.map(({ scored, drop }) => (drop.from - scored.from) / DAY_MS));
  return {
    kept: Object.fromEntries(kept.map((keptShare) => [String(keptShare), groupOf(keptShare)])),
    found: found.length,
    of: dropped.length,
    delayMedianD: rankQuantile(found, 0.5),
    falseOnUntouched,
    untouchedDays,
    falsePer30d: share(30 * falseOnUntouched, untouchedDays),
    falsePer30dBeforeDrop: share(30 * early, earlyDays),
    slowestD: Object.fromEntries(kept.map((k) => [String(k), finiteOrNull(slowestOf(k))])),
  };
}

/** null = one was not found at all. */
const finiteOrNull = (value: number): number | null => (Number.isFinite(value) ? value : null);

/** Whole days from the drop to the first notice that counts. */
function delayOf(
  { told, inScope }: { told: ReturnType<typeof notices>; inScope: (at: number) => boolean },
  dropAt: number,
): number | undefined {
  return told
    .flatMap(({ starts }) => starts)
    .filter(inScope)
    .map((start) => Math.floor((start - dropAt) / DAY_MS))
    .find((days) => days >= 0 && days <= FOUND_WITHIN_D);
}
