import { cleanLine, cleanText, webAddress } from "#pipeline/document/clean.ts";
import type { Document, DocumentBlock } from "#ports/document.ts";

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);

const line = (text: string): string => escaped(cleanLine(text));
const lines = (text: string): string => escaped(cleanText(text).trim()).replaceAll("\n", "<br>");

/**
 * Plain HTML without classes, styles or scripts, of tags that desks keep. Everything in the document is
 * text: no tag in it survives as one. Pictures are named, not shown: desks strip or block foreign ones.
 */
export const toHtml = (document: Document): string => document.map(block).join("\n");

function block(part: DocumentBlock): string {
  switch (part.kind) {
    case "heading":
      return `<h3>${line(part.text)}</h3>`;
    case "paragraph":
      return `<p>${lines(part.text)}</p>`;
    case "list":
      return `<ul>${part.items.map((item) => `<li>${lines(item)}</li>`).join("")}</ul>`;
    case "facts":
      return `<ul>${part.rows
        .map(([name, value]) => `<li><strong>${line(name)}:</strong> ${lines(value)}</li>`)
        .join("")}</ul>`;
    case "link": {
      const url = webAddress(part.url);
      const text = line(part.text);
      return url === undefined
        ? `<p>${text}</p>`
        : `<p><a href="${escaped(url)}">${text === "" ? escaped(url) : text}</a></p>`;
    }
    case "draft":
      return `<p><strong>${line(part.title)}</strong></p>\n<blockquote>${lines(part.text)}</blockquote>`;
    case "picture":
      return `<p><em>Attached ${line(part.name)}: ${line(part.text)}</em></p>`;
  }
}
