import type { ProblemView } from "#domain/problem/problem.ts";
import { KIND_TEXT } from "#pipeline/wording/case-words.ts";
import type { Identity } from "#ports/auth.ts";
import { act } from "../api/act.ts";
import type { ProblemActionName } from "../api/problem-routes.ts";
import { PROBLEM_ACTIONS, problemActionAccess, problemRequest } from "../api/problem-routes.ts";
import type { App, HttpContext } from "../context.ts";
import { RequestRefusedError } from "../problem.ts";
import { caseTable } from "./cases-page.ts";
import { formOf, textOf } from "./forms.ts";
import type { Html } from "./html.ts";
import { html } from "./html.ts";
import { csrfField, mayAct, mayCommand, page } from "./layout.ts";
import type { Query } from "./paging.ts";
import { nextLink, oneOf, select } from "./paging.ts";
import { timelineList } from "./timeline.ts";
import { badge, prose, severityBadge, time } from "./words.ts";

const STATUS = { open: "Open", resolved: "Solved", dissolved: "No common cause" } as const;
const STATUSES = ["open", "resolved", "dissolved"] as const;
const CHILDREN_SHOWN = 50;
const MAX_COMMENT = 4_000;

export async function problemsPage(
  { cases }: HttpContext,
  identity: Identity,
  query: Query,
): Promise<string> {
  const status = oneOf(query.status, STATUSES);
  const { product, rule, cursor } = query;
  const found = await cases.problems({
    limit: 50,
    ...(status !== undefined && { status }),
    ...(product !== undefined && { product }),
    ...(rule !== undefined && { rule }),
    ...(cursor !== undefined && { cursor }),
  });
  return page({
    title: "Problems",
    identity,
    current: "/problems",
    live: { kind: "any" },
    body: html`<h1>Problems</h1>
<p class="lead">Like cases that are more than chance: a firmware, a batch or a whole product. One cause, one ticket, solved together.</p>
<form class="filters" method="get" action="/problems" aria-label="Filter problems">
${select({ name: "status", label: "Status", value: status, choices: STATUS })}
<label>Product <input name="product" value="${product}" maxlength="64" size="14" autocapitalize="none"></label>
<label>Rule <input name="rule" value="${rule}" maxlength="64" size="14" autocapitalize="none"></label>
<button>Show</button>
${Object.keys(query).length > 0 && html`<a href="/problems">Show all</a>`}
</form>
<div id="problems" data-region>${problemTable(found.items)}</div>
${nextLink("/problems", query, found.nextCursor)}`,
  });
}

const casesText = (count: number): string => (count === 1 ? "1 case" : `${count} cases`);

const commonText = ({ attribute, value, product }: ProblemView): string =>
  attribute === "" ? `all of ${product}` : `${attribute} ${value}`;

function problemTable(items: readonly ProblemView[]): Html {
  if (items.length === 0) {
    return html`<p class="empty">No problems: no cases are alike beyond chance.</p>`;
  }
  return html`<table class="list">
<thead><tr><th scope="col">Problem</th><th scope="col">State</th><th scope="col" class="wide">In common</th><th scope="col" class="wide">Severity</th><th scope="col" class="wide">Opened</th></tr></thead>
<tbody>${items.map(
    (item) => html`<tr>
<th scope="row"><a href="/problems/${encodeURIComponent(item.id)}">${item.title}</a><small>${casesText(item.cases.length)}, ${commonText(item)}</small></th>
<td>${statusBadge(item)}<small>${item.openCases} open</small></td>
<td class="wide">${commonText(item)}</td>
<td class="wide">${severityBadge(item.severity)}</td>
<td class="wide">${time(item.openedAt)}</td>
</tr>`,
  )}</tbody>
</table>`;
}

const statusBadge = ({ status }: ProblemView): Html =>
  badge(status === "open" ? "bad" : "good", STATUS[status]);

/** Undefined if there is no such problem. */
export async function problemPage(
  { cases }: HttpContext,
  identity: Identity,
  id: string,
): Promise<string | undefined> {
  const view = await cases.problem(id);
  if (view === undefined) return undefined;
  const [timeline, children] = await Promise.all([
    cases.timeline(id),
    cases.cases({ problem: id, limit: CHILDREN_SHOWN }),
  ]);
  return page({
    title: view.title,
    identity,
    current: "/problems",
    live: { kind: "any" },
    body: html`<div class="case-page">
<div id="head" data-region data-announce="This problem changed.">
<p class="crumbs"><a href="/problems">Problems</a> <span aria-hidden="true">/</span> ${view.product}</p>
<h1>${view.title}</h1>
<p class="badges">${severityBadge(view.severity)} ${statusBadge(view)} <span>${KIND_TEXT[view.kind]}</span> <span>${casesText(view.cases.length)}, ${view.openCases} open</span></p>
<p class="lead">${prose(view.summary)}</p>
<div class="next ${view.status === "open" ? "attention" : ""}">
<h2>What to do next</h2>
<p>${prose(view.nextStep)}</p>
</div>
</div>
<div class="columns">
<div>
<section aria-labelledby="why-heading">
<h2 id="why-heading">Why this is more than chance</h2>
<div id="why" data-region>${statisticFacts(view)}</div>
</section>
<section aria-labelledby="children-heading">
<h2 id="children-heading">Its cases, newest first</h2>
<div id="children" data-region>${caseTable(children.items)}${children.nextCursor !== null && html`<p class="faint">The newest ${CHILDREN_SHOWN} of ${view.cases.length}.</p>`}</div>
</section>
</div>
<div>
${(mayAct(identity) || mayCommand(identity)) && problemForms(view, identity)}
<section aria-labelledby="timeline-heading">
<h2 id="timeline-heading">Timeline</h2>
<div id="timeline" data-region>${timelineList(timeline)}</div>
</section>
</div>
</div>
</div>`,
  });
}

function statisticFacts(view: ProblemView): Html {
  const { statistic: s, tickets = [] } = view;
  const share = (affected: number, all: number) =>
    `${affected} of ${all}${all > 0 ? ` (${((100 * affected) / all).toFixed(1)} %)` : ""}`;
  return html`<dl class="facts">
<div><dt>In common</dt><dd>${commonText(view)}</dd></div>
<div><dt>Devices with it that are affected</dt><dd>${share(s.affected, s.exposed)}</dd></div>
${s.test === "hypergeometric" && html`<div><dt>Other devices that are affected</dt><dd>${share(s.othersAffected, s.others)}</dd></div>`}
<div><dt>Chance of that by accident</dt><dd>${s.p < 1e-6 ? "less than one in a million" : s.p.toPrecision(2)}, after correction for the comparisons made (${s.test} test)</dd></div>
<div><dt>Rule</dt><dd><code>${view.rule}</code></dd></div>
${tickets.map(({ desk, id, url }) => html`<div><dt>Ticket in ${desk}</dt><dd><a href="${url}" rel="noreferrer">${id}</a></dd></div>`)}
</dl>`;
}

function problemForms(view: ProblemView, identity: Identity): Html {
  const form = (action: ProblemActionName, label: string, required: boolean) =>
    html`<form method="post" action="/problems/${encodeURIComponent(view.id)}/${action}" class="stack">${csrfField(identity)}<label for="${action}-comment">${required ? "Comment" : "Comment (optional)"}</label><textarea id="${action}-comment" name="comment" rows="2" maxlength="${MAX_COMMENT}"${required && html` required`}></textarea><button>${label}</button></form>`;
  return html`<section class="card" aria-labelledby="work-heading">
<h2 id="work-heading">Work on it</h2>
<div id="work" data-region class="stack">
${
  view.status === "open" &&
  mayCommand(identity) &&
  html`<details><summary>The cause is fixed</summary><p>All its cases are resolved. What telemetry still shows after the settle time is opened again by itself.</p>${form("resolve", "Resolve the problem and its cases", false)}</details>
<details><summary>There is no common cause</summary><p>Its cases stand alone again.</p>${form("dissolve", "Dissolve the problem", false)}</details>`
}
${form("comment", "Write on the timeline", true)}
</div>
</section>`;
}

export function problemActions(app: App, context: HttpContext): void {
  for (const name of PROBLEM_ACTIONS) {
    app.post<{ Params: { id: string } }>(
      `/problems/:id/${name}`,
      { config: { access: problemActionAccess(name), page: true }, schema: { hide: true } },
      async (request, reply) => {
        const comment = textOf(formOf(request), "comment", MAX_COMMENT);
        if (name === "comment" && comment === "") {
          const wrong = { field: "comment", value: null, expected: "a text" };
          throw new RequestRefusedError(400, "Not valid: comment.", [wrong]);
        }
        await act(context, request, problemRequest(name, request.params.id, comment));
        return reply.redirect(`/problems/${encodeURIComponent(request.params.id)}`, 303);
      },
    );
  }
}
