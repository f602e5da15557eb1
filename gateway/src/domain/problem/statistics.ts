/**
 * Tails of exact distributions. Sums of probabilities go from the first term up by ratios of
 * neighbours, so that only that term needs logarithms of factorials.
 */

/** Smallest probability that is told; what is less likely is this. */
export const LEAST_P = 1e-300;

const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313,
  -176.61502916214059, 12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6,
  1.5056327351493116e-7,
] as const;
const HALF_LOG_TAU = 0.9189385332046727;

/** ln Γ(x) for x >= 0.5, by Lanczos' approximation (g = 7): relative error below 1e-13. */
export function logGamma(x: number): number {
  const shifted = x - 1;
  let sum: number = LANCZOS[0];
  for (let i = 1; i < LANCZOS.length; i++) sum += (LANCZOS[i] as number) / (shifted + i);
  const t = shifted + 7.5;
  return HALF_LOG_TAU + (shifted + 0.5) * Math.log(t) - t + Math.log(sum);
}

/** ln of "n choose k". */
const logChoose = (n: number, k: number): number =>
  k === 0 || k === n ? 0 : logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);

/** Sum of a unimodal series from its first term on, in logarithms; `ratio(i)`: term i + 1 over term i. */
function logTail(
  first: number,
  range: { readonly from: number; readonly to: number },
  ratio: (i: number) => number,
): number {
  let term = 1;
  let sum = 1;
  // Terms far above the first would overflow: the scale moves with them.
  let scale = first;
  for (let i = range.from; i < range.to; i++) {
    const next = ratio(i);
    term *= next;
    sum += term;
    if (next < 1 && term < sum * 1e-17) break;
    if (sum > 1e200) {
      scale += Math.log(1e200);
      term /= 1e200;
      sum /= 1e200;
    }
  }
  return scale + Math.log(sum);
}

const probability = (log: number): number => Math.min(1, Math.max(LEAST_P, Math.exp(log)));

export interface Draw {
  /** All, those of them that are marked, those that were drawn, and the marked among the drawn. */
  readonly population: number;
  readonly marked: number;
  readonly drawn: number;
  readonly found: number;
}

/** P(X >= found) of the hypergeometric distribution: so many marked ones or more, drawn by chance. */
export function hypergeometricTail({ population, marked, drawn, found }: Draw): number {
  const least = Math.max(0, marked + drawn - population);
  const most = Math.min(marked, drawn);
  if (found <= least) return 1;
  if (found > most) return 0;
  const first =
    logChoose(marked, found) +
    logChoose(population - marked, drawn - found) -
    logChoose(population, drawn);
  const rest = population - marked - drawn;
  const ratio = (i: number) => ((marked - i) * (drawn - i)) / ((i + 1) * (rest + i + 1));
  return probability(logTail(first, { from: found, to: most }, ratio));
}

/** P(X >= found) of so many tries, each with the same chance (above 0, below 1). */
export function binomialTail(tries: number, chance: number, found: number): number {
  if (found <= 0) return 1;
  if (found > tries) return 0;
  const first =
    logChoose(tries, found) + found * Math.log(chance) + (tries - found) * Math.log1p(-chance);
  const odds = chance / (1 - chance);
  const ratio = (i: number) => ((tries - i) / (i + 1)) * odds;
  return probability(logTail(first, { from: found, to: tries }, ratio));
}

/**
 * Chance of `now` events or more in one unit of time by the rate of `before` events in `units` of them:
 * of all events each falls into the last unit with the chance 1 / (units + 1) (the conditional test of
 * two Poisson rates, Przyborowski and Wilenski 1940). Exact, and careful by itself when little is known.
 */
export const rateTail = (now: number, before: number, units: number): number =>
  units <= 0 ? 1 : binomialTail(now + before, 1 / (units + 1), now);
