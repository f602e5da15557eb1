import type { ProductModel } from "@voorzorg/firmware-contracts";
import type { Detector, Explanation, Step, Verdict } from "#domain/detect/detector.ts";
import type { PeerReading, PeersView } from "#domain/detect/others.ts";
import { durationText, knownValues, quantity } from "#domain/detect/wording.ts";
import type { CohortTest } from "#domain/rules/kinds/cohort-test.ts";
import type { Rule } from "#domain/rules/rule.ts";
import type { EpochMs } from "#domain/units.ts";

/** An active alert stays a breach until the device is this much nearer than the limit. */
const CLEAR_SHARE = 0.8;
/** Peers count if their newest window ended at most so many windows before or after. */
const FRESH_WINDOWS = 2;
/** Makes the median of absolute deviations comparable with a standard deviation. */
const MAD_TO_SD = 1.4826;
/** Sums of parts of a voice differ by rounding only. */
const WEIGHT_EPS = 1e-9;

export interface CohortDetectorState {
  /** First reading of the window under way, and what came since; null = none. */
  readonly start: EpochMs | null;
  readonly count: number;
  readonly sum: number;
  /** Own normal, which the peers get to know; null = none yet. */
  readonly normal: number | null;
  /** Windows in the normal, at most `memory`. */
  readonly windows: number;
  /** The window that was judged last. */
  readonly seen: Comparison | null;
  readonly since: EpochMs | null;
  readonly verdict: Verdict;
}

interface Comparison {
  readonly mean: number;
  readonly peers: number;
  /** Median of the peers and one spread of theirs; null = too few of them. */
  readonly centre: number | null;
  readonly spread: number;
}

const START: CohortDetectorState = {
  start: null,
  count: 0,
  sum: 0,
  normal: null,
  windows: 0,
  seen: null,
  since: null,
  verdict: { kind: "unknown", why: "not enough data yet: no whole window" },
};

/**
 * Compares the mean of a window with the median of the peers' own normals, in spreads of the peers
 * (median of absolute deviations). So that one bad batch does not become the normal:
 * - the device itself, and with `unlike` its whole batch, is no part of the reference, and of the
 *   other batches each has one voice, however large it is;
 * - a median holds until half of the reference is bad;
 * - peers lend their long-term normal, which stands still while their own alert is active;
 * - `bounds` is the word of the product, whatever the peers do: who is outside breaks it and is no peer.
 */
export function cohortDetector(
  rule: Rule,
  test: CohortTest,
  model: ProductModel,
): Detector<CohortDetectorState> {
  return {
    rule,
    wants: {
      signals: [test.signal],
      events: [],
      device: false,
      cohort: { by: test.by, batch: test.unlike },
    },
    clock: "device",
    start: () => START,
    step: (state, input, active): Step<CohortDetectorState> => {
      if (input.kind === "samples") {
        const value = input.view.get(test.signal);
        if (typeof value !== "number") {
          const verdict: Verdict = { kind: "unknown", why: `${test.signal} is unknown` };
          return { state, verdict, deadline: undefined };
        }
        const { at } = input.view;
        const step = take(test, state, { at, value, peers: input.peers, active });
        const deadline = active ? input.now + 2 * test.window + 1 : undefined;
        return { ...step, verdict: step.state.verdict, deadline };
      }
      if (input.kind !== "deadline") return { state, verdict: state.verdict, deadline: undefined };
      const why = `no reading for ${durationText(2 * test.window)}`;
      return { state, verdict: { kind: "unknown", why }, deadline: undefined };
    },
    explain: (state, input) =>
      explain({ rule, test, model }, state, input.kind === "samples" ? input.view : undefined),
  };
}

interface Reading {
  readonly at: EpochMs;
  readonly value: number;
  readonly peers: PeersView | undefined;
  readonly active: boolean;
}

type Taken = Pick<Step<CohortDetectorState>, "state" | "tells">;

function take(test: CohortTest, before: CohortDetectorState, reading: Reading): Taken {
  const { at, value } = reading;
  const { start, count, sum } = before;
  if (start === null) return { state: { ...before, start: at, count: 1, sum: value } };
  if (at - start < test.window) {
    return { state: { ...before, count: count + 1, sum: sum + value } };
  }
  const end = start + test.window;
  const seen = compare(test, { mean: sum / count, end, peers: reading.peers });
  const verdict = judge(test, seen, { start, since: before.since, active: reading.active });
  const bad = verdict.kind === "breach";
  const windows = bad ? before.windows : Math.min(before.windows + 1, test.memory);
  const old = before.normal ?? seen.mean;
  const normal = bad ? before.normal : old + (seen.mean - old) / windows;
  const since = bad ? verdict.since : verdict.kind === "ok" ? null : before.since;
  const fresh = { start: at, count: 1, sum: value };
  const state = { ...fresh, normal, windows, seen, since, verdict };
  // Who was never found right lends what there is: else a fleet that starts bad would have no peers.
  return { state, tells: { at: end, value: normal ?? seen.mean } };
}

function compare(
  test: CohortTest,
  { mean, end, peers }: { mean: number; end: EpochMs; peers: PeersView | undefined },
): Comparison {
  const isPeer = (reading: PeerReading): boolean =>
    Math.abs(reading.at - end) <= FRESH_WINDOWS * test.window &&
    !isOutside(test, reading.value) &&
    (reading.batch === "" || reading.batch !== peers?.batch);
  const found = (peers?.readings() ?? []).filter(isPeer);
  if (found.length < test.minPeers) {
    return { mean, peers: found.length, centre: null, spread: test.minSpread };
  }
  const voices = voicesOf(found);
  const centre = median(voices);
  const mad = median(voices.map(([value, weight]) => [Math.abs(value - centre), weight]));
  const spread = Math.max(MAD_TO_SD * mad, test.minSpread);
  return { mean, peers: found.length, centre, spread };
}

function judge(
  test: CohortTest,
  { mean, peers, centre, spread }: Comparison,
  episode: { readonly start: EpochMs; readonly since: EpochMs | null; readonly active: boolean },
): Verdict {
  const breach: Verdict = { kind: "breach", since: episode.since ?? episode.start };
  if (isOutside(test, mean)) return breach;
  if (centre === null) {
    return { kind: "unknown", why: `only ${peers} of ${test.minPeers} peers` };
  }
  const limit = episode.active ? test.limit * CLEAR_SHARE : test.limit;
  return Math.abs(mean - centre) > limit * spread ? breach : { kind: "ok" };
}

const isOutside = ({ bounds: [low, high] }: CohortTest, value: number): boolean =>
  (low !== null && value < low) || (high !== null && value > high);

type Voice = readonly [value: number, weight: number];

/** The devices of a batch share one voice; who is of none has its own. */
function voicesOf(readings: readonly PeerReading[]): readonly Voice[] {
  const sizes = new Map<string, number>();
  for (const { batch } of readings) sizes.set(batch, (sizes.get(batch) ?? 0) + 1);
  return readings.map(({ value, batch }) => [
    value,
    batch === "" ? 1 : 1 / (sizes.get(batch) ?? 1),
  ]);
}

/** Weighted; between two voices that part the weights evenly, the middle of both. */
function median(voices: readonly Voice[]): number {
  const sorted = voices.toSorted(([a], [b]) => a - b);
  const half = sorted.reduce((sum, [, weight]) => sum + weight, 0) / 2;
  let passed = 0;
  for (const [i, [value, weight]] of sorted.entries()) {
    passed += weight;
    if (Math.abs(passed - half) < WEIGHT_EPS) return (value + (sorted[i + 1]?.[0] ?? value)) / 2;
    if (passed > half) return value;
  }
  return 0;
}

function explain(
  { rule, test, model }: { rule: Rule; test: CohortTest; model: ProductModel },
  { seen, normal }: CohortDetectorState,
  view: Parameters<typeof knownValues>[1],
): Explanation {
  const { signal, window, limit } = test;
  const { mean, peers, centre, spread } = seen ?? {
    mean: 0,
    peers: 0,
    centre: null,
    spread: test.minSpread,
  };
  const shown = (value: number) => quantity(value, model.signals[signal]?.unit);
  const own = normal === null ? "" : `, its own normal is ${shown(normal)}`;
  const steps = centre === null ? 0 : (mean - centre) / spread;
  const above = centre === null ? mean > (test.bounds[1] ?? mean) : steps > 0;
  const [low, high] = test.bounds;
  const edge = centre === null ? (above ? high : low) : centre + (above ? 1 : -1) * limit * spread;
  const compared =
    centre === null
      ? ` (only ${peers} of ${test.minPeers} peers to compare with)`
      : `, ${Math.abs(steps).toFixed(1)} spreads ${above ? "above" : "below"} the median of ${peers} peers, ${shown(centre)}`;
  return {
    observed: `${signal} ${shown(mean)} on average over ${durationText(window)}${compared}${own}`,
    expected: `${signal} at ${above ? "most" : "least"} ${shown(edge ?? 0)}`,
    signals: [signal],
    limits: edge === null ? [] : [{ signal, op: above ? ">" : "<", value: edge }],
    values: knownValues([signal], view),
    disproof:
      rule.disproof || `the device is used in another way than its peers, or they are too few`,
    sure:
      peers >= 3 * test.minPeers && Math.abs(steps) > 1.5 * limit
        ? `high: far from all of ${peers} peers`
        : `medium: compared with ${peers} peers, which may be used otherwise`,
  };
}
