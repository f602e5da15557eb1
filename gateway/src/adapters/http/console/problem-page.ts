import type { Identity } from "#ports/auth.ts";
import type { Problem } from "../problem.ts";
import { html } from "./html.ts";
import { page } from "./layout.ts";

/** A refusal as a page: what, why, and a way on. */
export const problemPage = (problem: Problem, identity: Identity | null): string =>
  page({
    title: problem.title,
    identity,
    body: html`<h1>${problem.title}</h1>
<p role="alert">${problem.detail}</p>
${
  problem.errors !== undefined &&
  html`<ul>${problem.errors.map(({ field, expected }) => html`<li><code>${field}</code>: ${expected}</li>`)}</ul>`
}
<p><a href="/">${identity === null ? "To the start page" : "To the fleet"}</a></p>
<p class="faint">Status ${problem.status}</p>`,
  });
