export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** Figures of one set at one level; null = there is nothing to count. */
export interface Figures {
  readonly [name: string]: FigureValue;
}
export type FigureValue = number | null | readonly (number | null)[] | Figures;

export const sumOf = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

export const meanOf = (values: readonly number[]): number | null =>
  values.length === 0 ? null : sumOf(values) / values.length;

export const share = (part: number, whole: number): number | null =>
  whole === 0 ? null : part / whole;

/** Quantile by rank: the element number floor(p n) of the sorted values, as the published figures use it. */
export function rankQuantile(values: readonly number[], p: number): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(p * sorted.length))] ?? null;
}

/** Steps from false to true, a true first element included. */
export function risesIn(flags: readonly boolean[]): number {
  let rises = 0;
  let before = false;
  for (const flag of flags) {
    if (flag && !before) rises += 1;
    before = flag;
  }
  return rises;
}

/** Rows in alarm and rows that should be, counted against each other. */
export function confusion(inAlarm: readonly boolean[], bad: readonly boolean[]) {
  const counts = { truePositives: 0, falsePositives: 0, falseNegatives: 0, trueNegatives: 0 };
  for (const [row, alarm] of inAlarm.entries()) {
    if (alarm) counts[bad[row] === true ? "truePositives" : "falsePositives"] += 1;
    else counts[bad[row] === true ? "falseNegatives" : "trueNegatives"] += 1;
  }
  return counts;
}

type Confusion = ReturnType<typeof confusion>;

export const f1Of = ({ truePositives, falsePositives, falseNegatives }: Confusion): number =>
  truePositives === 0
    ? 0
    : (2 * truePositives) / (2 * truePositives + falsePositives + falseNegatives);

export function addUp(parts: readonly Confusion[]): Confusion {
  return {
    truePositives: sumOf(parts.map((part) => part.truePositives)),
    falsePositives: sumOf(parts.map((part) => part.falsePositives)),
    falseNegatives: sumOf(parts.map((part) => part.falseNegatives)),
    trueNegatives: sumOf(parts.map((part) => part.trueNegatives)),
  };
}
