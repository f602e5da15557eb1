import { cleanLine, cleanText, webAddress } from "#pipeline/document/clean.ts";
import type { Document, DocumentBlock } from "#ports/document.ts";

/**
 * CommonMark. Every sign that could begin markup is escaped, `<`, `>` and `&` as entities, so that text
 * stays text in dialects that let HTML through, too.
 */
export function toMarkdown(document: Document): string {
  const text = document
    .map(block)
    .filter((part) => part !== "")
    .join("\n\n");
  return text === "" ? "" : `${text}\n`;
}

function block(part: DocumentBlock): string {
  switch (part.kind) {
    case "heading":
      return `### ${line(part.text)}`;
    case "paragraph":
      return lines(part.text, "");
    case "list":
      return part.items.map((item) => `- ${lines(item, "  ")}`).join("\n");
    case "facts":
      return part.rows
        .map(([name, value]) => `- **${line(name)}:** ${lines(value, "  ")}`)
        .join("\n");
    case "link": {
      const url = webAddress(part.url);
      const text = line(part.text);
      return url === undefined
        ? text
        : `[${text}](<${url.replace(/[<>\\]/g, encodeURIComponent)}>)`;
    }
    case "draft":
      return `**${line(part.title)}**\n\n> ${lines(part.text, "> ")}`;
    case "picture":
      return `*Attached ${line(part.name)}: ${line(part.text)}*`;
  }
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

const escaped = (text: string): string =>
  text
    .replace(/[\\`*_[\]{}()#|~!^$]/g, "\\$&")
    .replace(/[&<>]/g, (sign) => ENTITIES[sign] ?? sign)
    // At the start of a line these begin lists, numbers, headings and rules.
    .replace(/^(\s*)([-+=:])/gm, "$1\\$2")
    .replace(/^(\s*\d+)([.)])/gm, "$1\\$2");

const line = (text: string): string => escaped(cleanLine(text));

/** Lines stay lines; an empty one does not end the block that it stands in. */
const lines = (text: string, indent: string): string =>
  cleanText(text)
    .trim()
    .split("\n")
    .map((one) => escaped(one.trim()))
    .join(`\\\n${indent}`);
