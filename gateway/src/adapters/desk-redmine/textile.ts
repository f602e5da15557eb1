import { cleanLine, cleanText, webAddress } from "#pipeline/document/clean.ts";
import type { Document, DocumentBlock } from "#ports/document.ts";

/**
 * Textile as Redmine reads it. Signs that could begin markup, a macro, a mention or a link of Redmine's
 * become numeric entities; the rest stays as it is, because people also see the raw text when they edit.
 */
export function toTextile(document: Document): string {
  const text = document
    .map(block)
    .filter((part) => part !== "")
    .join("\n\n");
  return text === "" ? "" : `${text}\n`;
}

function block(part: DocumentBlock): string {
  switch (part.kind) {
    case "heading":
      return `h3. ${line(part.text)}`;
    case "paragraph":
      return lines(part.text).join("\n");
    case "list":
      return part.items.map((item) => `* ${line(item)}`).join("\n");
    case "facts":
      return part.rows.map(([name, value]) => `|_. ${line(name)} | ${line(value)} |`).join("\n");
    case "link": {
      const url = webAddress(part.url);
      const text = line(part.text);
      return url === undefined ? text : `"${text}":${linkTarget(url)}`;
    }
    case "draft": {
      const quoted = lines(part.text).map((one) => `> ${one}`.trimEnd());
      return [`*${line(part.title)}*`, quoted.join("\n")].join("\n\n");
    }
    case "picture":
      // Only the name of an attachment: anything else would load a picture from elsewhere.
      return /^[\w-][\w.-]*$/.test(part.name)
        ? `!${part.name}!\n${line(part.text)}`.trimEnd()
        : line(part.text);
  }
}

const line = (text: string): string => escaped(cleanLine(text));

/** Without empty lines at the ends; empty ones between begin a new paragraph. */
const lines = (text: string): readonly string[] =>
  cleanText(text)
    .trim()
    .split("\n")
    .map((one) => line(one));

/** A line of text that Redmine shows as it was written. */
export const escaped = (text: string): string =>
  text.replace(/[!-/:-@[-`{-~]/g, (sign, at: number) =>
    isHarmless(sign, text.slice(Math.max(0, at - NEAR), at), text.slice(at + 1, at + 3))
      ? sign
      : `&#${sign.charCodeAt(0)};`,
  );

/** So far back is looked for the start of a line; no block mark is as long. */
const NEAR = 40;
const ENDS_WORD = /[\p{L}\p{N}]$/u;
const BEGINS_WORD = /^[\p{L}\p{N}]/u;
const SPACE_OR_END = /^(\s|$)/;

/**
 * Signs that cannot begin markup where they stand. Phrase marks begin only before a word and after a
 * blank or the start of the line; an address needs a colon or `www.`.
 */
function isHarmless(sign: string, before: string, after: string): boolean {
  switch (sign) {
    case ",":
    case ";":
    case "'":
    case "/":
    case ")":
      return true;
    case "-":
    case "_":
      return ENDS_WORD.test(before) && BEGINS_WORD.test(after);
    case ".":
      // The first word of a line with a full stop is a block mark: "h1. ", "bq. ", "fn2. ".
      return (
        (/\d$/.test(before) && /^\d/.test(after)) ||
        ((before.length === NEAR || /\s/.test(before)) &&
          ENDS_WORD.test(before) &&
          SPACE_OR_END.test(after))
      );
    case ":":
      return SPACE_OR_END.test(after) || (/\d$/.test(before) && /^\d/.test(after));
    case "%":
      return /\d ?$/.test(before) && SPACE_OR_END.test(after);
    case "!":
    case "?":
      return ENDS_WORD.test(before) && SPACE_OR_END.test(after);
    case "=":
    case "+":
      return /\s$/.test(before) && SPACE_OR_END.test(after) && after !== "";
    default:
      return false;
  }
}

/** Percent-encodes what would end the address or begin markup within it. */
const linkTarget = (url: string): string =>
  url.replace(/[^A-Za-z0-9_/:.?&=%#~+,;-]/g, (sign) =>
    encodeURIComponent(sign).replace(
      /^[^%]$/,
      (plain) => `%${plain.charCodeAt(0).toString(16).toUpperCase()}`,
    ),
  );
