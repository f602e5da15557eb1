import type { CaseAction, CaseView } from "#domain/case/case.ts";
import { ACTION_STATE_TEXT, ACTION_TEXT } from "#pipeline/wording/case-words.ts";
import type { Identity } from "#ports/auth.ts";
import type { Html } from "./html.ts";
import { html } from "./html.ts";
import { csrfField } from "./layout.ts";
import { heldBadge, proofBadge, prose, time } from "./words.ts";

/** The steps of a case with their proof; `mayUndo`: who may take one back, null = nobody who looks. */
export function caseActionList(view: CaseView, mayUndo: Identity | null): Html {
  if (view.actions.length === 0) return html`<p class="faint">Nothing yet.</p>`;
  return html`<ol class="steps">${view.actions.map(
    (action) => html`<li class="card">
<p><strong>${ACTION_TEXT[action.kind]}</strong> ${isCode(action) ? html`<code>${action.what}</code>` : action.what}</p>
<p class="badges">${proofBadge(action.proof)} ${heldBadge(action.held)} <span class="faint">${ACTION_STATE_TEXT[action.state]} · ${time(action.startedAt)}</span></p>
${action.detail !== "" && html`<p>${prose(action.detail)}</p>`}
${mayUndo !== null && action.undoable === true && undoForm(view, action, mayUndo)}
</li>`,
  )}</ol>`;
}

const isCode = ({ kind }: CaseAction): boolean => kind === "command" || kind === "settings";

const undoForm = (view: CaseView, action: CaseAction, identity: Identity): Html =>
  html`<form method="post" action="/cases/${encodeURIComponent(view.id)}/undo">${csrfField(identity)}
<input type="hidden" name="action" value="${action.id}">
<button>Take back <span class="visually-hidden">${action.what}</span></button></form>`;
