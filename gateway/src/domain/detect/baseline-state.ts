import type { Resolution } from "#domain/case/case.ts";
import type { Band } from "#domain/detect/baseline-band.ts";
import { afterAlert, liveEvidence, settle } from "#domain/detect/baseline-band.ts";
import type { Habit, ViewName } from "#domain/detect/baseline-habit.ts";
import { VIEWS } from "#domain/detect/baseline-habit.ts";
import type { Verdict } from "#domain/detect/detector.ts";
import type { EpochMs } from "#domain/units.ts";

/** A change that has held for so many readings is the new normal. */
const NEW_NORMAL_READINGS = 100;
/** For so many readings after an alert the long means still hold what it flagged. */
const TRAIL_READINGS = 200;
/** Views that show where the signal is, and those that show for long where it was. */
const HELD_VIEWS: ReadonlySet<ViewName | undefined> = new Set(["reading", "short"] as const);
const TRAILING_VIEWS: ReadonlySet<ViewName | undefined> = new Set(["long", "longest"] as const);

export interface BaselineState {
  readonly startedAt: EpochMs | null;
  readonly at: EpochMs;
  /** Samples of the interval that is being collected; null = none, or every sample is a reading. */
  readonly interval: { readonly slot: number; readonly sum: number; readonly count: number } | null;
  readonly habit: Habit;
  /** One per view, in the order of VIEWS. */
  readonly bands: readonly Band[];
  /** Number of the reading at which the alert began; null = none is open. */
  readonly openedAt: number | null;
  /** Number of the reading at which the last alert ended. */
  readonly endedAt: number | null;
  /** When the first of the news began that led to the open alert. */
  readonly onset: EpochMs;
  readonly verdict: Verdict["kind"];
}

/** What the outcome of a case says about the normal of its device. */
export function afterCase(state: BaselineState, resolution: Resolution): BaselineState {
  switch (resolution) {
    case "recovered":
      return state;
    case "fixed":
    case "with_problem":
    case "by_agent":
      // A repair was meant to end it: the same thing again is news.
      return state.openedAt === null || resolution !== "by_agent"
        ? { ...state, bands: state.bands.map((band) => ({ ...band, alerted: [] })) }
        : acceptAll(state);
    case "false_alarm":
    case "wont_fix":
      return acceptAll(state);
  }
}

/** The present is the new normal. */
const acceptAll = (state: BaselineState): BaselineState => ({
  ...state,
  bands: state.bands.map(settle),
  openedAt: null,
  endedAt: state.openedAt === null ? state.endedAt : state.habit.readings,
  verdict: state.verdict === "breach" ? "ok" : state.verdict,
});

/** Powers of ten over all views; the reading decides against the rule's `evidence` per view. */
export function evidenceOf({ bands, habit, openedAt, endedAt }: BaselineState): number {
  const { readings } = habit;
  const trails = openedAt === null && endedAt !== null && readings - endedAt <= TRAIL_READINGS;
  return bands.reduce(
    (sum, band, index) =>
      trails && TRAILING_VIEWS.has(VIEWS[index]) ? sum : sum + liveEvidence(band, readings),
    0,
  );
}

/** An open alert after one more reading: it goes on, ends, or what it shows is the new normal. */
export function keepOpen(
  state: BaselineState,
  { enough, openedAt }: { enough: boolean; openedAt: number },
): BaselineState {
  const { readings } = state.habit;
  const lasted = readings - openedAt > NEW_NORMAL_READINGS;
  if (enough && !lasted) return { ...state, verdict: "breach" };
  // Held has what the readings themselves still show; the long means only trail behind.
  const held = state.bands.some(
    (band, index) => HELD_VIEWS.has(VIEWS[index]) && liveEvidence(band, readings) > 0,
  );
  if (enough && held) return acceptAll(state);
  const bands = state.bands.map(afterAlert);
  return { ...state, bands, openedAt: null, endedAt: readings, verdict: "ok" };
}

/** 0 while the band is still being learned. */
export const widthOf = (band: Band | undefined): number =>
  band === undefined ? 0 : band.to - band.from;
