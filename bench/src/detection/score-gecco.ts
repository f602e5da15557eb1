import type { AlarmsByDevice } from "./alarms.ts";
import { rowsInAlarm } from "./alarms.ts";
import type { Figures } from "./figures.ts";
import { addUp, confusion, f1Of, rankQuantile, sumOf } from "./figures.ts";
import type { Label, LabelledSet } from "./labelled-set.ts";

/** Rows (minutes) around an event in which an alarm is not held against anybody. */
const BEFORE = 30;
const AFTER = 60;
const MERGE_ROWS = 240;
const ROWS_PER_DAY = 1_440;

/** Drinking water, one row a minute: an event is found by any of its rows in alarm. */
export function scoreGecco(set: LabelledSet, alarms: AlarmsByDevice): Figures {
  const stations = [...(set.labels ?? [])].map(([device, labels]) => {
    const stamps = set.stamps(device);
    return judge(stamps, labels, rowsInAlarm(stamps, alarms.get(device) ?? []));
  });
  const rows = sumOf(stations.map((station) => station.rows));
  const delays = stations.flatMap((station) => station.delays);
  const falseEpisodes = sumOf(stations.map((station) => station.falseEpisodes));
  const points = addUp(stations.map((station) => station.points));
  return {
    eventsHit: delays.length,
    events: sumOf(stations.map((station) => station.events)),
    delayMedianMin: rankQuantile(delays, 0.5),
    falseEpisodes,
    falsePer30d: (30 * falseEpisodes) / (rows / ROWS_PER_DAY),
    timeInAlarm: (points.truePositives + points.falsePositives) / rows,
    pointF1: f1Of(points),
  };
}

function judge(stamps: readonly number[], labels: readonly Label[], inAlarm: readonly boolean[]) {
  const rowOf = new Map(stamps.map((at, row) => [at, row]));
  const bad = new Array<boolean>(stamps.length).fill(false);
  const near = new Array<boolean>(stamps.length).fill(false);
  const delays: number[] = [];
  for (const { from, to } of labels) {
    const [first = 0, last = -1] = [rowOf.get(from), rowOf.get(to)];
    near.fill(true, Math.max(0, first - BEFORE), last + AFTER);
    bad.fill(true, first, last + 1);
    const delay = inAlarm.slice(first, last + 1).indexOf(true);
    if (delay >= 0) delays.push(delay);
  }
  let falseEpisodes = 0;
  let newest = Number.NEGATIVE_INFINITY;
  for (const [row, alarm] of inAlarm.entries()) {
    if (!alarm || near[row] === true) continue;
    if (row - newest > MERGE_ROWS) falseEpisodes += 1;
    newest = row;
  }
  const points = confusion(inAlarm, bad);
  return { delays, events: labels.length, falseEpisodes, rows: stamps.length, points };
}
