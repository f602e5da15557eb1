import type { CaseView, Evidence } from "#domain/case/case.ts";
import type { EpochMs } from "#domain/units.ts";
import { DAY_MS, iso, MINUTE_MS } from "#domain/units.ts";

/** More signals than these hide the telling one. */
export const MAX_CHARTS = 4;
export const CHART_POINTS = 400;

export interface Window {
  readonly from: EpochMs;
  /** Exclusive. */
  readonly to: EpochMs;
}

/** From well before the onset to the end of the case or the newest time, at most a day after finding. */
export function chartWindow(view: CaseView, deviceTime: EpochMs | null): Window {
  const { onsetAt, detectedAt, basedFrom = onsetAt } = view.evidence;
  const end = view.resolvedAt ?? deviceTime ?? detectedAt;
  const to = Math.max(Math.min(end, detectedAt + DAY_MS), detectedAt + 5 * MINUTE_MS);
  const before = Math.min(Math.max(to - onsetAt, 30 * MINUTE_MS), 7 * DAY_MS);
  return { from: Math.min(onsetAt - before, basedFrom), to };
}

/**
 * The window that a link shows: it depends on the evidence alone, so that the same evidence always has
 * the same link, and reaches as far past the finding as it took to find, to show what came of it.
 */
export function evidenceWindow({
  onsetAt,
  detectedAt,
  basedFrom = onsetAt,
}: Pick<Evidence, "onsetAt" | "detectedAt" | "basedFrom">): Window {
  const length = Math.max(detectedAt - onsetAt, 30 * MINUTE_MS);
  return {
    from: Math.min(onsetAt - Math.min(length, 7 * DAY_MS), basedFrom),
    to: detectedAt + Math.min(length, DAY_MS),
  };
}

/** As a page's address carries it. */
export const windowQuery = ({ from, to }: Window): string => `from=${iso(from)}&to=${iso(to)}`;

const LONGEST_MS = 400 * DAY_MS;

/** The window of a page's address; undefined when there is none or it makes no sense. */
export function windowOf(query: {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}): Window | undefined {
  const from = Date.parse(query.from ?? "");
  const to = Date.parse(query.to ?? "");
  return to > from && to - from <= LONGEST_MS ? { from, to } : undefined;
}
