/** Hour of the UTC day with fraction, 0 to 24. */
export const hourOf = (nowMs: number): number => (nowMs % 86_400_000) / 3_600_000;

/** 0 = Sunday. 1 January 1970 was a Thursday. */
const weekdayOf = (nowMs: number): number => (Math.floor(nowMs / 86_400_000) + 4) % 7;

const isWeekend = (nowMs: number): boolean => weekdayOf(nowMs) % 6 === 0;

/** Coffees per hour of a typical household, by hour of the day. */
const COFFEE_WEEKDAY = [
  0, 0, 0, 0, 0, 0.2, 1.4, 2.6, 1.8, 0.8, 0.7, 0.5, 0.6, 1.1, 0.8, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0,
  0, 0,
] as const;
const COFFEE_WEEKEND = [
  0, 0, 0, 0, 0, 0, 0.2, 0.6, 1.4, 2.2, 2.0, 1.0, 0.7, 0.9, 1.2, 1.4, 0.9, 0.4, 0.3, 0.2, 0.1, 0, 0,
  0,
] as const;

export function coffeesPerHour(nowMs: number): number {
  const table = isWeekend(nowMs) ? COFFEE_WEEKEND : COFFEE_WEEKDAY;
  return table[Math.floor(hourOf(nowMs))] ?? 0;
}

/** Rides per hour of somebody who commutes on weekdays and tours on weekends. */
export function ridesPerHour(nowMs: number): number {
  const hour = Math.floor(hourOf(nowMs));
  if (isWeekend(nowMs)) return hour >= 10 && hour < 17 ? 0.2 : 0;
  if (hour === 7 || hour === 17) return 2.5;
  return hour >= 11 && hour < 20 ? 0.05 : 0;
}
