import { BenchError } from "../bench.ts";

/** Milliseconds since 1970 UTC; `to` is Infinity for an alarm that stands at the end. */
export interface Span {
  readonly from: number;
  readonly to: number;
}
export type Level = "watch" | "act";
export type Alarm = Span & { readonly level: Level; readonly rule: string };
/** Alarms by device, each list sorted by start, then end. */
export type AlarmsByDevice = ReadonlyMap<string, readonly Alarm[]>;

/** Alarm file (one JSON object per line) by set. @throws BenchError that names the line. */
export function readAlarms(text: string): ReadonlyMap<string, AlarmsByDevice> {
  const sets = new Map<string, Map<string, Alarm[]>>();
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const { set, device, alarm } = readLine(line, index + 1);
    const devices = sets.get(set) ?? new Map<string, Alarm[]>();
    sets.set(set, devices);
    devices.set(device, [...(devices.get(device) ?? []), alarm]);
  }
  for (const devices of sets.values()) {
    for (const list of devices.values()) list.sort((a, b) => a.from - b.from || a.to - b.to);
  }
  return sets;
}

function readLine(line: string, number: number) {
  const wrong = (why: string, cause?: unknown): BenchError =>
    new BenchError(`alarm file, line ${number}: ${why}`, { cause });
  let fields: Readonly<Record<string, unknown>>;
  try {
    fields = JSON.parse(line) as typeof fields;
  } catch (error) {
    throw wrong("not JSON", error);
  }
  const { set, device, level, rule } = fields;
  if (typeof set !== "string" || typeof device !== "string") throw wrong("set or device is absent");
  if (level !== "watch" && level !== "act") throw wrong(`level is ${JSON.stringify(level)}`);
  const from = Date.parse(String(fields.from));
  const to = fields.to === null ? Number.POSITIVE_INFINITY : Date.parse(String(fields.to));
  if (!(to >= from)) throw wrong("from or to is no time, or to lies before from");
  return { set, device, alarm: { from, to, level, rule: String(rule ?? "") } satisfies Alarm };
}

/** What somebody sees who watches everything, or only what is to be acted upon. */
export function atLevel(devices: AlarmsByDevice | undefined, level: Level): AlarmsByDevice {
  const seen = (list: readonly Alarm[]) =>
    level === "watch" ? list : list.filter((alarm) => alarm.level === "act");
  return new Map([...(devices ?? [])].map(([device, list]) => [device, seen(list)]));
}

/** Joins spans (sorted by start) that lie less than `gapMs` apart. */
export function episodes(spans: readonly Span[], gapMs: number): readonly Span[] {
  const joined: { from: number; to: number }[] = [];
  for (const { from, to } of spans) {
    const last = joined.at(-1);
    if (last !== undefined && from - last.to < gapMs) last.to = Math.max(last.to, to);
    else joined.push({ from, to });
  }
  return joined;
}

export interface Notice extends Span {
  /** When somebody was told: the start of the episode, and every rise to `act` inside it. */
  readonly starts: readonly number[];
}

export function notices(alarms: readonly Alarm[], gapMs: number): readonly Notice[] {
  const acts = episodes(
    alarms.filter(({ level }) => level === "act"),
    gapMs,
  );
  return episodes(alarms, gapMs).map(({ from, to }) => {
    const inside = acts.map((act) => act.from).filter((at) => at >= from && at <= to);
    return { from, to, starts: [...new Set([from, ...inside])] };
  });
}

/** For each row of a series, whether an alarm stands at its time. Rows may be in any order. */
export function rowsInAlarm(stamps: readonly number[], alarms: readonly Span[]): boolean[] {
  const spans = episodes(alarms, 1);
  return stamps.map((at) => {
    let [low, high] = [0, spans.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((spans[middle] as Span).from <= at) low = middle + 1;
      else high = middle;
    }
    const latest = spans[low - 1];
    return latest !== undefined && at <= latest.to;
  });
}

/**
 * The row at which each alarm starts: the first at or after its start, -1 if there is none. Of
 * several rows with the same stamp the k-th belongs to the k-th alarm that starts then.
 */
export function startRows(stamps: readonly number[], alarms: readonly Span[]): number[] {
  const rowsAt = new Map<number, number[]>();
  for (const [row, at] of stamps.entries()) {
    const rows = rowsAt.get(at);
    if (rows === undefined) rowsAt.set(at, [row]);
    else rows.push(row);
  }
  const taken = new Map<number, number>();
  return alarms.map(({ from }) => {
    const rows = rowsAt.get(from);
    if (rows === undefined) return stamps.findIndex((at) => at >= from);
    const nth = taken.get(from) ?? 0;
    taken.set(from, nth + 1);
    return rows[Math.min(nth, rows.length - 1)] ?? -1;
  });
}
