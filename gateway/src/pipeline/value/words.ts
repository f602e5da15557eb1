import { durationText } from "#domain/detect/wording.ts";
import type { Share, Spread } from "#pipeline/value/statistics.ts";

/** `97 %`, `0.4 %`; 0 and 100 are only what is exactly so. Sign and number never part at the end of a line. */
export function percentText(share: number | null): string {
  return share === null ? "not known" : `${percentOf(share)}\u00a0%`;
}

function percentOf(share: number): string {
  const percent = 100 * share;
  if (percent === 0 || percent === 100) return String(percent);
  if (percent < 0.1) return "under 0.1";
  if (percent > 99.9) return "over 99.9";
  return percent < 9.95 || percent > 99 ? percent.toFixed(1) : String(Math.round(percent));
}

/**
 * `12 of 14 · between 60 and 96 %`; the interval holds the true share 19 times out of 20. Empty for a share
 * that is not known.
 */
export function rangeText({ count, of, low, high }: Share): string {
  if (low === null || high === null) return "";
  const ends = `between ${percentOf(low)} and ${percentText(high)}`;
  return `${countText(count)} of ${countText(of)} · ${ends}`;
}

export const countText = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ",");

export const spreadText = ({ medianMs }: Spread): string =>
  medianMs === null ? "not known" : durationText(medianMs);

export const longestText = ({ count, p90Ms }: Spread): string =>
  p90Ms === null ? "" : `nine of ten within ${durationText(p90Ms)}, of ${countText(count)}`;
