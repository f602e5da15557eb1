import type { DurationMs, EpochMs } from "#domain/units.ts";
import type { Alarm } from "#pipeline/backtest/play-group.ts";

/** What is known to have happened to a device, told by whoever labelled the recording. */
export interface Label {
  readonly device: string;
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly kind: string;
  readonly what: string;
}

export interface Labels {
  readonly list: readonly Label[];
  /** How long before a label that is one moment (a failure) an alarm counts as the warning of it. */
  readonly leadMs: DurationMs;
}

export interface Example {
  readonly kind: "hit" | "miss" | "false_alarm" | "alarm";
  readonly device: string;
  readonly label: Label | undefined;
  readonly alarm: Alarm | undefined;
  /** What to show. */
  readonly from: EpochMs;
  readonly to: EpochMs;
}

const EACH = 3;
/** Shown at least on either side, in expected periods of the product. */
const MARGIN_PERIODS = 60;

/**
 * Up to three hits, misses and false alarms (without labels: alarms), spread over the list and over
 * devices, the same in every run. A hit is an alarm that stands at any time of the label or, when
 * that is one moment, begins at most `leadMs` before it; the scores of a set may be stricter.
 */
export function pickExamples(
  alarms: readonly Alarm[],
  labels: Labels | undefined,
  periodOf: (device: string) => DurationMs,
): readonly Example[] {
  if (labels === undefined) {
    return spread(alarms.map((alarm) => ofAlarm("alarm", alarm, periodOf(alarm.device))));
  }
  const byDevice = Map.groupBy(alarms, (alarm) => alarm.device);
  const hits: Example[] = [];
  const misses: Example[] = [];
  const right = new Set<Alarm>();
  for (const label of labels.list) {
    const meant = (byDevice.get(label.device) ?? []).filter((a) =>
      isMeant(a, label, labels.leadMs),
    );
    for (const alarm of meant) right.add(alarm);
    // An act is what the people on duty would have seen.
    const alarm = meant.find(({ level }) => level === "act") ?? meant[0];
    const example = ofLabel(label, alarm, {
      leadMs: labels.leadMs,
      period: periodOf(label.device),
    });
    (alarm === undefined ? misses : hits).push(example);
  }
  const wrong = alarms
    .filter((alarm) => !right.has(alarm))
    .map((alarm) => ofAlarm("false_alarm", alarm, periodOf(alarm.device)));
  const acts = wrong.filter(({ alarm }) => alarm?.level === "act");
  return [...spread(hits), ...spread(misses), ...spread(acts.length >= EACH ? acts : wrong)];
}

function isMeant(alarm: Alarm, label: Label, leadMs: DurationMs): boolean {
  const isMoment = label.from === label.to;
  if (isMoment) return alarm.from <= label.from && alarm.from >= label.from - leadMs;
  return alarm.from <= label.to && (alarm.to ?? Number.POSITIVE_INFINITY) >= label.from;
}

function ofLabel(
  label: Label,
  alarm: Alarm | undefined,
  { leadMs, period }: { leadMs: DurationMs; period: DurationMs },
): Example {
  const from = Math.min(label.from, alarm?.from ?? label.from);
  const to = Math.max(label.to, alarm?.from ?? label.to);
  const lead = Number.isFinite(leadMs) ? leadMs : 0;
  const margin = Math.max(
    (to - from) / 3,
    MARGIN_PERIODS * period,
    label.from === label.to ? lead : 0,
  );
  const kind = alarm === undefined ? "miss" : "hit";
  return { kind, device: label.device, label, alarm, from: from - margin, to: to + margin };
}

function ofAlarm(kind: "false_alarm" | "alarm", alarm: Alarm, period: DurationMs): Example {
  const margin = 2 * MARGIN_PERIODS * period;
  const to = Math.min(alarm.to ?? alarm.from, alarm.from + margin);
  const { device } = alarm;
  return { kind, device, label: undefined, alarm, from: alarm.from - margin, to: to + margin };
}

/** First, middle and last, of different devices where there are as many. */
function spread(examples: readonly Example[]): readonly Example[] {
  const perDevice = [...Map.groupBy(examples, ({ device }) => device).values()];
  const list = perDevice.length >= EACH ? perDevice.flatMap(([first]) => first ?? []) : examples;
  if (list.length <= EACH) return list;
  const at = [0, Math.floor((list.length - 1) / 2), list.length - 1];
  return at.flatMap((index) => list[index] ?? []);
}
