import type { AlarmsByDevice, Level } from "./alarms.ts";
import type { Figures, FigureValue } from "./figures.ts";
import type { KnownResult, LabelledSet } from "./labelled-set.ts";
import { scoreBatadal } from "./score-batadal.ts";
import { scoreCmapss } from "./score-cmapss.ts";
import { scoreGecco } from "./score-gecco.ts";
import { scoreNab } from "./score-nab.ts";
import { scorePdm } from "./score-pdm.ts";
import { scoreSkab } from "./score-skab.ts";
import { scoreUnderuse } from "./score-underuse.ts";

/** One line of the table; `path` leads to the figure, e.g. `kept.0.5.found` (a key may hold dots). */
export interface Row {
  readonly path: readonly string[];
  readonly label: string;
  readonly must?: string;
  readonly aim?: string;
}

/** What all figures of one level must fulfil together. */
export interface Goal {
  readonly text: string;
  readonly levels: readonly Level[];
  readonly met: (figures: Figures, set: LabelledSet) => boolean;
}

export interface SetKind {
  readonly score: (set: LabelledSet, alarms: AlarmsByDevice) => Figures;
  /** The first is what methods are ranked by. */
  readonly rows: readonly Row[];
  readonly must: readonly Goal[];
  readonly aim: readonly Goal[];
}

export function figureAt(figures: Readonly<Record<string, unknown>>, path: readonly string[]) {
  let at: unknown = figures;
  for (const key of path) at = (at as Readonly<Record<string, unknown>> | null | undefined)?.[key];
  return at as FigureValue | undefined;
}

/** NaN when it is not there: no comparison with it holds. */
const num = (figures: Readonly<Record<string, unknown>>, ...path: readonly string[]): number => {
  const value = figureAt(figures, path);
  return typeof value === "number" ? value : Number.NaN;
};

const row = (
  label: string,
  path: string | readonly string[],
  must?: string,
  aim?: string,
): Row => ({
  label,
  path: typeof path === "string" ? [path] : path,
  ...(must !== undefined && { must }),
  ...(aim !== undefined && { aim }),
});

const BOTH: readonly Level[] = ["watch", "act"];
const goal = (text: string, levels: readonly Level[], met: Goal["met"]): Goal => ({
  text,
  levels,
  met,
});

const nab: SetKind = {
  score: scoreNab,
  rows: [
    row("standard score", "standard", ">= 60", ">= 75"),
    row("low-FP score", "lowFP"),
    row("low-FN score", "lowFN"),
    row("windows hit", "windowsHit"),
    row("false episodes per device-30 d", "falsePer30d", "<= 1.5", "<= 0.84"),
    row("time in alarm outside windows", "timeInAlarmOutside"),
  ],
  must: [
    goal(
      "standard >= 60 at <= 1.5 false episodes per device-30 d",
      BOTH,
      (f) => num(f, "standard") >= 60 && num(f, "falsePer30d") <= 1.5,
    ),
  ],
  aim: [
    goal(
      "standard >= 75 at <= 0.84",
      BOTH,
      (f) => num(f, "standard") >= 75 && num(f, "falsePer30d") <= 0.84,
    ),
  ],
};

const skab: SetKind = {
  score: scoreSkab,
  rows: [
    row("events found", "eventsFound", "all but one", "all"),
    row("median delay, s", "delayMedianS", "<= 25", "<= 15"),
    row("90 % delay, s", "delayP90S"),
    row("false episodes per hour", "falsePerHourBeforeOnset", "<= 2", "<= 0.5"),
    row("already in alarm at onset", "alreadyInAlarmAtOnset"),
    row("time in alarm, anomaly-free run", "anomalyFreeTimeInAlarm"),
  ],
  must: [
    goal(
      "all events but one, median delay <= 25 s, <= 2 false episodes per hour",
      BOTH,
      (f) =>
        num(f, "eventsFound") >= num(f, "events") - 1 &&
        num(f, "delayMedianS") <= 25 &&
        num(f, "falsePerHourBeforeOnset") <= 2,
    ),
  ],
  aim: [
    goal(
      "all events, <= 15 s, <= 0.5",
      BOTH,
      (f) =>
        num(f, "eventsFound") >= num(f, "events") &&
        num(f, "delayMedianS") <= 15 &&
        num(f, "falsePerHourBeforeOnset") <= 0.5,
    ),
  ],
};

/** Machines that send error codes only are told apart: nothing but the code can confirm a code. */
const acts = (f: Figures, group: string, [recall, most]: readonly [number, number]): boolean =>
  num(f, group, "recall1h") >= recall && num(f, group, "falsePerMachine30d") <= most;

const pdm: SetKind = {
  score: scorePdm,
  rows: [
    row("recall >= 1 h, all", ["all", "recall1h"], "act >= 0.95", "act >= 0.97"),
    row("false per machine-30 d, all", ["all", "falsePerMachine30d"], "act <= 0.15", "act <= 0.08"),
    row("recall >= 1 h, telemetry", ["telemetry", "recall1h"], "act >= 0.95", "act >= 0.97"),
    row("recall >= 36 h, telemetry", ["telemetry", "recall36h"], "watch >= 0.5"),
    row("median lead h, telemetry", ["telemetry", "leadMedianH"]),
    row(
      "false per machine-30 d, telemetry",
      ["telemetry", "falsePerMachine30d"],
      "act <= 0.15",
      "act <= 0.08",
    ),
    row("recall >= 1 h, events only", ["eventsOnly", "recall1h"]),
    row("false per machine-30 d, events only", ["eventsOnly", "falsePerMachine30d"]),
  ],
  must: [
    goal(
      "act, machines with readings: recall >= 0.95 at <= 0.15 false per machine-30 d",
      ["act"],
      (f) => acts(f, "telemetry", [0.95, 0.15]),
    ),
    goal("act, all machines: recall >= 0.95 at <= 0.15 false per machine-30 d", ["act"], (f) =>
      acts(f, "all", [0.95, 0.15]),
    ),
    goal(
      "watch on telemetry: recall >= 0.85, lead >= 36 h for half",
      ["watch"],
      (f) => num(f, "telemetry", "recall1h") >= 0.85 && num(f, "telemetry", "recall36h") >= 0.5,
    ),
  ],
  aim: [
    goal("act, machines with readings: recall >= 0.97 at <= 0.08", ["act"], (f) =>
      acts(f, "telemetry", [0.97, 0.08]),
    ),
  ],
};

const allAttacks = (f: Figures) => num(f, "attacksFound") >= num(f, "attacks");
const batadal: SetKind = {
  score: scoreBatadal,
  rows: [
    row("S", "S", ">= 0.90", ">= 0.95"),
    row("S, time to detection", "S_TTD"),
    row("S, hours told apart", "S_CLF"),
    row("attacks found", "attacksFound", "all", "all"),
    row("false episodes per 30 d", "falsePer30d"),
  ],
  must: [goal("S >= 0.90, all attacks", BOTH, (f) => num(f, "S") >= 0.9 && allAttacks(f))],
  aim: [goal("S >= 0.95, all attacks", BOTH, (f) => num(f, "S") >= 0.95 && allAttacks(f))],
};

const halfFound = (f: Figures) => num(f, "kept", "0.5", "found") / num(f, "kept", "0.5", "of");
const underuse: SetKind = {
  score: scoreUnderuse,
  rows: [
    row("half use: found", ["kept", "0.5", "found"], ">= 80 %", ">= 90 %"),
    row("half use: of", ["kept", "0.5", "of"]),
    row("half use: median delay, d", ["kept", "0.5", "delayMedianD"]),
    row("stopped: found", ["kept", "0", "found"], "all"),
    row("stopped: slowest, d", ["slowestD", "0"], "<= 6"),
    row("quarter use: found", ["kept", "0.25", "found"]),
    row("false per device-30 d, untouched", "falsePer30d", "<= 0.10", "<= 0.05"),
    row("false per device-30 d, before the drop", "falsePer30dBeforeDrop"),
  ],
  must: [
    goal(
      "half use: >= 80 % found at <= 0.10 false per device-30 d",
      BOTH,
      (f) => halfFound(f) >= 0.8 && num(f, "falsePer30d") <= 0.1,
    ),
    goal("stopped: all within 6 days", BOTH, (f) => num(f, "slowestD", "0") <= 6),
  ],
  aim: [
    goal(
      "half use: >= 90 % found at <= 0.05",
      BOTH,
      (f) => halfFound(f) >= 0.9 && num(f, "falsePer30d") <= 0.05,
    ),
  ],
};

const wears = (f: Figures, premature: number) =>
  num(f, "alarmedBeforeEnd") >= 1 && num(f, "premature") <= premature && num(f, "leadMedian") >= 50;
const cmapss: SetKind = {
  score: scoreCmapss,
  rows: [
    row("alarmed before the end", "alarmedBeforeEnd", "all", "all"),
    row("premature", "premature", "<= 0.20", "<= 0.10"),
    row("median lead, cycles", "leadMedian", ">= 50", ">= 50"),
    row("10 % lead, cycles", "leadP10"),
    row("90 % lead, cycles", "leadP90"),
  ],
  must: [
    goal("all engines, <= 20 % premature, median lead >= 50 cycles", BOTH, (f) => wears(f, 0.2)),
  ],
  aim: [goal("<= 10 % premature", BOTH, (f) => wears(f, 0.1))],
};

/** Fewer false episodes than the best simple method that finds no more than we do. */
function beats(figures: Figures, set: LabelledSet, factor: number): boolean {
  const hitShare = (f: Readonly<Record<string, unknown>>) => num(f, "eventsHit") / num(f, "events");
  const rivals = simpleMethods(set)
    .map(({ scores }) => scoresAt(scores, "act"))
    .filter((scores) => hitShare(scores) <= hitShare(figures))
    .sort((a, b) => hitShare(b) - hitShare(a));
  const [rival] = rivals;
  return rival !== undefined && num(figures, "falsePer30d") < factor * num(rival, "falsePer30d");
}

const gecco: SetKind = {
  score: scoreGecco,
  rows: [
    row("events hit", "eventsHit"),
    row("events", "events"),
    row("false episodes per 30 d", "falsePer30d", "< baseline", "half of it"),
    row("median delay, min", "delayMedianMin"),
    row("time in alarm", "timeInAlarm"),
  ],
  must: [
    goal("fewer false episodes than the baseline at equal recall", BOTH, (f, set) =>
      beats(f, set, 1),
    ),
  ],
  aim: [goal("half of them", BOTH, (f, set) => beats(f, set, 0.5))],
};

export const SET_KINDS: Readonly<Record<string, SetKind>> = {
  nab,
  skab,
  pdm,
  batadal,
  underuse,
  cmapss,
  gecco,
};

const isNoLook = ({ method }: KnownResult): boolean => method.startsWith("no look");

export const simpleMethods = (set: LabelledSet): readonly KnownResult[] =>
  set.meta.baselines.filter((known) => !isNoLook(known));

export const noLookRules = (set: LabelledSet): readonly KnownResult[] =>
  set.meta.baselines.filter(isNoLook);

/** Baselines were scored per level; published figures are not. */
export function scoresAt(
  scores: Readonly<Record<string, unknown>>,
  level: Level,
): Readonly<Record<string, unknown>> {
  const own = scores[level];
  return typeof own === "object" && own !== null ? (own as Record<string, unknown>) : scores;
}
