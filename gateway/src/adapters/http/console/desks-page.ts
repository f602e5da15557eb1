import type { Identity } from "#ports/auth.ts";
import type { DeadLetter, DeskStatus } from "#ports/desk-side.ts";
import { retryDead } from "../api/desk-routes.ts";
import type { App, HttpContext } from "../context.ts";
import { RequestRefusedError } from "../problem.ts";
import { formOf, textOf } from "./forms.ts";
import type { Html } from "./html.ts";
import { html } from "./html.ts";
import { csrfField, mayAct, page } from "./layout.ts";
import { badge, time } from "./words.ts";

const FENCE_TEXT = {
  idempotency_key: "a key that makes a repeated request do nothing",
  unique_reference: "a field that only one ticket can hold, read back",
  search: "looking for the ticket before making one",
  none: "nothing; its receiver must know a repeated message",
} as const;

export async function desksPage({ desks }: HttpContext, identity: Identity): Promise<string> {
  const found = await desks.status();
  return page({
    title: "Desks",
    identity,
    current: "/desks",
    live: { kind: "any" },
    body: html`<h1>Desks</h1>
<p class="lead">Where agents work. A case that needs a person becomes a ticket here, and what agents do with it comes back.</p>
<div id="desks" data-region>${
      found.length === 0
        ? html`<p class="empty">No desk is configured. Cases are worked on in this console; docs/desks.md shows how to connect a desk.</p>`
        : html`<ul class="entries">${found.map((desk) => deskItem(desk, identity))}</ul>`
    }</div>`,
  });
}

function deskItem(desk: DeskStatus, identity: Identity): Html {
  const { capabilities: can } = desk;
  const state = desk.trouble === "" ? badge("good", "Works") : badge("bad", "Trouble");
  return html`<li class="card">
<h2>${desk.name} ${state}</h2>
${desk.trouble !== "" && html`<p>${desk.trouble}</p>`}
<dl class="facts">
<div><dt>Kind</dt><dd>${can.kind}, <a href="${desk.url}" rel="noreferrer">${desk.url}</a></dd></div>
<div><dt>Tickets</dt><dd>${desk.tickets}</dd></div>
<div><dt>Not yet as they should be</dt><dd>${desk.owed}${desk.oldestOwedAt !== null && html`, the oldest since ${time(desk.oldestOwedAt)}`}</dd></div>
<div><dt>Asked for changes</dt><dd>${can.changes ? (desk.lastPollAt === null ? "not yet" : time(desk.lastPollAt)) : "never: this desk tells by itself, or not at all"}</dd></div>
<div><dt>Kept from making two</dt><dd>by ${FENCE_TEXT[can.fence]}</dd></div>
</dl>
${desk.deadCount > 0 && deadList(desk, identity)}
</li>`;
}

const deadList = (desk: DeskStatus, identity: Identity): Html =>
  html`<h3>Needs you: ${desk.deadCount === 1 ? "one ticket was refused" : `${desk.deadCount} tickets were refused`}</h3>
<ul class="entries">${desk.dead.map((letter) => deadItem(desk.name, letter, identity))}</ul>`;

function deadItem(desk: string, letter: DeadLetter, identity: Identity): Html {
  const { subject } = letter;
  return html`<li class="card">
<p><a href="${pageOf(subject)}">${subject}</a>${letter.ticket !== "" && html` · ticket ${letter.ticket}`} <span class="faint">since ${time(letter.since)}, tried ${letter.attempts === 1 ? "once" : `${letter.attempts} times`}</span></p>
<p>${letter.reason}</p>
${
  mayAct(identity) &&
  html`<form method="post" action="/desks/${encodeURIComponent(desk)}/retry">${csrfField(identity)}<input type="hidden" name="subject" value="${subject}"><button>Try again</button></form>`
}
</li>`;
}

/** Ids of problems begin with `p-`, all others are of cases. */
const pageOf = (subject: string): string =>
  `/${subject.startsWith("p-") ? "problems" : "cases"}/${encodeURIComponent(subject)}`;

export function deskActions(app: App, { desks }: HttpContext): void {
  app.post<{ Params: { name: string } }>(
    "/desks/:name/retry",
    { config: { access: "agent", page: true }, schema: { hide: true } },
    async (request, reply) => {
      const subject = textOf(formOf(request), "subject", 64);
      if (subject === "") throw new RequestRefusedError(400, "Not valid: subject.");
      await retryDead(desks, request.params.name, subject);
      return reply.redirect("/desks", 303);
    },
  );
}
