import type { ProductModel, SignalModel, SignalValue } from "@voorzorg/firmware-contracts";
import type { EvidenceLimit } from "#domain/case/case.ts";
import type { EpochMs } from "#domain/units.ts";
import { unitText, valueText } from "#pipeline/wording/value-text.ts";
import type { PlotData } from "#ports/chart-drawer.ts";
import type { SeriesPoint } from "#ports/series-store.ts";

/** A moment to draw as a line down, with its word. */
export interface Mark {
  readonly at: EpochMs;
  readonly text: string;
  readonly tone: PlotData["marks"][number]["tone"];
}

export interface Plotted {
  readonly signal: string;
  readonly product: ProductModel | undefined;
  readonly limits: readonly EvidenceLimit[];
  readonly marks: readonly Mark[];
}

const MAX_CATEGORIES = 20;

export function plotData(chart: Plotted, points: readonly SeriesPoint[]): PlotData {
  const model = chart.product?.signals[chart.signal];
  const categories = categoriesOf(points, model);
  const toNumber = (value: SignalValue): number | null => {
    if (typeof value === "number") return Number(value.toPrecision(6));
    if (value === null) return value;
    if (typeof value === "boolean") return value ? 1 : 0;
    const place = categories.indexOf(value);
    return place < 0 ? null : place;
  };
  const drawn = withGaps(points, gapOf(chart.product, model, points));
  return {
    title: model?.title ?? chart.signal,
    unit: unitText(model?.unit),
    stepped: categories.length > 0,
    categories,
    seconds: drawn.map(({ at }) => at / 1_000),
    values: drawn.map(({ value }) => toNumber(value)),
    limits: numericLimits(chart).map((limit) => ({
      value: limit.value,
      text: `limit ${valueText(limit.value, model)}`,
    })),
    marks: chart.marks.map(({ at, text, tone }) => ({ second: at / 1_000, text, tone })),
  };
}

/** The limits of this signal that can be drawn as a line. */
export function numericLimits(
  chart: Pick<Plotted, "signal" | "limits">,
): readonly { readonly op: EvidenceLimit["op"]; readonly value: number }[] {
  return chart.limits.flatMap(({ signal, op, value }) =>
    signal === chart.signal && typeof value === "number" ? [{ op, value }] : [],
  );
}

/** When it began and when it was found. */
export const evidenceMarks = (evidence: {
  readonly onsetAt: EpochMs;
  readonly detectedAt: EpochMs;
}): readonly Mark[] => [
  { at: evidence.onsetAt, text: "Began", tone: "bad" },
  { at: evidence.detectedAt, text: "Found", tone: "watch" },
];

/** States and counters hold their value; a gauge is unknown after three periods without a sample. */
function gapOf(
  product: ProductModel | undefined,
  model: SignalModel | undefined,
  points: readonly SeriesPoint[],
): number {
  if (product === undefined || model?.kind !== "gauge") return Infinity;
  const span = (points.at(-1)?.at ?? 0) - (points[0]?.at ?? 0);
  // Thinned points stand further apart than the device's samples did.
  return 3 * Math.max(model.periodMs ?? product.expectedPeriodMs, span / points.length);
}

function withGaps(points: readonly SeriesPoint[], gapMs: number): readonly SeriesPoint[] {
  return points.flatMap((point, i) => {
    const previous = points[i - 1];
    const isGap = previous !== undefined && point.at - previous.at > gapMs;
    return isGap ? [{ at: (previous.at + point.at) / 2, value: null }, point] : [point];
  });
}

function categoriesOf(
  points: readonly SeriesPoint[],
  model: SignalModel | undefined,
): readonly string[] {
  if (model?.kind === "flag") return ["no", "yes"];
  const texts = points.flatMap(({ value }) => (typeof value === "string" ? [value] : []));
  if (texts.length === 0) {
    return points.some(({ value }) => typeof value === "boolean") ? ["no", "yes"] : [];
  }
  return [...new Set([...(model?.values ?? []), ...texts])].slice(0, MAX_CATEGORIES);
}
