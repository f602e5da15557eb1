import type { Identity } from "#ports/auth.ts";
import { isAtLeast } from "#ports/auth.ts";
import type { Html } from "./html.ts";
import { html } from "./html.ts";

export interface Page {
  readonly title: string;
  readonly identity: Identity | null;
  /** Path of the navigation entry that is current, if any. */
  readonly current?: string;
  /** Which changes refresh the page: `all`, or `device ID` / `case ID`; absent = none. */
  readonly live?: Live;
  /** Loads the chart code as well. */
  readonly charts?: boolean;
  readonly body: Html;
}

export type Live =
  | { readonly kind: "any" }
  | { readonly kind: "case" | "device" | "quarantine"; readonly id?: string };

const NAVIGATION = [
  ["/", "Fleet"],
  ["/cases", "Cases"],
  ["/problems", "Problems"],
  ["/fixes", "Fixes"],
  ["/value", "Value"],
  ["/desks", "Desks"],
  ["/quarantine", "Quarantine"],
] as const;

const STYLES = ["console", "pieces", "lists", "charts-and-forms"] as const;

export function page(options: Page): string {
  const { title, identity, body } = options;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · Voorzorg</title>
<link rel="icon" href="/assets/favicon.svg" type="image/svg+xml">
${options.charts === true && html`<link rel="stylesheet" href="/assets/uPlot.min.css">`}
${STYLES.map((name) => html`<link rel="stylesheet" href="/assets/${name}.css">`)}
<script type="module" src="/assets/console.js"></script>
${options.charts === true && html`<script type="module" src="/assets/charts.js"></script>`}
</head>
<body${liveAttributes(options.live)}>
<a class="skip" href="#main">Skip to content</a>
<header class="top">
<a class="brand" href="/">${LOGO}<span>Voorzorg</span></a>
${identity !== null && navigation(options.current, identity)}
</header>
<main id="main" tabindex="-1">
${body}
</main>
<div id="announcer" class="visually-hidden" role="status" aria-live="polite"></div>
</body>
</html>
`.text;
}

const LOGO = html`<svg class="logo" viewBox="0 0 32 32" aria-hidden="true"><path d="M16 2 28 7v8c0 7.5-5 12.7-12 15C9 27.7 4 22.5 4 15V7z"/><path class="pulse" d="M8 16h4l2.5-5 3.5 9 2.5-4H24"/></svg>`;

function navigation(current: string | undefined, identity: Identity): Html {
  return html`<nav aria-label="Main">
<ul class="nav-list">
${NAVIGATION.map(
  ([path, text]) =>
    html`<li><a class="nav-link" href="${path}"${path === current && html` aria-current="page"`}>${text}</a></li>`,
)}
<li><a class="nav-link" href="/account"${current === "/account" && html` aria-current="page"`}>${identity.name}</a></li>
</ul>
</nav>
<p class="live-state" id="live-state" hidden></p>`;
}

function liveAttributes(live: Live | undefined): Html {
  if (live === undefined) return html``;
  if (live.kind === "any") return html` data-live=""`;
  return html` data-live="${live.kind}"${live.id !== undefined && html` data-live-id="${live.id}"`}`;
}

/** Hidden field that every form of the console carries. */
export const csrfField = (identity: Identity): Html =>
  html`<input type="hidden" name="_csrf" value="${identity.csrf}">`;

export const mayAct = (identity: Identity): boolean =>
  identity.via === "session" && isAtLeast(identity.role, "agent");

export const mayCommand = (identity: Identity): boolean =>
  identity.via === "session" && isAtLeast(identity.role, "engineer");
