import { zoneFormat } from "#pipeline/wording/zone-format.ts";

const MINUTE_S = 60;
const HOUR_S = 3_600;
const DAY_S = 86_400;

/** Distances that people count time in. */
const TIME_STEPS = [
  1,
  5,
  15,
  30,
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE_S),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR_S),
  ...[1, 2, 7, 14, 28, 91, 182, 364].map((n) => n * DAY_S),
];

export interface Tick {
  readonly value: number;
  readonly text: string;
}

/** At most `count` round moments, in the zone; days are named where the time spans several. */
export function timeTicks(
  range: { readonly from: number; readonly to: number },
  count: number,
  timeZone: string,
): readonly Tick[] {
  const span = range.to - range.from;
  const step = TIME_STEPS.find((size) => span / size <= count) ?? span;
  const format = zoneFormat("en-GB", {
    timeZone,
    hourCycle: "h23",
    ...fieldsOf(span, step),
  });
  const ticks: Tick[] = [];
  const ahead = offsetAt(range.from, timeZone);
  const last = range.to + Math.max(ahead, offsetAt(range.to, timeZone));
  for (let local = Math.ceil((range.from + ahead) / step) * step; local <= last; local += step) {
    // Round in the zone, with the offset of the moment itself.
    const value = local - offsetAt(local - ahead, timeZone);
    if (value < range.from || value > range.to) continue;
    if (ticks.at(-1)?.value !== value) ticks.push({ value, text: format.format(value * 1_000) });
  }
  return ticks;
}

function fieldsOf(span: number, step: number): Intl.DateTimeFormatOptions {
  if (step >= DAY_S) {
    return {
      day: "numeric",
      month: "short",
      ...(span > 300 * DAY_S && { year: "2-digit" as const }),
    };
  }
  return {
    hour: "2-digit",
    minute: "2-digit",
    ...(step < MINUTE_S && { second: "2-digit" as const }),
    ...(span > DAY_S && { weekday: "short" as const }),
  };
}

/** Seconds that clocks of the zone are ahead of UTC at this moment. */
export function offsetAt(second: number, timeZone: string): number {
  const parts = zoneFormat("en", {
    timeZone,
    timeZoneName: "longOffset",
  }).formatToParts(second * 1_000);
  const name = parts.find(({ type }) => type === "timeZoneName")?.value ?? "";
  const found = /^GMT([+-])(\d\d):(\d\d)(?::(\d\d))?$/.exec(name);
  if (found === null) return 0;
  const [, sign, hours, minutes, seconds] = found;
  const offset = Number(hours) * HOUR_S + Number(minutes) * MINUTE_S + Number(seconds ?? 0);
  return sign === "-" ? -offset : offset;
}

/** At most `count` round numbers within the range. */
export function numberTicks(
  range: { readonly low: number; readonly high: number },
  count: number,
): readonly Tick[] {
  const rough = (range.high - range.low) / Math.max(1, count);
  if (!(rough > 0) || !Number.isFinite(rough)) return [];
  const size = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((n) => n * size).find((n) => n >= rough) ?? 10 * size;
  const first = Math.ceil(range.low / step);
  const last = Math.floor(range.high / step);
  const decimals = Math.max(0, -Math.floor(Math.log10(step)) + (isWhole(step / size) ? 0 : 1));
  return Array.from({ length: Math.min(last - first + 1, 50) }, (_, i) => {
    const value = (first + i) * step;
    return { value, text: numberText(value, decimals) };
  });
}

const isWhole = (value: number): boolean => Math.abs(value - Math.round(value)) < 1e-9;

function numberText(value: number, decimals: number): string {
  const size = Math.abs(value);
  if (size >= 1e7 || decimals > 6) return value.toExponential(1);
  const text = value.toFixed(decimals);
  return Number(text) === 0 ? "0" : text.replace("-", "−");
}
