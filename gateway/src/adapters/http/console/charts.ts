import type { ProductModel, SignalModel } from "@voorzorg/firmware-contracts";
import type { EvidenceLimit } from "#domain/case/case.ts";
import type { DayOfUse } from "#domain/device-view.ts";
import type { EpochMs } from "#domain/units.ts";
import type { SeriesPoint } from "#ports/series-store.ts";
import type { Html } from "./html.ts";
import { html } from "./html.ts";
import { time, unitText, valueText } from "./words.ts";

export interface Mark {
  readonly at: EpochMs;
  readonly text: string;
  readonly tone: "bad" | "watch";
}

export interface SignalChart {
  readonly signal: string;
  readonly product: ProductModel | undefined;
  readonly points: readonly SeriesPoint[];
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
  if (chart.points.length === 0) {
    return html`<figure class="chart"><figcaption>${title}</figcaption>
<p class="faint">No samples of this time are stored.</p></figure>`;
  }
  const data = plotData(chart, model);
  return html`<figure class="chart">
<figcaption>${title}${data.unit !== "" && html` <span class="faint">in ${data.unit}</span>`}</figcaption>
<div class="plot" data-plot="${JSON.stringify(data)}" aria-hidden="true"></div>
<p class="reading">${describe(chart, model)}</p>
${chart.listMarks && markList(chart.marks)}
<details><summary>${title} as a table</summary>${table(chart.points, model)}</details>
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

function plotData(chart: SignalChart, model: SignalModel | undefined): PlotData {
  const categories = categoriesOf(chart.points, model);
  const toNumber = (value: SeriesPoint["value"]): number | null => {
    if (value === null || typeof value === "number") return value;
    if (typeof value === "boolean") return value ? 1 : 0;
    return categories.indexOf(value);
  };
  return {
    title: model?.title ?? chart.signal,
    unit: unitText(model?.unit),
    stepped: categories.length > 0,
    categories,
    seconds: chart.points.map(({ at }) => at / 1_000),
    values: chart.points.map(({ value }) => toNumber(value)),
    limits: numericLimits(chart).map((limit) => ({
      value: limit.value,
      text: `limit ${valueText(limit.value, model)}`,
    })),
    marks: chart.marks.map(({ at, text, tone }) => ({ second: at / 1_000, text, tone })),
  };
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

function describe(chart: SignalChart, model: SignalModel | undefined): Html {
  const first = chart.points[0];
  const last = chart.points.at(-1);
  if (first === undefined || last === undefined) return html``;
  const numbers = chart.points.flatMap(({ value }) => (typeof value === "number" ? [value] : []));
  const range =
    numbers.length > 0 &&
    html`between <strong>${valueText(min(numbers), model)}</strong> and <strong>${valueText(max(numbers), model)}</strong>, `;
  const limits = numericLimits(chart).map(
    ({ op, value }) =>
      html` ${LIMIT_WORDS[op] ?? "Limit"} ${valueText(value, model)}, ${beyond(numbers, op, value)}.`,
  );
  return html`From ${time(first.at)} to ${time(last.at)}: ${range}last ${valueText(last.value, model)}.${limits}`;
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
    ({ at, text, tone }) => html`<li class="${tone}">${text}: ${time(at)}</li>`,
  )}</ul>`;

function table(points: readonly SeriesPoint[], model: SignalModel | undefined): Html {
  const every = Math.ceil(points.length / TABLE_ROWS);
  const rows = points.filter((_, i) => i % every === 0 || i === points.length - 1);
  return html`<table><thead><tr><th scope="col">Time</th><th scope="col">Value</th></tr></thead>
<tbody>${rows.map(
    ({ at, value }) => html`<tr><td>${time(at)}</td><td>${valueText(value, model)}</td></tr>`,
  )}</tbody></table>`;
}

const BAR = 10;
const HEIGHT = 80;

/** Use per day as bars; drawn here, so it needs no script. */
export function useChart(use: readonly DayOfUse[], product: ProductModel | undefined): Html {
  const title = product?.use?.title ?? "Use";
  const unit = unitText(product?.use?.unit);
  const top = max(use.map(({ amount }) => amount));
  const first = use[0];
  const last = use.at(-1);
  if (first === undefined || last === undefined) {
    return html`<p class="faint">No use was seen yet.</p>`;
  }
  const total = use.reduce((sum, { amount }) => sum + amount, 0);
  const idle = use.filter(({ amount }) => amount === 0).length;
  const amountText = (amount: number) => valueText(amount, { unit: product?.use?.unit ?? "1" });
  return html`<figure class="chart">
<figcaption>${title} per day${unit !== "" && html` <span class="faint">in ${unit}</span>`}</figcaption>
<svg class="bars" viewBox="0 0 ${use.length * BAR} ${HEIGHT}" preserveAspectRatio="none" aria-hidden="true">
${use.map(({ amount }, i) => bar(i, top === 0 ? 0 : (amount / top) * HEIGHT))}
</svg>
<p class="reading">${use.length} days from ${first.day} to ${last.day}: ${amountText(total / use.length)} per day on average, at most ${amountText(top)}; ${idle} ${idle === 1 ? "day" : "days"} without use.</p>
<details><summary>${title} per day as a table</summary>
<table><thead><tr><th scope="col">Day (UTC)</th><th scope="col">${title}</th></tr></thead>
<tbody>${[...use].reverse().map(({ day, amount }) => html`<tr><td>${day}</td><td>${amountText(amount)}</td></tr>`)}</tbody></table>
</details>
</figure>`;
}

/** A day without use still shows: a line on the ground. */
function bar(i: number, height: number): Html {
  const drawn = Math.max(height, 1);
  return html`<rect x="${i * BAR + 1}" y="${HEIGHT - drawn}" width="${BAR - 2}" height="${drawn}"${height === 0 && html` class="none"`}/>`;
}
