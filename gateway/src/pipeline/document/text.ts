import { cleanLine, cleanText, webAddress } from "#pipeline/document/clean.ts";
import type { Document, DocumentBlock } from "#ports/document.ts";

/** Plain text for mails and desks that know nothing else. Ends with a line break unless empty. */
export function toText(document: Document): string {
  const text = document
    .map(block)
    .filter((part) => part !== "")
    .join("\n\n");
  return text === "" ? "" : `${text}\n`;
}

function block(part: DocumentBlock): string {
  switch (part.kind) {
    case "heading": {
      const text = cleanLine(part.text);
      return `${text}\n${"-".repeat(Math.min([...text].length, 72))}`;
    }
    case "paragraph":
      return cleanText(part.text).trim();
    case "list":
      return part.items.map((item) => indented("- ", item)).join("\n");
    case "facts":
      return part.rows
        .map(([name, value]) => indented("", `${cleanLine(name)}: ${value}`))
        .join("\n");
    case "link": {
      const url = webAddress(part.url);
      const text = cleanLine(part.text);
      return url === undefined ? text : `${text}: ${url}`;
    }
    case "draft": {
      const text = cleanText(part.text).trim();
      return `${cleanLine(part.title)}\n${text.replace(/^/gm, "| ").replace(/ +$/gm, "")}`;
    }
    case "picture":
      return `Attached ${cleanLine(part.name)}: ${cleanLine(part.text)}`;
  }
}

const indented = (first: string, text: string): string =>
  first + cleanText(text).trim().replaceAll("\n", "\n  ");
