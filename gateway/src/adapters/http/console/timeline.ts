import type { CaseEvent } from "#domain/case/case.ts";
import { EVENT_TEXT } from "#pipeline/wording/case-words.ts";
import type { Html } from "./html.ts";
import { html } from "./html.ts";
import { prose, time } from "./words.ts";

/** What happened to a case or a problem, oldest first. */
export function timelineList(events: readonly CaseEvent[]): Html {
  return html`<ol class="timeline">${events.map(
    (event) => html`<li class="${event.kind}">
<p><strong>${EVENT_TEXT[event.kind]}</strong> <span class="faint">by ${event.by} · ${time(event.at)}</span></p>
<p>${prose(event.reason)}</p>
</li>`,
  )}</ol>`;
}
