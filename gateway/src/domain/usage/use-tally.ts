import type { SignalValues } from "@voorzorg/firmware-contracts";
import type { SignalView } from "#domain/detect/detector.ts";
import type { DayOfUse } from "#domain/device-view.ts";
import type { CompiledProduct } from "#domain/rules/ruleset.ts";
import type { DurationMs, EpochMs } from "#domain/units.ts";
import { DAY_MS, HOUR_MS, iso } from "#domain/units.ts";

/** How much a device was used, per UTC day of its own time. Plain JSON, under 3 kB. */
export interface UseState {
  /** Days with use only, ascending, newest 60. */
  readonly days: readonly DayOfUse[];
  /** Newest reading of the counter that measures use; null = none yet. */
  readonly counter: { readonly value: number; readonly at: EpochMs } | null;
  /** Newest moment at which `use.when` was true; null = it was false or unknown. */
  readonly on: { readonly at: EpochMs } | null;
  /** Newest moments of events that were counted, to recognise what is sent again. */
  readonly events: readonly EpochMs[];
  /** All use that was ever counted; absent = none. */
  readonly total?: number;
  /** Features seen in use, each with the device time of its first use; absent = none. */
  readonly features?: Readonly<Record<string, EpochMs>>;
}

export interface UseSample {
  /** Device time. */
  readonly at: EpochMs;
  readonly view: SignalView;
  /** What this sample brought. */
  readonly values: SignalValues;
}

const KEPT_DAYS = 60;
const KEPT_EVENTS = 32;
/** Where `use.when` is known only by samples: a longer gap between two is not use. */
const MAX_GAP_PERIODS = 3;
/** A counter that falls to this share of its value or less was reset; above it was corrected. */
const RESET_SHARE = 0.1;
const WRAPS = [2 ** 16, 2 ** 32];

export const startUse = (): UseState => ({ days: [], counter: null, on: null, events: [] });

/** Newest 60 days with use, oldest first; a day that is absent had none. */
export const useDays = (state: UseState): readonly DayOfUse[] => state.days;

/**
 * A new owner begins: use and features of the one before are forgotten. The newest readings stay, or
 * the first reading after would count what the one before had used.
 */
export const useOfNewOwner = (state: UseState): UseState => ({
  ...startUse(),
  counter: state.counter,
  on: state.on,
  events: state.events,
});

/**
 * The device's clock was set back to `newest`. Days stamped in what is now the future go, or they
 * would push the real ones out; the counter goes on from its value, or nothing counted for as long.
 */
export function useSetBack(state: UseState, newest: EpochMs): UseState {
  const today = iso(newest).slice(0, 10);
  const { counter } = state;
  return {
    ...state,
    days: state.days.filter(({ day }) => day <= today),
    counter: counter === null ? null : { ...counter, at: Math.min(counter.at, newest - 1) },
    on: null,
    events: state.events.filter((at) => at <= newest),
  };
}

/** Takes down the first use of features that a sample shows. */
export function featureSamples(
  product: CompiledProduct,
  state: UseState,
  view: SignalView,
): UseState {
  let next = state;
  for (const [name, when] of product.featureWhen) {
    if (next.features?.[name] === undefined && when.test(view) === true) {
      next = firstUse(next, name, view.at);
    }
  }
  return next;
}

/** The same for an event; the earliest counts, in whichever order they arrive. */
export function featureEvent(
  product: CompiledProduct,
  state: UseState,
  event: { readonly at: EpochMs; readonly code: string },
): UseState {
  let next = state;
  for (const name of product.featuresByEvent.get(event.code) ?? []) {
    const known = next.features?.[name];
    if (known === undefined || event.at < known) next = firstUse(next, name, event.at);
  }
  return next;
}

const firstUse = (state: UseState, name: string, at: EpochMs): UseState => ({
  ...state,
  features: { ...state.features, [name]: at },
});

/**
 * Counts use that signals show. A counter's growth belongs to the day of the reading that shows it;
 * a reading older than the newest is ignored, since its growth is in the newest already.
 */
export function useSamples(product: CompiledProduct, state: UseState, sample: UseSample): UseState {
  const use = product.model.use;
  if (use === undefined || "event" in use) return state;
  if ("counter" in use) {
    const value = sample.values[use.counter];
    return typeof value === "number" ? counted(state, value, sample.at) : state;
  }
  const { useWhen } = product;
  if (useWhen === undefined || (state.on !== null && sample.at <= state.on.at)) return state;
  const period = gapPeriod(product, useWhen.signals);
  const lasted =
    state.on === null ? 0 : Math.min(sample.at - state.on.at, MAX_GAP_PERIODS * period);
  const begun = state.on?.at ?? sample.at;
  const next = spread(state, begun, lasted);
  return { ...next, on: useWhen.test(sample.view) === true ? { at: sample.at } : null };
}

/** Counts use that an event shows; late events too. The same event at the same time counts once. */
export function useEvent(
  product: CompiledProduct,
  state: UseState,
  event: { readonly at: EpochMs; readonly code: string },
): UseState {
  const use = product.model.use;
  if (use === undefined || !("event" in use) || use.event !== event.code) return state;
  if (state.events.includes(event.at)) return state;
  const events = [...state.events, event.at].sort((a, b) => a - b).slice(-KEPT_EVENTS);
  return { ...added(state, event.at, 1), events };
}

function counted(state: UseState, value: number, at: EpochMs): UseState {
  const before = state.counter;
  if (before === null) return { ...state, counter: { value, at } };
  if (at <= before.at) return state;
  return { ...added(state, at, counterGrowth(before.value, value)), counter: { value, at } };
}

/** What a counter grew by between two readings: over a wrap, after a reset, not by a correction. */
export function counterGrowth(before: number, value: number): number {
  if (value >= before) return value - before;
  const wrap = WRAPS.find((size) => before < size && before > 0.98 * size && value < 0.02 * size);
  if (wrap !== undefined) return wrap - before + value;
  return value <= RESET_SHARE * before ? value : 0;
}

function gapPeriod(product: CompiledProduct, signals: readonly string[]): DurationMs {
  const { model } = product;
  return Math.max(
    ...signals.map((name) => model.signals[name]?.periodMs ?? model.expectedPeriodMs),
  );
}

/** Hours of a stretch of time, each to the day it fell on. */
function spread(state: UseState, from: EpochMs, lasted: DurationMs): UseState {
  let next = state;
  const to = from + lasted;
  for (let begin = from; begin < to; ) {
    const midnight = (Math.floor(begin / DAY_MS) + 1) * DAY_MS;
    const end = Math.min(to, midnight);
    next = added(next, begin, (end - begin) / HOUR_MS);
    begin = end;
  }
  return next;
}

function added(state: UseState, at: EpochMs, amount: number): UseState {
  if (amount <= 0) return state;
  const day = iso(at).slice(0, 10);
  const { days } = state;
  const total = (state.total ?? 0) + amount;
  const index = days.findIndex((known) => known.day === day);
  if (index >= 0) {
    const changed = days.map((known, i) =>
      i === index ? { day, amount: known.amount + amount } : known,
    );
    return { ...state, days: changed, total };
  }
  const sorted = [...days, { day, amount }].sort((a, b) => (a.day < b.day ? -1 : 1));
  return { ...state, days: sorted.slice(-KEPT_DAYS), total };
}
