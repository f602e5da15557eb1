import type { ProductModel } from "@voorzorg/firmware-contracts";
import type { CaseView, Contribution } from "#domain/case/case.ts";
import { evidenceMarks } from "#pipeline/chart/plot-data.ts";
import type { Window } from "#pipeline/chart/window.ts";
import { CHART_POINTS, chartWindow, MAX_CHARTS } from "#pipeline/chart/window.ts";
import { valueText } from "#pipeline/wording/value-text.ts";
import type { HttpContext } from "../context.ts";
import { signalChart } from "./charts.ts";
import type { Html } from "./html.ts";
import { html } from "./html.ts";
import { readSeries } from "./read-series.ts";
import { useChart } from "./use-chart.ts";
import { dayTime, prose, time } from "./words.ts";

/** The curves that the case rests on, of `window` if the address fixes one. */
export async function evidenceCharts(
  { cases, series }: HttpContext,
  view: CaseView,
  shown: { readonly product: ProductModel | undefined; readonly window: Window | undefined },
): Promise<Html> {
  const { product } = shown;
  const { signals, limits } = view.evidence;
  const device = await cases.device(view.device);
  const use = device !== undefined && view.kind === "underuse" && useChart(device.use, product);
  if (signals.length === 0) {
    return use === false
      ? html`<p class="faint">This case rests on what did not happen, so there is no curve to draw.</p>`
      : use;
  }
  const { from, to } = shown.window ?? chartWindow(view, device?.deviceTime ?? null);
  const marks = evidenceMarks(view.evidence);
  const charts = signals.slice(0, MAX_CHARTS).map(async (signal, i) => {
    const query = { device: view.device, signal, from, to, points: CHART_POINTS };
    const curve = await readSeries(series, query);
    return signalChart({ signal, product, curve, limits, marks, listMarks: i === 0 });
  });
  return html`${use}${fixedNote(shown.window)}${await Promise.all(charts)}`;
}

/** Says that the charts stand still, and how to let them run on. */
export const fixedNote = (window: Window | undefined): Html =>
  window === undefined
    ? html``
    : html`<p class="faint">Shown: ${dayTime(window.from)} to ${dayTime(window.to)}. <a href="?">Show all up to now</a></p>`;

export function evidenceFacts(view: CaseView, product: ProductModel | undefined): Html {
  const { evidence } = view;
  return html`<dl class="facts">
<div><dt>Seen</dt><dd>${prose(evidence.observed)}</dd></div>
<div><dt>Expected</dt><dd>${evidence.expected}</dd></div>
<div><dt>Began</dt><dd>${time(evidence.onsetAt)}</dd></div>
<div><dt>Found</dt><dd>${time(evidence.detectedAt)}</dd></div>
${Object.entries(evidence.values).map(
  ([name, value]) =>
    html`<div><dt>${product?.signals[name]?.title ?? name} then</dt><dd>${valueText(value, product?.signals[name])}</dd></div>`,
)}
<div><dt>How sure</dt><dd>${prose(evidence.sure)}</dd></div>
${
  evidence.contributions !== undefined &&
  html`<div><dt>Carried by</dt><dd>${contributionList(evidence.contributions, product)}</dd></div>`
}
<div><dt>Would prove it wrong</dt><dd>${evidence.disproof === "" ? "not said by the rule" : evidence.disproof}</dd></div>
<div><dt>Rule</dt><dd><code>${view.rule}</code></dd></div>
</dl>`;
}

function contributionList(
  contributions: readonly Contribution[],
  product: ProductModel | undefined,
): Html {
  return html`<ul class="shares">${contributions.map(({ signal, share }) => {
    const percent = Math.round(share * 100);
    return html`<li><meter min="0" max="100" value="${percent}" aria-hidden="true"></meter> ${percent} % ${product?.signals[signal]?.title ?? signal}</li>`;
  })}</ul>`;
}
