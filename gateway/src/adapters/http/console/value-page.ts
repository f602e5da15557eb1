import { DAY_MS } from "#domain/units.ts";
import type { ValueFigures } from "#pipeline/value/figures.ts";
import type { ValueReport } from "#pipeline/value/report.ts";
import { valueReport } from "#pipeline/value/report.ts";
import type { Share } from "#pipeline/value/statistics.ts";
import {
  countText,
  longestText,
  percentText,
  rangeText,
  spreadText,
} from "#pipeline/value/words.ts";
import { KIND_TEXT } from "#pipeline/wording/case-words.ts";
import type { Identity } from "#ports/auth.ts";
import type { HttpContext } from "../context.ts";
import { serviceTime } from "../service-time.ts";
import type { Html } from "./html.ts";
import { html } from "./html.ts";
import { page } from "./layout.ts";
import type { Query } from "./paging.ts";
import { oneOf, select } from "./paging.ts";
import { shareLine, weekCharts } from "./value-charts.ts";
import { dayTime } from "./words.ts";

const DAYS = { "7": "7 days", "30": "30 days", "90": "90 days", "365": "a year" } as const;
const BY = { rule: "Rule", product: "Product" } as const;

export async function valuePage(
  context: HttpContext,
  identity: Identity,
  query: Query,
): Promise<string> {
  const days = oneOf(query.days, ["7", "30", "90", "365"]) ?? "90";
  const by = oneOf(query.by, ["rule", "product"]) ?? "rule";
  const products = context.api.products().map(({ id }) => id);
  const product = oneOf(query.product, products);
  const to = await serviceTime(context);
  const from = to - Number(days) * DAY_MS;
  const asked = { from, to, ...(product !== undefined && { products: [product] }) };
  const report = await valueReport(context.value, { ...asked, by });
  const weeks = await valueReport(context.value, { ...asked, by: "week" });
  return page({
    title: "Value",
    identity,
    current: "/value",
    body: html`<h1>What it was worth</h1>
<p class="lead">Cases that opened from ${dayTime(from)} to ${dayTime(to)}: what was found in time, what was proved, and what was wrong.</p>
<form class="filters" method="get" action="/value" aria-label="Choose what is counted">
${select({ name: "product", label: "Product", value: product, choices: Object.fromEntries(products.map((id) => [id, id])) })}
<label>Time <select name="days">${options(DAYS, days)}</select></label>
<label>By <select name="by">${options(BY, by)}</select></label>
<button>Show</button>
</form>
${report.total.cases === 0 ? nothing() : shown(report, weeks, { by, download: downloadOf(report, product) })}`,
  });
}

const options = (choices: Readonly<Record<string, string>>, chosen: string): readonly Html[] =>
  Object.entries(choices).map(
    ([value, text]) =>
      html`<option value="${value}"${value === chosen && html` selected`}>${text}</option>`,
  );

const nothing = (): Html =>
  html`<p class="empty">No case opened in this time, so there is nothing to count. Choose a longer time, or all products.</p>`;

const downloadOf = ({ from, to, by }: ValueReport, product: string | undefined): string => {
  const period = { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
  const search = new URLSearchParams({ ...period, by, format: "csv" });
  if (product !== undefined) search.set("product", product);
  return `/api/value?${search}`;
};

function shown(
  report: ValueReport,
  weeks: ValueReport,
  { by, download }: { readonly by: keyof typeof BY; readonly download: string },
): Html {
  const { total } = report;
  return html`${gaps(total)}
<section aria-labelledby="all-heading"><h2 id="all-heading">All together</h2>
<div class="charts">${cards(total)}</div>
</section>
${weekCharts(weeks)}
<section aria-labelledby="groups-heading"><h2 id="groups-heading">By ${BY[by].toLowerCase()}</h2>
${groupTable(report, by)}
<p><a href="${download}" download>Download as a table (CSV)</a></p>
</section>`;
}

/** What keeps a figure from being known, and what to do about it. */
function gaps(f: ValueFigures): Html {
  const found = [
    f.ownerCalls.known === 0 &&
      "No call of an owner is known, so nobody can say what was found before they called. Note calls on the page of a case, or let a desk tell them.",
    f.verdicts.confirmed + f.verdicts.falseAlarm + f.verdicts.sensorFault === 0 &&
      "No case was judged right or wrong yet, so the share of false cases is not known. A verdict is one click on the page of a case or in its ticket.",
    f.fixes.tried === 0 && "No step of a playbook was carried out in this time.",
    f.responsesMissed.of === 0 &&
      f.solutionsMissed.of === 0 &&
      "No service target has come due: they come from the service file.",
  ].filter((text) => text !== false);
  if (found.length === 0) return html``;
  return html`<section class="card" aria-labelledby="gaps-heading"><h2 id="gaps-heading">What is missing</h2>
<ul class="notes">${found.map((text) => html`<li>${text}</li>`)}</ul></section>`;
}

function cards(f: ValueFigures): Html {
  return html`${shareCard("Found before the owner called", f.foundBefore, "No call about the device is known from 24 hours before it began until the case opened. Calls that nobody noted are not known, so the true share is lower. Cases judged false are left out.")}
${timeCard("Ahead of the owner's call", spreadText(f.lead), f.lead.count === 0 ? "No owner called after a case had opened." : `In ${countText(f.ownerCalls.later)} of ${countText(f.foundBefore.of)} cases the owner called after it had opened; half of them at least so much later.`)}
${timeCard("From onset to case", spreadText(f.detection), `The middle one; ${longestText(f.detection)}.`)}
${shareCard("Fixes that were proved and held", f.verifiedFix, fixText(f))}
${timeCard("From case to proof", spreadText(f.proof), f.proof.count === 0 ? "No step was proved yet." : `The middle one; ${longestText(f.proof)}.`)}
${shareCard("False cases", f.falseCases, `False alarms (${countText(f.verdicts.falseAlarm)}) and sensor faults (${countText(f.verdicts.sensorFault)}), of the cases judged right or wrong. ${percentText(f.judged.share)} of all cases have a verdict; who is asked is no random choice.`)}
${shareCard("Went to a person", f.escalated, "The playbook had no step left, or none at all.")}
${shareCard("Came back after it was solved", f.reopened, "Reopened at least once.")}
${f.responsesMissed.of > 0 && shareCard("First responses too late", f.responsesMissed, "Of the service targets that came due.")}
${f.solutionsMissed.of > 0 && shareCard("Solutions too late", f.solutionsMissed, "Of the service targets that came due.")}`;
}

function fixText({ fixes: { pending, harmful } }: ValueFigures): string {
  const more = pending > 0 ? ` ${countText(pending)} more are not decided yet.` : "";
  const harm = harmful > 0 ? ` ${countText(harmful)} perhaps did harm.` : "";
  return `Telemetry showed it, and it lasted through its settle time.${more}${harm}`;
}

const shareCard = (title: string, share: Share, how: string): Html =>
  html`<section class="chart figure"><h3>${title}</h3>${amountLine(percentText(share.share), rangeText(share))}${shareLine(share)}<p class="faint">${how}</p></section>`;

const timeCard = (title: string, amount: string, how: string): Html =>
  html`<section class="chart figure"><h3>${title}</h3>${amountLine(amount)}<p class="faint">${how}</p></section>`;

const amountLine = (amount: string, range = ""): Html =>
  amount === "not known"
    ? html`<p class="amount faint">Not known</p>`
    : html`<p class="amount"><b>${amount}</b> <small>${range}</small></p>`;

function groupTable({ groups }: ValueReport, by: keyof typeof BY): Html {
  return html`<table class="list">
<thead><tr><th scope="col">${BY[by]}</th><th scope="col">Cases</th><th scope="col" class="wide">Found before</th><th scope="col" class="wide">Fixes held</th><th scope="col" class="wide">False</th><th scope="col" class="wide">To a person</th><th scope="col" class="wide">Time to proof</th></tr></thead>
<tbody>${groups.map(({ tally, figures: f }) => {
    const name = by === "rule" ? tally.rule : tally.product;
    const kind = tally.kind === "" ? "" : KIND_TEXT[tally.kind];
    return html`<tr>
<th scope="row">${by === "rule" ? html`<a href="/cases?rule=${encodeURIComponent(name)}">${name}</a><small>${tally.product} · ${kind}</small>` : name}<small class="narrow-only">found before: ${percentText(f.foundBefore.share)} · fixes held: ${percentText(f.verifiedFix.share)} · false: ${percentText(f.falseCases.share)}</small></th>
<td>${countText(f.cases)}</td>
<td class="wide">${shareCell(f.foundBefore)}</td>
<td class="wide">${shareCell(f.verifiedFix)}</td>
<td class="wide">${shareCell(f.falseCases)}</td>
<td class="wide">${shareCell(f.escalated)}</td>
<td class="wide">${spreadText(f.proof)}</td>
</tr>`;
  })}</tbody></table>`;
}

const shareCell = (share: Share): Html =>
  share.share === null
    ? html`<span class="faint">not known</span>`
    : html`${percentText(share.share)}${shareLine(share)}<small>${rangeText(share)}</small>`;
