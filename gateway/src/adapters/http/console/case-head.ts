import type { CaseView, TicketLink } from "#domain/case/case.ts";
import type { EpochMs } from "#domain/units.ts";
import { webAddress } from "#pipeline/document/clean.ts";
import { KIND_TEXT } from "#pipeline/wording/case-words.ts";
import { caseTargets } from "./case-targets.ts";
import type { Html } from "./html.ts";
import { html } from "./html.ts";
import { progressBadge, prose, severityBadge, statusText, time } from "./words.ts";

/** What it is, where it stands, what to do next, and what it hangs together with. */
export function caseHead(view: CaseView, now: EpochMs): Html {
  return html`<div id="head" data-region data-announce="This case changed.">
<p class="crumbs"><a href="/cases">Cases</a> <span aria-hidden="true">/</span> <a href="/devices/${view.device}">${view.device}</a></p>
<h1>${view.title}</h1>
<p class="badges">${severityBadge(view.severity)} ${progressBadge(view)} <span>${KIND_TEXT[view.kind]}</span> <span>${statusText(view)}</span>${view.refires > 0 && html` <span>happened again ${view.refires === 1 ? "once" : `${view.refires} times`}</span>`}</p>
<p class="lead">${prose(view.summary)}</p>
${notes(view)}
<div class="columns">
<div class="next ${needsPerson(view) ? "attention" : ""}">
<h2>What to do next</h2>
<p>${view.nextStep === "" ? nothing(view) : prose(view.nextStep)}</p>
${view.callback && html`<p><strong>Call the owner back.</strong></p>`}
</div>
${view.targets !== undefined && caseTargets(view.targets, now)}
</div>
</div>`;
}

const needsPerson = ({ status, stage }: CaseView): boolean =>
  status !== "resolved" && (stage === "escalated" || stage === "approval");

const nothing = ({ status }: CaseView): string =>
  status === "resolved" ? "Nothing: it is resolved." : "Nothing for now: the gateway is at work.";

/** Links and marks, a line each; nothing when there are none. */
function notes(view: CaseView): Html {
  const { tickets = [], problem, follows, ownerCalledAt, suppressed } = view;
  const lines = [
    tickets.length > 0 &&
      html`<li>${tickets.length === 1 ? "Ticket" : "Tickets"}: ${tickets.map((ticket, i) => [i > 0 && ", ", ticketLink(ticket)])}</li>`,
    problem !== undefined &&
      html`<li>Part of <a href="/problems/${encodeURIComponent(problem)}">a problem of several devices</a>: solved together with it.</li>`,
    follows !== undefined &&
      html`<li>Follows <a href="/cases/${encodeURIComponent(follows)}">an earlier case</a> of the same kind on this device.</li>`,
    ownerCalledAt !== undefined &&
      html`<li class="mark">${ownerCalledAt < view.openedAt ? "The owner called before it was found" : "The owner called"}, ${time(ownerCalledAt)}.</li>`,
    suppressed === true &&
      html`<li class="mark">Kept quiet: a person closed it while the signal was still off. It may open again only after the signal was back to normal.</li>`,
  ].filter((line) => line !== false);
  return lines.length === 0 ? html`` : html`<ul class="notes">${lines}</ul>`;
}

function ticketLink({ desk, id, url }: TicketLink): Html {
  const address = webAddress(url);
  const text = html`${desk} ${id}`;
  return address === undefined
    ? text
    : html`<a href="${address}" rel="noreferrer external">${text}</a>`;
}
