import { iso } from "#domain/units.ts";
import type { ValueReport } from "#pipeline/value/report.ts";
import type { Share } from "#pipeline/value/statistics.ts";
import { countText, percentText } from "#pipeline/value/words.ts";
import type { Html } from "./html.ts";
import { html } from "./html.ts";

const SLOT = 12;
const HEIGHT = 80;
/** Few weeks stay as narrow as many, at the right. */
const MIN_SLOTS = 13;

/** The share on a line from 0 to 100 %, with the range in which the true one lies. */
export function shareLine({ share, low, high }: Share): Html {
  if (share === null || low === null || high === null) return html``;
  const place = (value: number) => (100 * value).toFixed(2);
  return html`<svg class="share" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect class="track" x="0" y="4" width="100" height="2"/><rect class="range" x="${place(low)}" y="2" width="${(100 * (high - low)).toFixed(2)}" height="6"/><rect class="dot" x="${place(Math.min(0.985, Math.max(0, share - 0.0075)))}" y="0" width="1.5" height="10"/></svg>`;
}

type Week = ValueReport["groups"][number];

/** Drawn here, so that it needs no script; the table below says the same. */
export function weekCharts({ groups }: ValueReport): Html {
  const [first, last] = [groups[0], groups.at(-1)];
  if (first === undefined || last === undefined || groups.length < 2) return html``;
  const most = groups.reduce((top, { figures }) => Math.max(top, figures.cases), 0);
  const slots = Math.max(groups.length, MIN_SLOTS);
  const at = (i: number) => (slots - groups.length + i) * SLOT;
  return html`<section aria-labelledby="weeks-heading"><h2 id="weeks-heading">Week by week</h2>
<div class="charts">
<figure class="chart"><figcaption>Cases opened per week</figcaption>
<svg class="bars" viewBox="0 0 ${slots * SLOT} ${HEIGHT}" preserveAspectRatio="none" aria-hidden="true">${groups.map(({ figures }, i) => bar(at(i), most === 0 ? 0 : (HEIGHT * figures.cases) / most))}</svg>
<p class="reading">${span(first)} to ${span(last)}; at most ${countText(most)}.</p></figure>
${shareChart("Found before the owner called", groups, { at, slots, of: ({ figures }) => figures.foundBefore })}
${shareChart("Fixes that were proved and held", groups, { at, slots, of: ({ figures }) => figures.verifiedFix })}
${shareChart("False cases", groups, { at, slots, of: ({ figures }) => figures.falseCases })}
</div>
${weekTable(groups)}
</section>`;
}

const bar = (x: number, height: number): Html => {
  const drawn = Math.max(height, 1);
  return html`<rect x="${x + 1}" y="${(HEIGHT - drawn).toFixed(1)}" width="${SLOT - 2}" height="${drawn.toFixed(1)}"/>`;
};

const span = ({ tally }: Week): string => iso(tally.week).slice(0, 10);

interface Drawing {
  readonly at: (i: number) => number;
  readonly slots: number;
  readonly of: (week: Week) => Share;
}

function shareChart(title: string, groups: readonly Week[], { at, slots, of }: Drawing): Html {
  const known = groups.filter((week) => of(week).share !== null);
  const newest = known.at(-1);
  const y = (share: number) => HEIGHT * (1 - share);
  const mark = (share: Share, x: number): Html =>
    share.share === null || share.low === null || share.high === null
      ? html``
      : html`<rect class="range" x="${x + 3}" y="${y(share.high).toFixed(1)}" width="${SLOT - 6}" height="${Math.max(1, HEIGHT * (share.high - share.low)).toFixed(1)}"/><rect x="${x + 1}" y="${Math.min(HEIGHT - 2, Math.max(0, y(share.share) - 1)).toFixed(1)}" width="${SLOT - 2}" height="2"/>`;
  return html`<figure class="chart"><figcaption>${title} <span class="faint">0 to 100 %</span></figcaption>
${
  newest === undefined
    ? html`<p class="faint">Not known for any of these weeks.</p>`
    : html`<svg class="bars framed" viewBox="0 0 ${slots * SLOT} ${HEIGHT}" preserveAspectRatio="none" aria-hidden="true">${groups.map((week, i) => mark(of(week), at(i)))}</svg>
<p class="reading">Week of ${span(newest)}: <strong>${percentText(of(newest).share)}</strong>. The pale bars are where the true share lies 19 times out of 20.</p>`
}</figure>`;
}

function weekTable(groups: readonly Week[]): Html {
  return html`<details><summary>By week as a table</summary><div class="sideways" role="region" aria-label="By week" tabindex="0"><table>
<thead><tr><th scope="col">Week of</th><th scope="col">Cases</th><th scope="col">Found before</th><th scope="col">Fixes held</th><th scope="col">False</th><th scope="col">Verdicts</th></tr></thead>
<tbody>${[...groups]
    .reverse()
    .map(
      (week) =>
        html`<tr><th scope="row">${span(week)}</th><td>${countText(week.figures.cases)}</td><td>${percentText(week.figures.foundBefore.share)}</td><td>${percentText(week.figures.verifiedFix.share)}</td><td>${percentText(week.figures.falseCases.share)}</td><td>${countText(week.figures.judged.count)}</td></tr>`,
    )}</tbody></table></div></details>`;
}
