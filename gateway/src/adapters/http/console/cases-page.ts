import type { CaseView } from "#domain/case/case.ts";
import { KIND_TEXT, STAGE_TEXT } from "#pipeline/wording/case-words.ts";
import type { Identity } from "#ports/auth.ts";
import type { CaseFilter } from "#ports/case-store.ts";
import type { HttpContext } from "../context.ts";
import type { Html } from "./html.ts";
import { html } from "./html.ts";
import { page } from "./layout.ts";
import type { Query } from "./paging.ts";
import { nextLink, oneOf, select } from "./paging.ts";
import { progressBadge, severityBadge, statusText, time } from "./words.ts";

const STATUS = { open: "Open", acknowledged: "Taken", resolved: "Resolved" } as const;
/** Stages in which nothing goes on without a person; most need an agent, some an engineer's word. */
const WAITING = ["escalated", "approval"] as const;

const keysOf = <T extends string>(choices: Readonly<Record<T, string>>): readonly T[] =>
  Object.keys(choices) as T[];

export async function casesPage(
  { cases }: HttpContext,
  identity: Identity,
  query: Query,
): Promise<string> {
  const filter = toFilter(query);
  const unfiltered = Object.keys(query).length === 0;
  const [found, ...queues] = await Promise.all([
    cases.cases(filter),
    ...(unfiltered ? WAITING.map((stage) => cases.cases({ stage, limit: 20 })) : []),
  ]);
  const waiting = queues
    .flatMap(({ items }) => items)
    .filter(({ status }) => status !== "resolved");
  const more = queues.some(({ nextCursor }) => nextCursor !== null);
  return page({
    title: "Cases",
    identity,
    current: "/cases",
    live: { kind: "case" },
    body: html`<h1>Cases</h1>
<form class="filters" method="get" action="/cases" aria-label="Filter cases">
${select({ name: "status", label: "Status", value: filter.status, choices: STATUS })}
${select({ name: "stage", label: "Stage", value: filter.stage, choices: STAGE_TEXT })}
${select({ name: "kind", label: "Kind", value: filter.kind, choices: KIND_TEXT })}
<label>Device <input name="device" value="${filter.device}" maxlength="64" size="14" autocapitalize="none"></label>
<label>Rule <input name="rule" value="${filter.rule}" maxlength="64" size="14" autocapitalize="none"></label>
<button>Show</button>
${!unfiltered && html`<a href="/cases">Show all</a>`}
</form>
<div id="queue" data-region data-announce="The cases waiting for a person changed.">${
      waiting.length > 0 &&
      html`<section class="card attention" aria-labelledby="queue-heading">
<h2 id="queue-heading">Waiting for a person (${waiting.length}${more && "+"})</h2>
${caseTable(waiting)}
</section>`
    }</div>
<section aria-labelledby="all-heading">
<h2 id="all-heading">${unfiltered ? "All, newest first" : "Found, newest first"}</h2>
<div id="cases" data-region>${caseTable(found.items)}</div>
${nextLink("/cases", query, found.nextCursor)}
</section>`,
  });
}

function toFilter(query: Query): CaseFilter {
  const status = oneOf(query.status, keysOf(STATUS));
  const stage = oneOf(query.stage, keysOf(STAGE_TEXT));
  const kind = oneOf(query.kind, keysOf(KIND_TEXT));
  const { device, rule, cursor } = query;
  return {
    limit: 50,
    ...(status !== undefined && { status }),
    ...(stage !== undefined && { stage }),
    ...(kind !== undefined && { kind }),
    ...(device !== undefined && { device }),
    ...(rule !== undefined && { rule }),
    ...(cursor !== undefined && { cursor }),
  };
}

export function caseTable(items: readonly CaseView[]): Html {
  if (items.length === 0) return html`<p class="empty">No cases. That is good.</p>`;
  return html`<table class="list">
<thead><tr><th scope="col">Case</th><th scope="col">State</th><th scope="col" class="wide">Kind</th><th scope="col" class="wide">Severity</th><th scope="col" class="wide">Opened</th></tr></thead>
<tbody>${items.map(
    (item) => html`<tr>
<th scope="row"><a href="/cases/${encodeURIComponent(item.id)}">${item.title}</a><small>${item.device}<span class="narrow-only"> · ${time(item.openedAt)}</span></small></th>
<td>${progressBadge(item)}<small>${statusText(item)}</small></td>
<td class="wide">${KIND_TEXT[item.kind]}</td>
<td class="wide">${severityBadge(item.severity)}</td>
<td class="wide">${time(item.openedAt)}</td>
</tr>`,
  )}</tbody>
</table>`;
}
