import type { SignalModel } from "@voorzorg/firmware-contracts";
import { GatewayError } from "#domain/errors.ts";
import type { Mark, Plotted } from "#pipeline/chart/plot-data.ts";
import { numericLimits, plotData } from "#pipeline/chart/plot-data.ts";
import { valueText } from "#pipeline/wording/value-text.ts";
import type { SeriesPoint } from "#ports/series-store.ts";
import type { Html } from "./html.ts";
import { html } from "./html.ts";
import type { Curve } from "./read-series.ts";
import { dayTime } from "./words.ts";

export interface SignalChart extends Plotted {
  readonly curve: Curve;
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
