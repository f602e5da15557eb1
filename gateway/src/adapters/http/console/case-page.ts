import { windowOf } from "#pipeline/chart/window.ts";
import type { Identity } from "#ports/auth.ts";
import type { HttpContext } from "../context.ts";
import { serviceTime } from "../service-time.ts";
import { evidenceCharts, evidenceFacts } from "./case-evidence.ts";
import { caseHead } from "./case-head.ts";
import { caseActionList } from "./case-tried.ts";
import { approvalForm, caseForms } from "./case-work.ts";
import { html } from "./html.ts";
import { mayAct, mayCommand, page } from "./layout.ts";
import type { Query } from "./paging.ts";
import { timelineList } from "./timeline.ts";

/** Undefined if there is no such case. `from` and `to` in the query fix the charts to that time. */
export async function casePage(
  context: HttpContext,
  identity: Identity,
  asked: { readonly id: string; readonly query: Query },
): Promise<string | undefined> {
  const { cases } = context;
  const { id } = asked;
  const view = await cases.case(id);
  if (view === undefined) return undefined;
  const product = context.api.products().find((model) => model.id === view.product);
  const [timeline, charts, now] = await Promise.all([
    cases.timeline(id),
    evidenceCharts(context, view, { product, window: windowOf(asked.query) }),
    serviceTime(context),
  ]);
  return page({
    title: view.title,
    identity,
    current: "/cases",
    live: { kind: "case", id },
    charts: true,
    body: html`<div class="case-page">
${caseHead(view, now)}
${mayCommand(identity) && html`<div id="approval" data-region>${approvalForm(view, identity)}</div>`}
<div class="columns">
<div>
<section aria-labelledby="evidence-heading">
<h2 id="evidence-heading">Evidence</h2>
<div id="evidence" data-region>${charts}${evidenceFacts(view, product)}</div>
</section>
<section aria-labelledby="tried-heading">
<h2 id="tried-heading">What was tried, and its proof</h2>
<div id="tried" data-region>${caseActionList(view, mayCommand(identity) ? identity : null)}</div>
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
