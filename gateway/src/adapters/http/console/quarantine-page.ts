import type { QuarantineEntry } from "#domain/effects.ts";
import type { Identity } from "#ports/auth.ts";
import { showPayload } from "../api/device-views.ts";
import type { HttpContext } from "../context.ts";
import type { Html } from "./html.ts";
import { html } from "./html.ts";
import { page } from "./layout.ts";
import type { Query } from "./paging.ts";
import { nextLink } from "./paging.ts";
import { badge, time } from "./words.ts";

export async function quarantinePage(
  { cases }: HttpContext,
  identity: Identity,
  query: Query,
): Promise<string> {
  const { device, code, cursor } = query;
  const found = await cases.quarantine({
    limit: 50,
    ...(device !== undefined && { device }),
    ...(code !== undefined && { code }),
    ...(cursor !== undefined && { cursor }),
  });
  return page({
    title: "Quarantine",
    identity,
    current: "/quarantine",
    live: { kind: "quarantine" },
    body: html`<h1>Quarantine</h1>
<p class="lead">Messages that were refused or not understood, newest first. Nothing is dropped in silence: each has its reason.</p>
<form class="filters" method="get" action="/quarantine" aria-label="Filter messages">
<label>Device <input name="device" value="${device}" maxlength="64" size="14" autocapitalize="none"></label>
<label>Reason code <input name="code" value="${code}" maxlength="64" size="18" autocapitalize="none"></label>
<button>Show</button>
${Object.keys(query).length > 0 && html`<a href="/quarantine">Show all</a>`}
</form>
<div id="quarantine" data-region>${
      found.items.length === 0
        ? html`<p class="empty">Nothing here. Every message was understood.</p>`
        : html`<ul class="entries">${found.items.map(entryItem)}</ul>`
    }</div>
${nextLink("/quarantine", query, found.nextCursor)}`,
  });
}

function entryItem(entry: QuarantineEntry): Html {
  const { payload, encoding, size } = showPayload(entry.payload);
  return html`<li class="card">
<p>${badge("bad", entry.code)} ${time(entry.at)} ${entry.device !== "" && html`<a href="/devices/${encodeURIComponent(entry.device)}">${entry.device}</a>`}</p>
<p>${entry.reason}</p>
<p class="faint break">Topic <code>${entry.topic}</code></p>
<details><summary>Payload, ${size} bytes${encoding === "base64" && ", as base64"}</summary><pre tabindex="0">${payload}</pre></details>
</li>`;
}
