import type { AlarmsByDevice } from "./alarms.ts";
import { rowsInAlarm } from "./alarms.ts";
import type { Figures } from "./figures.ts";
import { addUp, confusion, f1Of, HOUR_MS, rankQuantile, risesIn, share, sumOf } from "./figures.ts";
import type { LabelledSet } from "./labelled-set.ts";

/** The first rows of each file are the reference and are not scored. */
const REFERENCE_ROWS = 400;

/** Pump test bed: one event per file; delay from its first anomalous row, false episodes before it. */
export function scoreSkab(set: LabelledSet, alarms: AlarmsByDevice): Figures {
  const runs = [...(set.labels ?? [])].map(([device, labels]) => {
    const stamps = set.stamps(device).slice(REFERENCE_ROWS);
    const segments = labels.filter(({ what }) => what === "segment");
    const bad = stamps.map((at) => segments.some(({ from, to }) => from <= at && at <= to));
    return {
      stamps,
      bad,
      eventful: segments.length > 0,
      inAlarm: rowsInAlarm(stamps, alarms.get(device) ?? []),
    };
  });
  const events = runs.filter(({ eventful }) => eventful).map(judge);
  const found = events.flatMap(({ delayS }) => delayS ?? []);
  const free = runs.filter(({ eventful }) => !eventful);
  const rows = sumOf(free.map(({ stamps }) => stamps.length));
  const freeMs = sumOf(free.map(({ stamps }) => (stamps.at(-1) ?? 0) - (stamps[0] ?? 0)));
  const falseEpisodes = sumOf(events.map((event) => event.falseEpisodes));
  const points = addUp(events.map((event) => event.points));
  const { truePositives, falsePositives, falseNegatives, trueNegatives } = points;
  return {
    eventsFound: found.length,
    events: events.length,
    alreadyInAlarmAtOnset: events.filter((event) => event.running).length,
    delayMedianS: rankQuantile(found, 0.5),
    delayP90S: rankQuantile(found, 0.9),
    falseEpisodes,
    falsePerHourBeforeOnset: share(falseEpisodes, sumOf(events.map((e) => e.healthyMs)) / HOUR_MS),
    filesWithFalse: events.filter((event) => event.alarmBefore).length,
    anomalyFreeTimeInAlarm: share(
      sumOf(free.map((run) => run.inAlarm.filter(Boolean).length)),
      rows,
    ),
    anomalyFreeEpisodesPerHour:
      rows === 0 ? null : sumOf(free.map((run) => risesIn(run.inAlarm))) / (freeMs / HOUR_MS),
    pointF1: f1Of(points),
    pointFAR: share(falsePositives, falsePositives + trueNegatives),
    pointMAR: share(falseNegatives, falseNegatives + truePositives),
  };
}

interface Run {
  readonly stamps: readonly number[];
  readonly bad: readonly boolean[];
  readonly inAlarm: readonly boolean[];
}

function judge({ stamps, bad, inAlarm }: Run) {
  const [onset, end] = [bad.indexOf(true), bad.lastIndexOf(true)];
  const hit = inAlarm.findIndex((alarm, row) => alarm && row >= onset && row <= end);
  const before = inAlarm.slice(0, onset);
  const at = (row: number) => stamps[row] ?? Number.NaN;
  return {
    delayS: hit < 0 ? undefined : (at(hit) - at(onset)) / 1_000,
    running: hit === onset && onset > 0 && inAlarm[onset - 1] === true,
    falseEpisodes: risesIn(before),
    alarmBefore: before.some(Boolean),
    healthyMs: at(onset) - at(0),
    points: confusion(inAlarm, bad),
  };
}
