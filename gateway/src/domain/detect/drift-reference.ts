/** A sample farther out counts as a spike: alone it neither raises nor moves the normal. */
const SPIKE_STEPS = 8;
/** Below this share of the level a spread is taken for rounding, not for noise. */
const RELATIVE_MIN_SD = 1e-4;
const ABSOLUTE_MIN_SD = 1e-9;
/** Keeps the state finite when a constant signal moves. */
const MAX_Z = 1e6;

/** What is remembered of one signal: five numbers, whatever the rate. */
export interface SignalReference {
  /** The present: fast average. */
  readonly fast: number;
  /** The normal: slow average. */
  readonly normal: number;
  /** Variance around the normal. */
  readonly variance: number;
  /** Covariance of consecutive residuals: tells wandering from noise. */
  readonly lagged: number;
  /** Residual of the previous sample. */
  readonly residual: number;
}

/** How far a signal's present is from its normal. */
export interface Distance {
  /** In its own usual steps, signed. */
  readonly z: number;
  /** The newest sample as it came. */
  readonly value: number;
  readonly normal: number;
  /** One usual step, in the unit of the signal. */
  readonly step: number;
}

export interface Judged {
  /** With the fast average moved on, the normal not yet. */
  readonly reference: SignalReference;
  readonly distance: Distance;
  /** Largest distance from the normal that counts. */
  readonly spike: number;
}

/** How fast the normal and its spread follow; 0 = frozen. */
export interface Rates {
  readonly normal: number;
  readonly spread: number;
  /** False while the first normal is learned: nothing is known yet that a spike could be told by. */
  readonly clip: boolean;
}

export const firstReference = (value: number): SignalReference => ({
  fast: value,
  normal: value,
  variance: 0,
  lagged: 0,
  residual: 0,
});

/** `smooth`: samples that the present is averaged over; `minSd` in the unit of the signal. */
interface Scale {
  readonly smooth: number;
  readonly minSd: number;
}

/** One usual step of the present away from the normal, and the farthest sample that counts. */
function stepOf(before: SignalReference, settings: Scale) {
  const lambda = 2 / (settings.smooth + 1);
  const sd = Math.max(
    Math.sqrt(before.variance),
    settings.minSd,
    RELATIVE_MIN_SD * Math.abs(before.normal),
    ABSOLUTE_MIN_SD,
  );
  const ratio = before.variance > 0 ? before.lagged / before.variance : 0;
  const phi = clamp(ratio, -0.5, 0.995);
  // Standard deviation of an EWMA of a series with lag-1 autocorrelation phi: a wandering
  // temperature is allowed more than white noise of the same spread, an alternating flow less.
  const widening = Math.sqrt(lambda / (2 - lambda)) * Math.sqrt((1 + phi) / (1 - phi));
  return { lambda, step: sd * widening, spike: SPIKE_STEPS * sd * Math.max(1, widening) };
}

/** How far the present is from the normal, in usual steps. */
export const stepsAway = (reference: SignalReference, settings: Scale): number =>
  clamp((reference.fast - reference.normal) / stepOf(reference, settings).step, -MAX_Z, MAX_Z);

export function judge(
  before: SignalReference,
  value: number,
  settings: Scale & { readonly clip: boolean },
): Judged {
  const { lambda, step, spike } = stepOf(before, settings);
  const near = settings.clip ? before.normal + clamp(value - before.normal, -spike, spike) : value;
  const fast = before.fast + lambda * (near - before.fast);
  const z = clamp((fast - before.normal) / step, -MAX_Z, MAX_Z);
  return {
    reference: { ...before, fast },
    distance: { z, value, normal: before.normal, step },
    spike,
  };
}

export function learnFrom(judged: Judged, value: number, rates: Rates): SignalReference {
  const { reference, spike } = judged;
  const raw = value - reference.normal;
  const residual = rates.clip ? clamp(raw, -spike, spike) : raw;
  return {
    fast: reference.fast,
    normal: reference.normal + rates.normal * residual,
    variance: reference.variance + rates.spread * (residual * residual - reference.variance),
    lagged: reference.lagged + rates.spread * (residual * reference.residual - reference.lagged),
    residual,
  };
}

const clamp = (value: number, low: number, high: number): number =>
  Math.min(high, Math.max(low, value));
