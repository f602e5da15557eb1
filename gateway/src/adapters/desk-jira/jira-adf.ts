import { cleanLine, cleanText, webAddress } from "#pipeline/document/clean.ts";
import type { Document, DocumentBlock } from "#ports/document.ts";

/** A node of the Atlassian Document Format. Text is text there: nothing in it can begin markup. */
export interface AdfNode {
  readonly type: string;
  readonly attrs?: Readonly<Record<string, unknown>>;
  readonly content?: readonly AdfNode[];
  readonly marks?: readonly { readonly type: string; readonly attrs?: object }[];
  readonly text?: string;
}

export interface AdfDocument extends AdfNode {
  readonly type: "doc";
  readonly version: 1;
  readonly content: readonly AdfNode[];
}

/** Jira takes 32,767 characters in a field or comment. */
const MAX_CHARACTERS = 30_000;

export function toAdf(document: Document): AdfDocument {
  const budget = new Budget(MAX_CHARACTERS);
  const content = document.flatMap((part) => block(part, budget));
  return { type: "doc", version: 1, content: content.length === 0 ? [paragraph([])] : content };
}

/** Hands out what is left of the characters that fit. */
class Budget {
  #left: number;

  constructor(characters: number) {
    this.#left = characters;
  }

  take(text: string): string {
    const fits = text.length <= this.#left ? text : text.slice(0, this.#left).toWellFormed();
    this.#left -= fits.length;
    return fits;
  }
}

const paragraph = (content: readonly AdfNode[]): AdfNode => ({ type: "paragraph", content });

function block(part: DocumentBlock, budget: Budget): readonly AdfNode[] {
  switch (part.kind) {
    case "heading": {
      const content = inline(cleanLine(part.text), budget);
      return content.length === 0 ? [] : [{ type: "heading", attrs: { level: 3 }, content }];
    }
    case "paragraph":
      return [paragraph(lines(part.text, budget))];
    case "list":
      return bullets(part.items.map((item) => lines(item, budget)));
    case "facts":
      return bullets(
        part.rows.map(([name, value]) => [
          ...inline(`${cleanLine(name)}: `, budget, [{ type: "strong" }]),
          ...lines(value, budget),
        ]),
      );
    case "link": {
      const url = webAddress(part.url);
      const text = cleanLine(part.text) || (url ?? "");
      const mark = url === undefined ? [] : [{ type: "link", attrs: { href: url } }];
      return [paragraph(inline(text, budget, mark))];
    }
    case "draft":
      return [
        paragraph(inline(cleanLine(part.title), budget, [{ type: "strong" }])),
        { type: "blockquote", content: [paragraph(lines(part.text, budget))] },
      ];
    case "picture": {
      const text = `Attached ${cleanLine(part.name)}: ${cleanLine(part.text)}`;
      return [paragraph(inline(text, budget, [{ type: "em" }]))];
    }
  }
}

const bullets = (items: readonly (readonly AdfNode[])[]): readonly AdfNode[] =>
  items.length === 0
    ? []
    : [
        {
          type: "bulletList",
          content: items.map((item) => ({ type: "listItem", content: [paragraph(item)] })),
        },
      ];

/** An empty text is no node. */
function inline(
  text: string,
  budget: Budget,
  marks: NonNullable<AdfNode["marks"]> = [],
): readonly AdfNode[] {
  const fits = budget.take(text);
  if (fits === "") return [];
  return [{ type: "text", text: fits, ...(marks.length === 0 ? {} : { marks }) }];
}

const lines = (text: string, budget: Budget): readonly AdfNode[] =>
  cleanText(text)
    .trim()
    .split("\n")
    .flatMap((one, index) => [
      ...(index === 0 ? [] : [{ type: "hardBreak" }]),
      ...inline(one, budget),
    ]);

const BLOCKS: ReadonlySet<string> = new Set(["paragraph", "heading", "listItem", "blockquote"]);

/** The words of a document, a line per block, for people and for comparing. */
export function adfText(node: unknown): string {
  return [...words(node)].join("").replace(/\n+/g, "\n").trim();
}

function* words(node: unknown): Generator<string> {
  if (typeof node !== "object" || node === null) return;
  const { type, text, content, attrs } = node as Partial<AdfNode>;
  if (typeof text === "string") yield text;
  if (type === "hardBreak") yield "\n";
  if (type === "mention" && typeof attrs?.text === "string") yield attrs.text;
  if (Array.isArray(content)) for (const child of content) yield* words(child);
  if (type !== undefined && BLOCKS.has(type)) yield "\n";
}
