const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: " ",
};

/**
 * HTML that a person or a mail brought, as text. Customers write it too: every step takes time in
 * proportion to the length, whatever it holds.
 */
export const plainText = (html: string): string =>
  withoutHidden(html)
    .replace(/\s+/g, " ")
    .replace(/<br\s?\/?>|<\/(p|div|li|tr|h\d|blockquote)>/gi, "\n")
    .replace(/<[^<>]*>/g, "")
    .replace(/&(#x?[0-9a-f]{1,6}|[a-z]{2,8});/gi, (whole, name: string) => entity(name) ?? whole)
    .split("\n")
    .map((line) => line.trim())
    .join("\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim();

/** Without what a page never shows; an end that is missing takes the rest with it. */
function withoutHidden(html: string): string {
  const shown: string[] = [];
  const opening = /<(style|script|title)\b/gi;
  let from = 0;
  for (let found = opening.exec(html); found !== null; found = opening.exec(html)) {
    shown.push(html.slice(from, found.index));
    const closing = new RegExp(`</${found[1]}\\s?>`, "gi");
    closing.lastIndex = opening.lastIndex;
    from = closing.exec(html) === null ? html.length : closing.lastIndex;
    opening.lastIndex = from;
  }
  shown.push(html.slice(from));
  return shown.join(" ");
}

function entity(name: string): string | undefined {
  if (!name.startsWith("#")) return ENTITIES[name.toLowerCase()];
  const hex = name[1] === "x" || name[1] === "X";
  const code = Number.parseInt(name.slice(hex ? 2 : 1), hex ? 16 : 10);
  return code <= 0x10ffff ? String.fromCodePoint(code) : undefined;
}
