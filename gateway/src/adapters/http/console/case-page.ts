import type { ProductModel } from "@voorzorg/firmware-contracts";
import type { CaseAction, CaseView, Contribution } from "#domain/case/case.ts";
import { VERDICTS } from "#domain/record.ts";
import type { EpochMs } from "#domain/units.ts";
import { DAY_MS, MINUTE_MS } from "#domain/units.ts";
import type { Identity } from "#ports/auth.ts";
import type { HttpContext } from "../context.ts";
import { signalChart } from "./charts.ts";
import type { Html } from "./html.ts";
import { html } from "./html.ts";
import { csrfField, mayAct, page } from "./layout.ts";
import { readSeries } from "./read-series.ts";
import { timelineList } from "./timeline.ts";
import { useChart } from "./use-chart.ts";
import {
  badge,
  KIND_TEXT,
  PROOF,
  progressBadge,
  prose,
  severityBadge,
  statusText,
  time,
  VERDICT_TEXT,
  valueText,
} from "./words.ts";

/** More signals than these hide the telling one. */
const MAX_CHARTS = 4;
const CHART_POINTS = 400;

/** Undefined if there is no such case. */
export async function casePage(
  context: HttpContext,
  identity: Identity,
  id: string,
): Promise<string | undefined> {
  const { cases } = context;
  const view = await cases.case(id);
  if (view === undefined) return undefined;
  const product = context.api.products().find((model) => model.id === view.product);
  const [timeline, charts] = await Promise.all([
    cases.timeline(id),
    evidenceCharts(context, view, product),
  ]);
  return page({
    title: view.title,
    identity,
    current: "/cases",
    live: { kind: "case", id },
    charts: true,
    body: html`<div class="case-page">
<div id="head" data-region data-announce="This case changed.">
<p class="crumbs"><a href="/cases">Cases</a> <span aria-hidden="true">/</span> <a href="/devices/${view.device}">${view.device}</a></p>
<h1>${view.title}</h1>
<p class="badges">${severityBadge(view.severity)} ${progressBadge(view)} <span>${KIND_TEXT[view.kind]}</span> <span>${statusText(view)}</span>${view.refires > 0 && html` <span>happened again ${view.refires === 1 ? "once" : `${view.refires} times`}</span>`}</p>
<p class="lead">${prose(view.summary)}</p>
<div class="next ${view.stage === "escalated" ? "attention" : ""}">
<h2>What to do next</h2>
<p>${view.nextStep === "" ? "Nothing for now: the gateway is at work." : prose(view.nextStep)}</p>
${view.callback && html`<p><strong>Call the owner back.</strong></p>`}
</div>
</div>
<div class="columns">
<div>
<section aria-labelledby="evidence-heading">
<h2 id="evidence-heading">Evidence</h2>
<div id="evidence" data-region>${charts}${evidenceFacts(view, product)}</div>
</section>
<section aria-labelledby="tried-heading">
<h2 id="tried-heading">What was tried, and its proof</h2>
<div id="tried" data-region>${actionList(view.actions)}</div>
</section>
</div>
<div>
${mayAct(identity) && caseForms(view, identity)}
<section aria-labelledby="timeline-heading">
<h2 id="timeline-heading">Timeline</h2>
<div id="timeline" data-region data-announce="The timeline has grown.">${timelineList(timeline)}</div>
</section>
</div>
</div>
</div>`,
  });
}

async function evidenceCharts(
  { cases, series }: HttpContext,
  view: CaseView,
  product: ProductModel | undefined,
): Promise<Html> {
  const { signals, limits, onsetAt, detectedAt } = view.evidence;
  const device = await cases.device(view.device);
  const use = device !== undefined && view.kind === "underuse" && useChart(device.use, product);
  if (signals.length === 0) {
    return use === false
      ? html`<p class="faint">This case rests on what did not happen, so there is no curve to draw.</p>`
      : use;
  }
  const { from, to } = chartWindow(view, device?.deviceTime ?? null);
  const marks = [
    { at: onsetAt, text: "Began", tone: "bad" as const },
    { at: detectedAt, text: "Found", tone: "watch" as const },
  ];
  const charts = signals.slice(0, MAX_CHARTS).map(async (signal, i) => {
    const query = { device: view.device, signal, from, to, points: CHART_POINTS };
    const curve = await readSeries(series, query);
    return signalChart({ signal, product, curve, limits, marks, listMarks: i === 0 });
  });
  return html`${use}${await Promise.all(charts)}`;
}

/** From well before the onset to the end of the case or the newest time, at most a day after finding. */
function chartWindow(
  view: CaseView,
  deviceTime: EpochMs | null,
): { readonly from: EpochMs; readonly to: EpochMs } {
  const { onsetAt, detectedAt, basedFrom = onsetAt } = view.evidence;
  const end = view.resolvedAt ?? deviceTime ?? detectedAt;
  const to = Math.max(Math.min(end, detectedAt + DAY_MS), detectedAt + 5 * MINUTE_MS);
  const before = Math.min(Math.max(to - onsetAt, 30 * MINUTE_MS), 7 * DAY_MS);
  return { from: Math.min(onsetAt - before, basedFrom), to };
}

function evidenceFacts(view: CaseView, product: ProductModel | undefined): Html {
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

const ACTION_KIND = {
  command: "Command",
  settings: "Settings",
  advice: "Advice",
  wait: "Wait",
  verify: "Look for proof",
  undo: "Taken back",
  escalation: "Handed over",
} as const;

function actionList(actions: readonly CaseAction[]): Html {
  if (actions.length === 0) return html`<p class="faint">Nothing yet.</p>`;
  return html`<ol class="steps">${actions.map((action) => {
    const proof = PROOF[action.proof];
    return html`<li class="card">
<p><strong>${ACTION_KIND[action.kind]}</strong> ${action.kind === "command" ? html`<code>${action.what}</code>` : action.what}</p>
<p>${proof !== undefined && badge(...proof)} <span class="faint">${action.state} · ${time(action.startedAt)}</span></p>
${action.detail !== "" && html`<p>${prose(action.detail)}</p>`}
</li>`;
  })}</ol>`;
}

function caseForms(view: CaseView, identity: Identity): Html {
  const form = (action: string, fields: Html) =>
    html`<form method="post" action="/cases/${encodeURIComponent(view.id)}/${action}" class="stack">${csrfField(identity)}${fields}</form>`;
  const comment = (id: string, required: boolean) =>
    html`<label for="${id}">${required ? "Comment" : "Comment (optional)"}</label><textarea id="${id}" name="comment" rows="2" maxlength="4000"${required && html` required`}></textarea>`;
  return html`<section class="card" aria-labelledby="work-heading">
<h2 id="work-heading">Work on it</h2>
<div id="work" data-region class="stack">
${view.status === "open" && form("acknowledge", html`<button class="primary">Take this case</button>`)}
${
  view.status === "resolved"
    ? html`<details><summary>Reopen</summary>${form("reopen", html`${comment("reopen-comment", false)}<button>Reopen the case</button>`)}</details>`
    : html`<details><summary>Resolve</summary>${form("resolve", html`${comment("resolve-comment", false)}<button>Resolve the case</button>`)}</details>`
}
<details${view.status === "resolved" && view.verdict === null && html` open`}><summary>Was the finding right?${view.verdict !== null && html` <span class="faint">${VERDICT_TEXT[view.verdict]}</span>`}</summary>
${form(
  "verdict",
  html`<label for="verdict">Verdict</label><select id="verdict" name="verdict" required>${VERDICTS.map(
    (verdict) =>
      html`<option value="${verdict}"${verdict === view.verdict && html` selected`}>${VERDICT_TEXT[verdict]}</option>`,
  )}</select>${comment("verdict-comment", false)}<button>Give the verdict</button>`,
)}</details>
${form("comment", html`${comment("comment", true)}<button>Write on the timeline</button>`)}
</div>
</section>`;
}
