import { BenchError } from "../bench.ts";
import type { AlarmsByDevice } from "./alarms.ts";
import { episodes, rowsInAlarm, startRows } from "./alarms.ts";
import type { Figures } from "./figures.ts";
import { DAY_MS, HOUR_MS, rankQuantile, share, sumOf } from "./figures.ts";
import type { Label, LabelledSet } from "./labelled-set.ts";

/**
 * The scoring function of the Numenta Anomaly Benchmark: a detection is one row; in a labelled
 * window only the best (earliest) counts, outside each one costs, less right after a window.
 */
const PROFILES = {
  standard: { hit: 1, wrong: 0.11, miss: 1 },
  lowFP: { hit: 1, wrong: 0.22, miss: 1 },
  lowFN: { hit: 1, wrong: 0.11, miss: 2 },
} as const;

interface File {
  readonly stamps: readonly number[];
  readonly labels: readonly Label[];
  readonly windows: readonly (readonly [first: number, last: number])[];
  /** Rows after the probation, without repetition, in the order of the alarms. */
  readonly detections: readonly number[];
  /** Unscored first rows: 15 %, at most 750. */
  readonly probation: number;
  readonly inAlarm: readonly boolean[];
}

const sigmoid = (x: number): number => (x > 3 ? -1 : 2 / (1 + Math.exp(5 * x)) - 1);

export function scoreNab(set: LabelledSet, alarms: AlarmsByDevice): Figures {
  const files = [...(set.labels ?? [])].map(([device, labels]): File => {
    const stamps = set.stamps(device);
    const own = alarms.get(device) ?? [];
    const probation = Math.min(Math.floor(0.15 * stamps.length), 750);
    const started = startRows(stamps, own).filter((row) => row >= probation);
    return {
      stamps,
      labels,
      windows: windowsOf(device, stamps, labels),
      detections: [...new Set(started)],
      probation,
      inAlarm: rowsInAlarm(stamps, own),
    };
  });
  const scores = Object.entries(PROFILES).map(([name, profile]) => [
    name,
    normalised(files, profile),
  ]);
  return {
    ...Object.fromEntries(scores),
    ...operations(files),
    timeInAlarmOutside: outside(files),
  };
}

function windowsOf(device: string, stamps: readonly number[], labels: readonly Label[]) {
  return labels.map(({ from, to }) => {
    const [first, last] = [stamps.indexOf(from), stamps.indexOf(to)];
    if (first < 0 || last < 0)
      throw new BenchError(`a label of ${device} begins or ends at no row`);
    return [first, last] as const;
  });
}

/** For each row its window (-1 = none) and what a detection there is worth. */
function rowWorth({
  stamps,
  windows,
}: File): { readonly window: number; readonly worth: number }[] {
  const rows: { window: number; worth: number }[] = [];
  let [next, current, lastEnd, lastWidth] = [0, -1, -1, 0];
  for (let row = 0; row < stamps.length; row++) {
    if (current < 0 && row === windows[next]?.[0]) current = next++;
    const window = windows[current];
    if (window === undefined) {
      const worth = lastEnd < 0 ? -1 : sigmoid((row - lastEnd) / (lastWidth - 1));
      rows.push({ window: -1, worth });
      continue;
    }
    const [first, last] = window;
    const width = last - first + 1;
    rows.push({ window: current, worth: sigmoid(-(last - row + 1) / width) / sigmoid(-1) });
    if (row === last) [lastEnd, lastWidth, current] = [last, width, -1];
  }
  return rows;
}

/** 0 = silent, 100 = perfect, over all files. */
function normalised(
  files: readonly File[],
  profile: (typeof PROFILES)[keyof typeof PROFILES],
): number {
  const parts = files.map((file) => fileScore(file, profile));
  const score = sumOf(parts.map((part) => part.score));
  const silent = sumOf(parts.map((part) => part.silent));
  const perfect = sumOf(files.map(({ windows }) => windows.length));
  return perfect === silent ? 0 : (100 * (score - silent)) / (perfect - silent);
}

function fileScore(file: File, { hit, wrong, miss }: { hit: number; wrong: number; miss: number }) {
  const rows = rowWorth(file);
  const best = new Map<number, number>();
  for (const { window } of rows.slice(file.probation)) if (window >= 0) best.set(window, -miss);
  const silent = -miss * best.size;
  let wrongSum = 0;
  // In the order of the alarms, as the sum of floating point numbers depends on it.
  for (const row of file.detections) {
    const { window = -1, worth = 0 } = rows[row] ?? {};
    if (window < 0) wrongSum += wrong * worth;
    else best.set(window, Math.max(best.get(window) ?? -miss, hit * worth));
  }
  return { score: sumOf([...best.values()]) + wrongSum, silent };
}

/** What the score hides: windows found, false episodes (24 h merge) and the lead over the label. */
function operations(files: readonly File[]): Figures {
  let [found, windows, falseEpisodes, days] = [0, 0, 0, 0];
  const leads: number[] = [];
  for (const { stamps, labels, probation, ...file } of files) {
    const detections = [...file.detections].sort((a, b) => a - b);
    const timeOf = (row: number) => stamps[row] ?? Number.NaN;
    const within = (row: number, { from, to }: Label) => from <= timeOf(row) && timeOf(row) <= to;
    for (const label of labels) {
      windows += 1;
      const row = detections.find((candidate) => within(candidate, label));
      if (row === undefined) continue;
      found += 1;
      if (label.at !== undefined) leads.push((label.at - timeOf(row)) / HOUR_MS);
    }
    const wrong = detections.filter((row) => !labels.some((label) => within(row, label)));
    const spans = wrong.map((row) => ({ from: timeOf(row), to: timeOf(row) }));
    falseEpisodes += episodes(spans, DAY_MS + 1).length;
    days += ((stamps.at(-1) ?? Number.NaN) - timeOf(probation)) / DAY_MS;
  }
  return {
    windowsHit: found,
    windows,
    falseEpisodes,
    falsePer30d: share(30 * falseEpisodes, days),
    deviceDays: days,
    medianHoursBeforeLabel: rankQuantile(leads, 0.5),
  };
}

function outside(files: readonly File[]): number | null {
  let [rows, inAlarm] = [0, 0];
  for (const file of files) {
    for (const [row, { window }] of rowWorth(file).entries()) {
      if (row < file.probation || window >= 0) continue;
      rows += 1;
      if (file.inAlarm[row] === true) inAlarm += 1;
    }
  }
  return share(inAlarm, rows);
}
