/**
 * HTML that mail programs show: no style sheet, script, picture or link to elsewhere, everything inline; one
 * column that fits a phone. Colours keep a contrast of 4.5 to their ground, also where a program turns them dark.
 */

const INK = "#1c2733";
const QUIET = "#55616e";
const RULE = "#d5dbe1";
const LINK = "#0b5cad";
const FONT = "font-family:-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif";

/** Marked-up text; made only here, so that nothing unescaped comes in between. */
export interface Markup {
  readonly html: string;
}

const raw = (html: string): Markup => ({ html });

const text = (plain: string): Markup =>
  raw(
    plain
      .replaceAll("&", "&amp;")
      .replaceAll("<", "&lt;")
      .replaceAll(">", "&gt;")
      .replaceAll('"', "&quot;"),
  );

export const join = (parts: readonly Markup[]): Markup =>
  raw(parts.map(({ html }) => html).join(""));

export const heading = (plain: string): Markup =>
  raw(`<h2 style="margin:28px 0 8px;font-size:18px;line-height:1.3">${text(plain).html}</h2>`);

/** Line ends stay. */
export const paragraph = (plain: string): Markup =>
  raw(`<p style="margin:0 0 12px;white-space:pre-line">${text(plain).html}</p>`);

export const quiet = (plain: string): Markup =>
  raw(`<p style="margin:0 0 12px;color:${QUIET};font-size:14px">${text(plain).html}</p>`);

/** `url` must be http or https; else only the words are shown. */
export const link = (words: string, url: string | undefined): Markup =>
  url === undefined || !/^https?:\/\//.test(url)
    ? text(words)
    : raw(`<a href="${text(url).html}" style="color:${LINK}">${text(words).html}</a>`);

/** A line of its own. */
export const line = ({ html }: Markup): Markup => raw(`<p style="margin:0 0 12px">${html}</p>`);

export const list = (items: readonly Markup[]): Markup =>
  raw(
    `<ul style="margin:0 0 12px;padding-left:20px">${items
      .map(({ html }) => `<li style="margin:0 0 8px">${html}</li>`)
      .join("")}</ul>`,
  );

export const small = (plain: string): Markup =>
  raw(`<br><span style="color:${QUIET};font-size:14px">${text(plain).html}</span>`);

/** A table of figures; the first column names the row. */
export function table(
  caption: string,
  head: readonly string[],
  rows: readonly (readonly string[])[],
): Markup {
  const edge = `border-bottom:1px solid ${RULE}`;
  const cell = (place: number): string =>
    place === 0 ? "text-align:left;padding:6px 0" : "text-align:right;padding:6px 0 6px 12px";
  const columns = head.map(
    (one, place) =>
      `<th scope="col" style="${edge};${cell(place)};font-size:14px;color:${QUIET};font-weight:600">${text(one).html}</th>`,
  );
  const lines = rows.map((row) => {
    const cells = row.map((one, place) =>
      place === 0
        ? `<th scope="row" style="${edge};${cell(0)};font-weight:400">${text(one).html}</th>`
        : `<td style="${edge};${cell(1)};white-space:nowrap">${text(one).html}</td>`,
    );
    return `<tr>${cells.join("")}</tr>`;
  });
  return raw(
    `<table style="border-collapse:collapse;width:100%;margin:0 0 12px"><caption style="text-align:left;color:${QUIET};font-size:14px;padding:0 0 4px">${text(caption).html}</caption><thead><tr>${columns.join("")}</tr></thead><tbody>${lines.join("")}</tbody></table>`,
  );
}

export function page(title: string, body: Markup): string {
  const plain = text(title).html;
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><title>${plain}</title></head>
<body style="margin:0;padding:0;background:#ffffff;color:${INK}">
<div role="article" aria-label="${plain}" lang="en" style="${FONT};font-size:16px;line-height:1.5;color:${INK};max-width:640px;margin:0 auto;padding:16px">
<h1 style="margin:0 0 12px;font-size:22px;line-height:1.25">${plain}</h1>
${body.html}
</div>
</body>
</html>
`;
}
