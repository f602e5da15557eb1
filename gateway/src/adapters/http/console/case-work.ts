import type { CaseView } from "#domain/case/case.ts";
import type { AgentVerdict } from "#domain/record.ts";
import { VERDICTS } from "#domain/record.ts";
import { VERDICT_TEXT } from "#pipeline/wording/case-words.ts";
import type { Identity } from "#ports/auth.ts";
import type { Html } from "./html.ts";
import { html } from "./html.ts";
import { csrfField } from "./layout.ts";
import { time } from "./words.ts";

interface Form {
  readonly view: CaseView;
  readonly identity: Identity;
}

const form = ({ view, identity }: Form, action: string, fields: Html): Html =>
  html`<form method="post" action="/cases/${encodeURIComponent(view.id)}/${action}" class="stack">${csrfField(identity)}${fields}</form>`;

const comment = (id: string, required: boolean): Html =>
  html`<label for="${id}">${required ? "Comment" : "Comment (optional)"}</label><textarea id="${id}" name="comment" rows="2" maxlength="4000"${required && html` required`}></textarea>`;

/** The engineer's word on the step that waits for it; nothing in any other stage. */
export function approvalForm(view: CaseView, identity: Identity): Html {
  if (view.stage !== "approval" || view.status === "resolved") return html``;
  const step = view.actions.findLast(({ state }) => state === "waiting");
  const decide = (action: "approve" | "decline") =>
    html` formaction="/cases/${encodeURIComponent(view.id)}/${action}"`;
  return html`<section class="card attention approval" aria-labelledby="approval-heading">
<h2 id="approval-heading">May the gateway do this?</h2>
${step !== undefined && html`<p><code>${step.what}</code>${step.detail !== "" && html` <span class="faint">${step.detail}</span>`}</p>`}
${form(
  { view, identity },
  "approve",
  html`${comment("approval-comment", false)}<p class="buttons"><button class="primary"${decide("approve")}>Approve</button> <button${decide("decline")}>Decline</button></p>`,
)}
</section>`;
}

/** What an agent may do with a case. */
export function caseForms(view: CaseView, identity: Identity): Html {
  const given = { view, identity };
  return html`<section class="card" aria-labelledby="work-heading">
<h2 id="work-heading">Work on it</h2>
<div id="work" data-region class="stack">
${view.status === "open" && form(given, "acknowledge", html`<button class="primary">Take this case</button>`)}
${verdictForm(given)}
${view.status === "resolved" ? reopenForm(given) : resolveForm(given)}
${calledForm(given)}
${form(given, "comment", html`${comment("comment", true)}<button>Write on the timeline</button>`)}
${view.status === "acknowledged" && form(given, "give-back", html`<button>Give it back</button>`)}
</div>
</section>`;
}

const reopenForm = (given: Form): Html =>
  html`<details><summary>Reopen</summary>${form(given, "reopen", html`${comment("reopen-comment", false)}<button>Reopen the case</button>`)}</details>`;

const resolveForm = (given: Form): Html =>
  html`<details><summary>Resolve</summary>${form(
    given,
    "resolve",
    html`${comment("resolve-comment", false)}<p class="buttons"><button name="as" value="done">The work is done</button> <button name="as" value="wont_fix">It stays as it is</button></p>
<p class="faint">After "it stays as it is" nothing new opens for this until the signal was back to normal.</p>`,
  )}</details>`;

/** One click each: an answer that takes longer is not given. */
function verdictForm(given: Form): Html {
  const { verdict } = given.view;
  return html`<fieldset><legend>Was the finding right?</legend>
${form(
  given,
  "verdict",
  html`<div class="verdicts">${VERDICTS.map((one) => verdictButton(one, verdict))}</div>
<details><summary>With a comment</summary>${comment("verdict-comment", false)}<p class="faint">Then press one of the buttons above.</p></details>`,
)}</fieldset>`;
}

const verdictButton = (verdict: AgentVerdict, given: AgentVerdict | null): Html =>
  html`<button name="verdict" value="${verdict}"${verdict === given && html` class="primary" aria-pressed="true"`}>${VERDICT_TEXT[verdict]}</button>`;

function calledForm(given: Form): Html {
  const { ownerCalledAt } = given.view;
  return ownerCalledAt === undefined
    ? form(given, "owner-called", html`<button>The owner called</button>`)
    : html`<p class="faint">The owner called, ${time(ownerCalledAt)}.</p>`;
}
