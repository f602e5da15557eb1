import type { ProductModel, SignalModel } from "@voorzorg/firmware-contracts";
import type { EvidenceLimit } from "#domain/case/case.ts";
import { GatewayError } from "#domain/errors.ts";
import type { EpochMs } from "#domain/units.ts";
import type { SeriesPoint } from "#ports/series-store.ts";
import type { Html } from "./html.ts";
import { html } from "./html.ts";
import type { Curve } from "./read-series.ts";
import { dayTime, unitText, valueText } from "./words.ts";

export interface Mark {
  readonly at: EpochMs;
  readonly text: string;
  readonly tone: "bad" | "watch";
}

export interface SignalChart {
  readonly signal: string;
  readonly product: ProductModel | undefined;
  readonly curve: Curve;
  readonly limits: readonly EvidenceLimit[];
  readonly marks: readonly Mark[];
  /** Whether the moments are listed in words as well; once per page is enough. */
  readonly listMarks: boolean;
}

/** Rows of the table that stands in for the picture. */
const TABLE_ROWS = 24;

/** One signal over time: a picture for who sees it, the same in words and as a table for all. */
export function signalChart(chart: SignalChart): Html {
  const model = chart.product?.signals[chart.signal];
  const title = model?.title ?? chart.signal;
  const { points, missing } = chart.curve;
  const partial =
    missing !== null && html`<p class="faint">Older samples may be missing: ${missing}</p>`;
  if (points instanceof GatewayError || points.length === 0) {
    const why =
      points instanceof GatewayError ? points.message : "No samples of this time are stored.";
    return html`<figure class="chart"><figcaption>${title}</figcaption>
<p class="faint">${why}</p>
${partial}</figure>`;
  }
  const data = plotData(chart, points);
  return html`<figure class="chart">
<figcaption>${title}${data.unit !== "" && html` <span class="faint">in ${data.unit}</span>`}</figcaption>
<div class="plot" data-plot="${JSON.stringify(data)}" aria-hidden="true"></div>
<p class="reading">${describe(chart, points)}</p>
${partial}
${chart.listMarks && markList(chart.marks)}
<details><summary>${title} as a table</summary>${table(points, model)}</details>
</figure>`;
}

interface PlotData {
  readonly title: string;
  readonly unit: string;
  readonly stepped: boolean;
  readonly categories: readonly string[];
  readonly seconds: readonly number[];
  readonly values: readonly (number | null)[];
  readonly limits: readonly { readonly value: number; readonly text: string }[];
  readonly marks: readonly {
    readonly second: number;
    readonly text: string;
    readonly tone: string;
  }[];
}

function plotData(chart: SignalChart, points: readonly SeriesPoint[]): PlotData {
  const model = chart.product?.signals[chart.signal];
  const categories = categoriesOf(points, model);
  const toNumber = (value: SeriesPoint["value"]): number | null => {
    if (typeof value === "number") return Number(value.toPrecision(6));
    if (value === null) return value;
    if (typeof value === "boolean") return value ? 1 : 0;
    return categories.indexOf(value);
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

function categoriesOf(points: readonly SeriesPoint[], model: SignalModel | undefined): string[] {
  if (model?.kind === "flag") return ["no", "yes"];
  const texts = points.flatMap(({ value }) => (typeof value === "string" ? [value] : []));
  if (texts.length === 0) {
    return points.some(({ value }) => typeof value === "boolean") ? ["no", "yes"] : [];
  }
  return [...new Set([...(model?.values ?? []), ...texts])].slice(0, 20);
}

function numericLimits(chart: SignalChart): { readonly op: string; readonly value: number }[] {
  return chart.limits.flatMap(({ signal, op, value }) =>
    signal === chart.signal && typeof value === "number" ? [{ op, value }] : [],
  );
}

function describe(chart: SignalChart, points: readonly SeriesPoint[]): Html {
  const model = chart.product?.signals[chart.signal];
  const first = points[0];
  const last = points.at(-1);
  if (first === undefined || last === undefined) return html``;
  const numbers = points.flatMap(({ value }) => (typeof value === "number" ? [value] : []));
  const range =
    numbers.length > 0 &&
    html`between <strong>${valueText(min(numbers), model)}</strong> and <strong>${valueText(max(numbers), model)}</strong>, `;
  const limits = numericLimits(chart).map(
    ({ op, value }) =>
      html` ${LIMIT_WORDS[op] ?? "Limit"} ${valueText(value, model)}, ${beyond(numbers, op, value)}.`,
  );
  return html`From ${dayTime(first.at)} to ${dayTime(last.at)}: ${range}last ${valueText(last.value, model)}.${limits}`;
}

const LIMIT_WORDS: Readonly<Record<string, string>> = {
  ">": "Allowed: at most",
  ">=": "Allowed: below",
  "<": "Allowed: at least",
  "<=": "Allowed: above",
};

function beyond(numbers: readonly number[], op: string, limit: number): string {
  const upward = op.startsWith(">");
  if (!upward && !op.startsWith("<")) return "drawn as a line";
  const worst = upward ? max(numbers) : min(numbers);
  const past = upward ? worst - limit : limit - worst;
  if (past <= 0) return "kept within this time";
  return `passed by up to ${valueText(past)}`;
}

/** Math.min(...) of thousands of points would exceed the stack. */
const min = (numbers: readonly number[]) => numbers.reduce((a, b) => Math.min(a, b), Infinity);
const max = (numbers: readonly number[]) => numbers.reduce((a, b) => Math.max(a, b), -Infinity);

const markList = (marks: readonly Mark[]): Html =>
  html`<ul class="marks">${marks.map(
    ({ at, text, tone }) => html`<li class="${tone}">${text}: ${dayTime(at)}</li>`,
  )}</ul>`;

function table(points: readonly SeriesPoint[], model: SignalModel | undefined): Html {
  const every = Math.ceil(points.length / TABLE_ROWS);
  const rows = points.filter((_, i) => i % every === 0 || i === points.length - 1);
  return html`<table><thead><tr><th scope="col">Time</th><th scope="col">Value</th></tr></thead>
<tbody>${rows.map(
    ({ at, value }) => html`<tr><td>${dayTime(at)}</td><td>${valueText(value, model)}</td></tr>`,
  )}</tbody></table>`;
}
