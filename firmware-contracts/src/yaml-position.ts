import type { Document, LineCounter, Node, Pair } from "yaml";
import { isMap, isNode, isPair, isScalar, isSeq } from "yaml";

/** One thing wrong with a file, and where. Lines and columns count from 1. */
export interface Problem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Path, value and what would be right. */
  readonly message: string;
}

export interface Position {
  readonly line: number;
  readonly column: number;
}

type Spot = "key" | "value";

/** Finds where a path of the parsed value stands in the text. */
export class YamlPositions {
  readonly #document: Document.Parsed;
  readonly #lines: LineCounter;

  constructor(document: Document.Parsed, lines: LineCounter) {
    this.#document = document;
    this.#lines = lines;
  }

  /** Of the value or its key; of the nearest parent when the path leads nowhere. */
  of(path: readonly PropertyKey[], spot: Spot = "value"): Position {
    let node: Node | null = this.#document.contents;
    let found = offsetOf(node) ?? 0;
    for (const [depth, key] of path.entries()) {
      const last = depth === path.length - 1;
      if (isMap(node)) {
        const pair = node.items.find((item) => isPair(item) && keyOf(item) === String(key));
        if (pair === undefined) break;
        const value: unknown = pair.value;
        const keyOffset = offsetOf(pair.key);
        const valueOffset = offsetOf(value);
        // An empty value has no place of its own, and a missing child is best shown at its key.
        found = (last && spot === "value" ? valueOffset : keyOffset) ?? keyOffset ?? found;
        node = isNode(value) ? value : null;
      } else if (isSeq(node)) {
        const item: unknown = node.items[Number(key)];
        if (!isNode(item)) break;
        found = offsetOf(item) ?? found;
        node = item;
      } else {
        break;
      }
    }
    return this.atOffset(found);
  }

  atOffset(offset: number): Position {
    const { line, col } = this.#lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  }
}

const keyOf = (pair: Pair): string => String(isScalar(pair.key) ? pair.key.value : pair.key);

const offsetOf = (node: unknown): number | undefined =>
  isNode(node) ? node.range?.[0] : undefined;

/** `file:line:column: message`, then the source line and a caret under the column. */
export function formatProblems(problems: readonly Problem[], text: string): string {
  const lines = text.split(/\r?\n/);
  return problems
    .map(({ file, line, column, message }) => {
      const source = lines[line - 1] ?? "";
      const gutter = `${line} | `;
      // Tabs stay tabs, so that the caret stands under the right character.
      const indent = source.slice(0, column - 1).replace(/[^\t]/g, " ");
      const caret = `${" ".repeat(gutter.length)}${indent}^`;
      return `${file}:${line}:${column}: ${message}\n${gutter}${source}\n${caret}`;
    })
    .join("\n");
}
