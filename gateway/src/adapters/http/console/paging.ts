import type { Html } from "./html.ts";
import { html } from "./html.ts";

/** Filters of a page's address; what it does not know is ignored, as an old bookmark deserves. */
export type Query = Readonly<Record<string, string | undefined>>;

export function queryOf(query: unknown): Query {
  if (typeof query !== "object" || query === null) return {};
  return Object.fromEntries(
    Object.entries(query).flatMap(([key, value]) =>
      typeof value === "string" && value !== "" && value.length <= 512 ? [[key, value]] : [],
    ),
  );
}

/** The value if it is one of the allowed ones. */
export const oneOf = <T extends string>(
  value: string | undefined,
  allowed: readonly T[],
): T | undefined => allowed.find((candidate) => candidate === value);

export function nextLink(path: string, query: Query, nextCursor: string | null): Html {
  if (nextCursor === null && query.cursor === undefined) return html``;
  const to = (cursor: string | undefined) => {
    const search = new URLSearchParams();
    for (const [key, value] of Object.entries({ ...query, cursor })) {
      if (value !== undefined) search.set(key, value);
    }
    return search.size === 0 ? path : `${path}?${search}`;
  };
  return html`<nav class="paging" aria-label="Pages">
${query.cursor !== undefined && html`<a href="${to(undefined)}">First page</a>`}
${nextCursor !== null && html`<a href="${to(nextCursor)}" rel="next">Next page</a>`}
</nav>`;
}

export function select(options: {
  readonly name: string;
  readonly label: string;
  readonly value: string | undefined;
  readonly choices: Readonly<Record<string, string>>;
}): Html {
  return html`<label>${options.label} <select name="${options.name}">
<option value="">Any</option>
${Object.entries(options.choices).map(
  ([value, text]) =>
    html`<option value="${value}"${value === options.value && html` selected`}>${text}</option>`,
)}
</select></label>`;
}
