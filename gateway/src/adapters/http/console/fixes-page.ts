import type { FixView, RemedySwitch } from "#domain/remedy/fix.ts";
import type { Identity } from "#ports/auth.ts";
import { act } from "../api/act.ts";
import type { App, HttpContext } from "../context.ts";
import { RequestRefusedError } from "../problem.ts";
import { formOf, textOf } from "./forms.ts";
import type { Html } from "./html.ts";
import { html } from "./html.ts";
import { csrfField, mayCommand, page } from "./layout.ts";
import { badge, time } from "./words.ts";

const MAX_REASON = 400;

export async function fixesPage({ cases, api }: HttpContext, identity: Identity): Promise<string> {
  const [fixes, switches] = await Promise.all([cases.fixes({}), cases.remedies()]);
  const products = api.products().map(({ id }) => id);
  return page({
    title: "Fixes",
    identity,
    current: "/fixes",
    live: { kind: "any" },
    body: html`<h1>Fixes</h1>
<p class="lead">What the playbooks do by themselves, and whether telemetry showed that it helped and lasted.</p>
<section aria-labelledby="switch-heading" class="card">
<h2 id="switch-heading">The off switch</h2>
<div id="switch" data-region class="stack">${switchLines(switches)}${mayCommand(identity) && switchForm(switches, products, identity)}</div>
</section>
<section aria-labelledby="fixes-heading">
<h2 id="fixes-heading">How each one did</h2>
<div id="fixes" data-region>${fixList(fixes, identity)}</div>
</section>`,
  });
}

const placeText = (product: string): string => (product === "" ? "The whole fleet" : product);

function switchLines(switches: readonly RemedySwitch[]): Html {
  const off = switches.filter(({ enabled }) => !enabled);
  if (off.length === 0) return html`<p>${badge("good", "On")} Playbooks act by themselves.</p>`;
  return html`<ul class="entries">${off.map(
    ({ product, by, reason, at }) =>
      html`<li>${badge("bad", "Off")} <strong>${placeText(product)}</strong>: ${reason} <span class="faint">${by} · ${time(at)}</span></li>`,
  )}</ul>
<p class="faint">While it is off no step of a playbook acts; its cases go to a person. Commands of engineers still go out.</p>`;
}

function switchForm(
  switches: readonly RemedySwitch[],
  products: readonly string[],
  identity: Identity,
): Html {
  const isOff = (product: string) =>
    switches.some((one) => one.product === product && !one.enabled);
  const places = ["", ...products];
  return html`<details><summary>Turn it</summary>
<form method="post" action="/fixes/switch" class="stack">${csrfField(identity)}
<label for="switch-place">For</label><select id="switch-place" name="product">${places.map((product) => html`<option value="${product}">${placeText(product)}${isOff(product) && " (off)"}</option>`)}</select>
<label for="switch-reason">Why</label><input id="switch-reason" name="reason" required maxlength="${MAX_REASON}">
<p class="buttons"><button name="enabled" value="no">Switch off</button> <button name="enabled" value="yes">Switch on</button></p>
</form></details>`;
}

function fixList(fixes: readonly FixView[], identity: Identity): Html {
  if (fixes.length === 0) return html`<p class="empty">No step of a playbook was tried yet.</p>`;
  return html`<ul class="entries">${fixes.map((fix) => fixItem(fix, identity))}</ul>`;
}

function fixItem(fix: FixView, identity: Identity): Html {
  const settled = fix.held + fix.failed;
  const share = settled === 0 ? "not known yet" : `${Math.round((100 * fix.held) / settled)} %`;
  return html`<li class="card">
<p><strong><code>${fix.what}</code></strong> ${fix.withdrawnAt === null ? badge("good", "In use") : badge("bad", "Withdrawn")}</p>
<p class="faint">${fix.product} · ${fix.rule}</p>
<dl class="facts">
<div><dt>Tried</dt><dd>${fix.tried}</dd></div>
<div><dt>Proved by telemetry</dt><dd>${fix.proved}</dd></div>
<div><dt>Held after its settle time</dt><dd>${fix.held}</dd></div>
<div><dt>Failed or came back</dt><dd>${fix.failed}</dd></div>
<div><dt>Share that held</dt><dd>${share}</dd></div>
<div><dt>Perhaps did harm</dt><dd>${fix.harmful}</dd></div>
</dl>
${fix.withdrawnAt !== null && html`<p>Withdrawn ${time(fix.withdrawnAt)}: ${fix.withdrawnWhy}</p>`}
${fix.withdrawnAt !== null && mayCommand(identity) && reinstateForm(fix, identity)}
</li>`;
}

const reinstateForm = (fix: FixView, identity: Identity): Html =>
  html`<details><summary>Use it again</summary><form method="post" action="/fixes/reinstate" class="stack">${csrfField(identity)}<input type="hidden" name="product" value="${fix.product}"><input type="hidden" name="rule" value="${fix.rule}"><input type="hidden" name="step" value="${fix.step}">
<label for="why-${fix.step}">Why it will do better now</label><input id="why-${fix.step}" name="reason" required maxlength="${MAX_REASON}"><button>Use it again, with new counts</button></form></details>`;

export function fixActions(app: App, context: HttpContext): void {
  const options = { config: { access: "engineer", page: true }, schema: { hide: true } } as const;
  app.post("/fixes/switch", options, async (request, reply) => {
    const form = formOf(request);
    const reason = needed(form, "reason");
    const enabled = form.get("enabled") === "yes";
    const product = textOf(form, "product", 64);
    await act(context, request, { name: "remedies", enabled, product, reason });
    return reply.redirect("/fixes", 303);
  });
  app.post("/fixes/reinstate", options, async (request, reply) => {
    const form = formOf(request);
    await act(context, request, {
      name: "reinstate",
      product: needed(form, "product"),
      rule: needed(form, "rule"),
      step: needed(form, "step"),
      reason: needed(form, "reason"),
    });
    return reply.redirect("/fixes", 303);
  });
}

function needed(form: URLSearchParams, field: string): string {
  const text = textOf(form, field, MAX_REASON);
  if (text !== "") return text;
  throw new RequestRefusedError(400, `Not valid: ${field}.`, [
    { field, value: null, expected: "a text" },
  ]);
}
