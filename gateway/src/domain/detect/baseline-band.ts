import type { EpochMs } from "#domain/units.ts";

/** Readings from which the first band is learned. */
export const BAND_READINGS = 200;
/** So many of the lowest and of the highest readings draw no edge: one spike does not make a band. */
const TRIMMED = 1;
/** The band is so many steps wide: how fine the places just outside of it are told apart. */
const STEPS = 8;
/** Outside, places grow by this factor with their distance, so that records fire ever more rarely. */
const GROWTH = Math.log(1.8);
/** A value nearer than this to a known place is that place, in places. */
const SAME_PLACE = 0.5;
/** Evidence grows from nothing at the first distance to all of it at the second, in places. */
const FROM_DISTANCE = 0.25;
const FULL_DISTANCE = 1;
/** Evidence speaks for so many readings. */
const EVIDENCE_READINGS = 36;
/** More places than any signal needed; the oldest is forgotten first. */
const MAX_PLACES = 24;

/** What is new about one view at present. Its places are not learned before it is over. */
export interface Finding {
  /** Powers of ten: how rare a first-time value had become. */
  readonly evidence: number;
  /** Number of the newest reading that was new. */
  readonly reading: number;
  readonly since: EpochMs;
  /** The view when the evidence was largest. */
  readonly value: number;
  readonly places: readonly number[];
}

/**
 * Where one view of a signal has been. Inside `from` to `to` it is at home. Outside, distances are
 * counted in places: 0 at the edge, negative below, each farther from the last by a constant factor.
 */
export interface Band {
  /** The lowest and the highest values so far, outermost first; null when no edges are being learned. */
  readonly learning: {
    readonly count: number;
    readonly lows: readonly number[];
    readonly highs: readonly number[];
  } | null;
  readonly from: number;
  readonly to: number;
  /** Places seen once, and places seen again. */
  readonly once: readonly number[];
  readonly often: readonly number[];
  /** Places that an alert has shown: not normal, but no news either. */
  readonly alerted: readonly number[];
  readonly finding: Finding | null;
}

export const NEW_BAND: Band = {
  learning: { count: 0, lows: [], highs: [] },
  from: 0,
  to: 0,
  once: [],
  often: [],
  alerted: [],
  finding: null,
};

export interface Moment {
  /** Number of this reading, counted from the first one. */
  readonly reading: number;
  readonly at: EpochMs;
  /** An alert is open: nothing is learned. */
  readonly open: boolean;
  readonly side: "both" | "above" | "below";
  /** Narrowest band of this view. */
  readonly minWidth: number;
}

/** Evidence that still speaks at a reading. */
export const liveEvidence = ({ finding }: Band, reading: number): number =>
  finding !== null && reading - finding.reading <= EVIDENCE_READINGS ? finding.evidence : 0;

/** The band after one more value of its view. The same object when nothing changed. */
export function look(band: Band, value: number, moment: Moment): Band {
  const taught = band.learning === null ? band : learn(band, band.learning, { value, moment });
  if (!hasEdges(band)) return taught;
  const current = expire(taught, moment);
  const place = placeOf(current, value);
  if (place === 0 || (moment.side !== "both" && place > 0 !== (moment.side === "above"))) {
    return current;
  }
  const known = nearest(current, place);
  if (known.distance < SAME_PLACE) {
    return known.once === undefined ? current : seenAgain(current, known.once);
  }
  if (current.alerted.some((other) => isSame(other, place))) return current;
  return news(current, { value, place, distance: known.distance, moment });
}

/** After an alert: what it showed is remembered as such. */
export function afterAlert(band: Band): Band {
  if (band.finding === null) return band;
  return { ...band, alerted: remember(band.alerted, band.finding.places), finding: null };
}

/** A harmless one-off: its places were seen. */
export function accept(band: Band): Band {
  if (band.finding === null) return band;
  return { ...band, once: remember(band.once, band.finding.places), finding: null };
}

/**
 * What is new now is normal from now on: home reaches up to it, until the readings from here on have
 * drawn edges of their own.
 */
export function settle(band: Band): Band {
  if (!hasEdges(band)) return band;
  const reach = (band.finding?.places ?? []).map((place) => valueAt(band, place));
  return {
    ...band,
    from: rounded(Math.min(band.from, ...reach)),
    to: rounded(Math.max(band.to, ...reach)),
    finding: null,
  };
}

/** False while the first edges are being learned. */
const hasEdges = ({ from, to }: Band): boolean => to > from;

function learn(
  band: Band,
  learning: NonNullable<Band["learning"]>,
  { value, moment }: { readonly value: number; readonly moment: Moment },
): Band {
  if (moment.open) return band;
  const lows = outermost(learning.lows, value, -1);
  const highs = outermost(learning.highs, value, 1);
  const count = learning.count + 1;
  if (count < BAND_READINGS) return { ...band, learning: { count, lows, highs } };
  const low = lows[TRIMMED] ?? value;
  const high = highs[TRIMMED] ?? value;
  const missing = Math.max(0, moment.minWidth - (high - low)) / 2;
  const from = rounded(low - missing);
  const to = rounded(high + missing);
  const ready: Band = { ...band, learning: null, from, to, once: [], alerted: [] };
  const outside = [...lows, ...highs].map((seen) => placeOf(ready, seen));
  return { ...ready, often: [...new Set(outside.filter((place) => place !== 0))] };
}

function outermost(values: readonly number[], value: number, sign: 1 | -1): readonly number[] {
  const last = values[TRIMMED];
  if (last !== undefined && (value - last) * sign <= 0) return values;
  return [...values, value].sort((a, b) => (b - a) * sign).slice(0, TRIMMED + 1);
}

function placeOf({ from, to }: Band, value: number): number {
  const outside = value > to ? value - to : value < from ? from - value : 0;
  // One step of grace: the edges were learned from a few readings.
  const steps = (outside / (to - from)) * STEPS;
  if (steps <= 1) return 0;
  const place = Math.round((Math.log(steps) / GROWTH) * 100) / 100;
  return value > to ? place : -place;
}

function valueAt({ from, to }: Band, place: number): number {
  const outside = (Math.exp(Math.abs(place) * GROWTH) / STEPS) * (to - from);
  return place > 0 ? to + outside : from - outside;
}

const isSame = (a: number, b: number): boolean => a > 0 === b > 0 && Math.abs(a - b) < SAME_PLACE;

function nearest(band: Band, place: number): { distance: number; once: number | undefined } {
  let distance = Math.abs(place);
  let once: number | undefined;
  for (const other of band.often) {
    if (other > 0 === place > 0) distance = Math.min(distance, Math.abs(other - place));
  }
  for (const other of band.once) {
    if (other > 0 !== place > 0 || Math.abs(other - place) >= distance) continue;
    distance = Math.abs(other - place);
    once = other;
  }
  return { distance, once };
}

const seenAgain = (band: Band, place: number): Band => ({
  ...band,
  once: band.once.filter((other) => other !== place),
  often: remember(band.often, [place]),
});

/** Over without an alert: a harmless one-off, which is learned. */
function expire(band: Band, { reading, open }: Moment): Band {
  const { finding } = band;
  if (finding === null || reading - finding.reading <= EVIDENCE_READINGS) return band;
  if (!open) return accept(band);
  return finding.evidence === 0 ? band : { ...band, finding: { ...finding, evidence: 0 } };
}

function news(
  band: Band,
  seen: {
    readonly value: number;
    readonly place: number;
    readonly distance: number;
    readonly moment: Moment;
  },
): Band {
  const { reading, at, open } = seen.moment;
  // Good and Turing: the chance that the next reading is new is about (seen once) / (all).
  const rarity = Math.log10((reading + 1) / (band.once.length + 1));
  const share = (seen.distance - FROM_DISTANCE) / (FULL_DISTANCE - FROM_DISTANCE);
  const evidence = Math.min(1, share) * rarity;
  const before = band.finding;
  if (before === null) {
    const places = [seen.place];
    return { ...band, finding: { evidence, reading, since: at, value: seen.value, places } };
  }
  const repeated = before.places.some((other) => isSame(other, seen.place));
  const stronger = evidence > before.evidence;
  if (repeated && !open && !stronger) return band;
  const finding: Finding = {
    evidence: stronger ? evidence : before.evidence,
    // Staying at a new place is no further news, but it keeps an open alert open.
    reading: repeated && !open ? before.reading : reading,
    since: before.since,
    value: stronger ? seen.value : before.value,
    places: repeated ? before.places : remember(before.places, [seen.place]),
  };
  return { ...band, finding };
}

/** Edges from a few readings: more digits would only make the state larger. */
const rounded = (edge: number): number => Number(edge.toPrecision(8));

const remember = (known: readonly number[], places: readonly number[]): readonly number[] =>
  [...known, ...places].slice(-MAX_PLACES);
