import type { DeviceView } from "#domain/device-view.ts";
import type { Identity } from "#ports/auth.ts";
import type { CaseReader, Page } from "#ports/case-store.ts";
import type { HttpContext } from "../context.ts";
import type { Html } from "./html.ts";
import { html } from "./html.ts";
import { page } from "./layout.ts";
import type { Query } from "./paging.ts";
import { nextLink, select } from "./paging.ts";
import { presenceBadge, stateBadge, time } from "./words.ts";

type Counts = Awaited<ReturnType<CaseReader["counts"]>>;

export async function fleetPage(
  { cases, api }: HttpContext,
  identity: Identity,
  query: Query,
): Promise<string> {
  const { product, cursor } = query;
  const [counts, devices] = await Promise.all([
    cases.counts(),
    cases.devices({
      limit: 50,
      ...(product !== undefined && { product }),
      ...(cursor !== undefined && { cursor }),
    }),
  ]);
  const products = Object.fromEntries(api.products().map(({ id, title }) => [id, title]));
  return page({
    title: "Fleet",
    identity,
    current: "/",
    live: { kind: "any" },
    body: html`<h1>Fleet</h1>
${tiles(counts)}
<form class="filters" method="get" action="/" aria-label="Filter devices">
${select({ name: "product", label: "Product", value: product, choices: products })}
<button>Show</button>
</form>
<section aria-labelledby="devices-heading">
<h2 id="devices-heading">Devices, worst first</h2>
<div id="devices" data-region>${deviceTable(devices, products)}</div>
${nextLink("/", query, devices.nextCursor)}
</section>`,
  });
}

function tiles(counts: Counts): Html {
  const { fault, misuse, underuse } = counts.openCases;
  const entries: readonly (readonly [string, number, string, string])[] = [
    ["Devices", counts.devices, "", ""],
    ["Online", counts.online, "", ""],
    [
      "Needs a person",
      counts.escalated,
      "/cases?stage=escalated",
      counts.escalated > 0 ? "bad" : "",
    ],
    ["Open faults", fault, "/cases?kind=fault", ""],
    ["Open misuse", misuse, "/cases?kind=misuse", ""],
    ["Open underuse", underuse, "/cases?kind=underuse", ""],
    ["Quarantined", counts.quarantined, "/quarantine", ""],
  ];
  return html`<ul class="tiles" id="counts" data-region aria-label="Counts">${entries.map(
    ([name, count, href, tone]) =>
      html`<li class="${tone}">${
        href === ""
          ? html`<b>${count}</b> <span>${name}</span>`
          : html`<a href="${href}"><b>${count}</b> <span>${name}</span></a>`
      }</li>`,
  )}</ul>`;
}

function deviceTable(devices: Page<DeviceView>, products: Readonly<Record<string, string>>): Html {
  if (devices.items.length === 0) {
    return html`<p class="empty">No devices yet. Register one with <code>POST /api/devices</code>, then connect it by MQTT.</p>`;
  }
  return html`<table class="list">
<thead><tr><th scope="col">Device</th><th scope="col">State</th><th scope="col" class="wide">Connection</th><th scope="col">Last seen</th><th scope="col" class="wide">Firmware</th></tr></thead>
<tbody>${devices.items.map(
    (device) => html`<tr>
<th scope="row"><a href="/devices/${device.id}">${device.id}</a><small>${products[device.product] ?? device.product}</small></th>
<td>${stateBadge(device)}${device.openCases > 1 && html`<small>${device.openCases} open cases</small>`}</td>
<td class="wide">${presenceBadge(device.presence)}</td>
<td>${time(device.lastSeenAt)}</td>
<td class="wide">${device.firmware === "" ? "unknown" : device.firmware}</td>
</tr>`,
  )}</tbody>
</table>`;
}
