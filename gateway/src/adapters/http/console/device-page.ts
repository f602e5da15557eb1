import type { CommandArg, CommandModel, ProductModel } from "@voorzorg/firmware-contracts";
import type { DeviceView } from "#domain/device-view.ts";
import { DAY_MS, HOUR_MS } from "#domain/units.ts";
import type { Window } from "#pipeline/chart/window.ts";
import { windowOf } from "#pipeline/chart/window.ts";
import { unitText, valueText } from "#pipeline/wording/value-text.ts";
import type { Identity } from "#ports/auth.ts";
import type { HttpContext } from "../context.ts";
import { fixedNote } from "./case-evidence.ts";
import { caseTable } from "./cases-page.ts";
import { signalChart } from "./charts.ts";
import type { Html } from "./html.ts";
import { html } from "./html.ts";
import { csrfField, mayCommand, page } from "./layout.ts";
import type { Query } from "./paging.ts";
import { oneOf } from "./paging.ts";
import { readSeries } from "./read-series.ts";
import { useChart } from "./use-chart.ts";
import { presenceBadge, stateBadge, time } from "./words.ts";

const CHART_POINTS = 300;
const SPANS = { "1h": HOUR_MS, "24h": DAY_MS, "7d": 7 * DAY_MS } as const;
type Span = keyof typeof SPANS;
const SPAN_TEXT = { "1h": "1 hour", "24h": "24 hours", "7d": "7 days" } as const;

/** Undefined if there is no such device. */
export async function devicePage(
  context: HttpContext,
  identity: Identity,
  asked: { readonly id: string; readonly query: Query },
): Promise<string | undefined> {
  const { cases, api } = context;
  const device = await cases.device(asked.id);
  if (device === undefined) return undefined;
  const product = api.products().find(({ id }) => id === device.product);
  const window = windowOf(asked.query);
  const span = oneOf(asked.query.span, ["1h", "24h", "7d"]) ?? "24h";
  const [found, charts] = await Promise.all([
    cases.cases({ device: device.id, limit: 20 }),
    signalCharts(context, device, { product, window: window ?? newest(context, device, span) }),
  ]);
  return page({
    title: device.id,
    identity,
    current: "/",
    live: { kind: "device", id: device.id },
    charts: true,
    body: html`<div id="head" data-region>
<p class="crumbs"><a href="/">Fleet</a></p>
<h1>${device.id}</h1>
<p class="badges">${stateBadge(device)} ${presenceBadge(device.presence)} <span>${product?.title ?? device.product}</span></p>
${facts(device)}
</div>
<section aria-labelledby="cases-heading"><h2 id="cases-heading">Cases</h2>
<div id="cases" data-region>${caseTable(found.items)}</div>
${found.nextCursor !== null && html`<p><a href="/cases?device=${device.id}">All cases of this device</a></p>`}
</section>
<section aria-labelledby="now-heading"><h2 id="now-heading">Signals now</h2>
<div id="now" data-region>${signalTable(device, product)}</div></section>
<section aria-labelledby="charts-heading"><h2 id="charts-heading">Over time</h2>
<nav class="spans" aria-label="Length of time">${Object.entries(SPAN_TEXT).map(
      ([key, text]) =>
        html`<a href="?span=${key}"${window === undefined && key === span && html` aria-current="true"`}>${text}</a>`,
    )}</nav>
${fixedNote(window)}
<div id="charts" data-region>${charts}</div></section>
<section aria-labelledby="use-heading"><h2 id="use-heading">Use</h2>
<div id="use" data-region>${useChart(device.use, product)}</div></section>
<div class="columns">
<section aria-labelledby="commands-heading"><h2 id="commands-heading">Commands</h2>
<div id="commands" data-region>${commandList(device)}</div>
${mayCommand(identity) && product !== undefined && commandForms(device, product, identity)}
</section>
<section aria-labelledby="settings-heading"><h2 id="settings-heading">Settings</h2>
<div id="settings" data-region>${settingsTable(device, product)}</div></section>
</div>`,
  });
}

function facts(device: DeviceView): Html {
  const attrs = Object.entries(device.attrs);
  return html`<dl class="facts">
<div><dt>Last seen</dt><dd>${time(device.lastSeenAt)}</dd></div>
<div><dt>Its own time</dt><dd>${time(device.deviceTime, "unknown")}</dd></div>
<div><dt>Firmware</dt><dd>${device.firmware === "" ? "unknown" : device.firmware}</dd></div>
<div><dt>Messages</dt><dd>${device.messages.toLocaleString("en")}</dd></div>
<div><dt>Active since</dt><dd>${time(device.activatedAt)}</dd></div>
${device.cohort !== "" && html`<div><dt>Peers</dt><dd>${device.cohort}</dd></div>`}
${device.owner !== "" && html`<div><dt>Owner</dt><dd>${device.owner}</dd></div>`}
${attrs.map(([name, value]) => html`<div><dt>${name}</dt><dd>${valueText(value)}</dd></div>`)}
</dl>`;
}

function signalTable(device: DeviceView, product: ProductModel | undefined): Html {
  const names = Object.keys(product?.signals ?? device.signals);
  return html`<table class="list">
<thead><tr><th scope="col">Signal</th><th scope="col">Value</th><th scope="col">At</th></tr></thead>
<tbody>${names.map((name) => {
    const model = product?.signals[name];
    const now = device.signals[name];
    return html`<tr><th scope="row">${model?.title ?? name}<small><code>${name}</code></small></th>
<td>${now === undefined ? "no sample yet" : valueText(now.value, model)}</td><td>${time(now?.at ?? null, "")}</td></tr>`;
  })}</tbody></table>`;
}

function newest({ clock }: HttpContext, { deviceTime }: DeviceView, span: Span): Window {
  const to = (deviceTime ?? clock.now()) + 1;
  return { from: to - SPANS[span], to };
}

async function signalCharts(
  { series }: HttpContext,
  device: DeviceView,
  shown: { readonly product: ProductModel | undefined; readonly window: Window },
): Promise<Html> {
  const { product } = shown;
  const { from, to } = shown.window;
  const names = Object.entries(product?.signals ?? {}).flatMap(([name, { kind }]) =>
    kind === "text" ? [] : [name],
  );
  const read = names.map(async (signal) => ({
    signal,
    curve: await readSeries(series, { device: device.id, signal, from, to, points: CHART_POINTS }),
  }));
  const all = await Promise.all(read);
  const isEmpty = ({ curve: { points, missing } }: (typeof all)[number]) =>
    Array.isArray(points) && points.length === 0 && missing === null;
  const drawn = all.filter((one) => !isEmpty(one));
  const empty = all.filter(isEmpty);
  const titles = empty.map(({ signal }) => product?.signals[signal]?.title ?? signal);
  return html`<div class="charts">${drawn.map(({ signal, curve }) =>
    signalChart({ signal, product, curve, limits: [], marks: [], listMarks: false }),
  )}</div>
${titles.length > 0 && html`<p class="faint">No samples of this time are stored for: ${titles.join(", ")}.</p>`}`;
}

function commandList(device: DeviceView): Html {
  if (device.commands.length === 0) return html`<p class="faint">None was sent.</p>`;
  return html`<ul class="entries">${device.commands.map(
    (
      command,
    ) => html`<li><p><code>${command.name}</code> <strong>${command.state}</strong> <span class="faint">by ${command.by} · ${time(command.at)}</span></p>
${command.detail !== "" && html`<p>${command.detail}</p>`}</li>`,
  )}</ul>`;
}

function settingsTable(device: DeviceView, product: ProductModel | undefined): Html {
  const names = Object.keys({ ...product?.settings, ...device.settings });
  if (names.length === 0) return html`<p class="faint">This product has none.</p>`;
  return html`<table class="list">
<thead><tr><th scope="col">Setting</th><th scope="col">Value</th></tr></thead>
<tbody>${names.map((name) => {
    const model = product?.settings[name];
    const value = device.settings[name];
    const unit = model?.unit === undefined ? {} : { unit: model.unit };
    return html`<tr><th scope="row">${model?.title ?? name}<small><code>${name}</code></small></th>
<td>${value === undefined ? html`<span class="faint">not reported</span>` : valueText(value, unit)}</td></tr>`;
  })}</tbody></table>`;
}

function commandForms(device: DeviceView, product: ProductModel, identity: Identity): Html {
  return html`<h3>Send a command</h3>
<p class="faint">It waits up to 10 minutes for the device.</p>
${Object.entries(product.commands).map(
  ([name, model]) => html`<details class="card"><summary>${model.title}</summary>
<form method="post" action="/devices/${device.id}/commands" class="stack">${csrfField(identity)}
<input type="hidden" name="name" value="${name}">
${commandNotes(model)}
${Object.entries(model.args).map(([arg, spec]) => argField(name, arg, spec))}
<button>Send <code>${name}</code></button></form></details>`,
)}`;
}

function commandNotes(model: CommandModel): Html {
  return html`${model.safeWhen !== undefined && html`<p class="faint">Sent only while <code>${model.safeWhen}</code>.</p>`}
${model.needsConsent && html`<p><strong>Needs the owner's consent.</strong></p>`}`;
}

function argField(command: string, arg: string, spec: CommandArg): Html {
  const id = `${command}-${arg}`;
  const unit = unitText(spec.unit);
  const label = html`<label for="${id}">${arg}${unit !== "" && html` in ${unit}`}${!spec.required && " (optional)"}</label>`;
  const required = spec.required && html` required`;
  const name = `arg.${arg}`;
  const choices = spec.kind === "boolean" ? ["true", "false"] : spec.values;
  if (choices !== undefined) {
    return html`${label}<select id="${id}" name="${name}"${required}>${!spec.required && html`<option value=""></option>`}${choices.map(
      (choice) => html`<option>${choice}</option>`,
    )}</select>`;
  }
  if (spec.kind === "number") {
    const [low, high] = spec.range ?? [];
    return html`${label}<input id="${id}" name="${name}" type="number" step="any"${low !== undefined && html` min="${low}"`}${high !== undefined && html` max="${high}"`}${required}>`;
  }
  return html`${label}<input id="${id}" name="${name}" maxlength="${spec.maxLength ?? 200}"${required}>`;
}
