import type { ProductModel } from "@voorzorg/firmware-contracts";
import type { DayOfUse } from "#domain/device-view.ts";
import { unitText, valueText } from "#pipeline/wording/value-text.ts";
import type { Html } from "./html.ts";
import { html } from "./html.ts";

const BAR = 10;
const HEIGHT = 80;
/** A young device's few days stay bars, at the right, where the newest always is. */
const MIN_SLOTS = 21;

/** Use per day as bars; drawn here, so it needs no script. */
export function useChart(use: readonly DayOfUse[], product: ProductModel | undefined): Html {
  const title = product?.use?.title ?? "Use";
  const unit = unitText(product?.use?.unit);
  const top = use.reduce((highest, { amount }) => Math.max(highest, amount), 0);
  const first = use[0];
  const last = use.at(-1);
  if (first === undefined || last === undefined) {
    return html`<p class="faint">No use was seen yet.</p>`;
  }
  const total = use.reduce((sum, { amount }) => sum + amount, 0);
  const idle = use.filter(({ amount }) => amount === 0).length;
  const slots = Math.max(use.length, MIN_SLOTS);
  const amountText = (amount: number) => valueText(amount, { unit: product?.use?.unit ?? "1" });
  return html`<figure class="chart">
<figcaption>${title} per day${unit !== "" && html` <span class="faint">in ${unit}</span>`}</figcaption>
<svg class="bars" viewBox="0 0 ${slots * BAR} ${HEIGHT}" preserveAspectRatio="none" aria-hidden="true">
${use.map(({ amount }, i) => bar(slots - use.length + i, top === 0 ? 0 : (amount / top) * HEIGHT))}
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
