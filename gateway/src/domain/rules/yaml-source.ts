import type { Problem } from "@voorzorg/firmware-contracts";
import type { Document, Node } from "yaml";
import { isMap, isNode, isScalar, LineCounter, parseDocument } from "yaml";

export type YamlPath = readonly (string | number)[];

/** A YAML text that can say where each of its values stands. */
export class YamlSource {
  readonly file: string;
  readonly #text: string;
  readonly #lines: LineCounter;
  readonly #document: Document.Parsed;

  constructor(file: string, text: string) {
    this.file = file;
    this.#text = text;
    this.#lines = new LineCounter();
    this.#document = parseDocument(text, {
      lineCounter: this.#lines,
      prettyErrors: false,
      // Its warnings would go to the process; what they are about is refused with a place in the file.
      logLevel: "error",
    });
  }

  /** Syntax errors and double keys; while there are any, `value` must not be used. */
  get problems(): readonly Problem[] {
    return this.#document.errors.map((error) => this.#at(error.pos[0], plain(error.message)));
  }

  /** The whole text as plain values; undefined when it only expands endlessly (YAML aliases). */
  value(): unknown {
    try {
      return this.#document.toJS();
    } catch (error) {
      if (error instanceof ReferenceError) return undefined;
      throw error;
    }
  }

  /** A problem at a value, or at the nearest thing around it that exists. */
  problem(path: YamlPath, message: string): Problem {
    return this.#at(this.#node(path)?.range?.[0] ?? 0, message);
  }

  /** A problem at the key of a value rather than at the value. */
  keyProblem(path: YamlPath, message: string): Problem {
    const parent = this.#exact(path.slice(0, -1));
    const key = String(path.at(-1));
    if (isMap(parent)) {
      for (const pair of parent.items) {
        if (isScalar(pair.key) && String(pair.key.value) === key) {
          return this.#at(pair.key.range?.[0] ?? 0, message);
        }
      }
    }
    return this.problem(path, message);
  }

  /** A problem at a character of a text value, whichever way the text is quoted or folded. */
  textProblem(path: YamlPath, offset: number, message: string): Problem {
    const node = this.#exact(path);
    if (!isScalar(node) || typeof node.value !== "string" || !node.range) {
      return this.problem(path, message);
    }
    const [start, end] = node.range;
    return this.#at(this.#rawOffset({ start, end, value: node.value, offset }), message);
  }

  #at(offset: number, message: string): Problem {
    const { line, col } = this.#lines.linePos(offset);
    return { file: this.file, line: Math.max(line, 1), column: Math.max(col, 1), message };
  }

  #exact(path: YamlPath): Node | undefined {
    const node = path.length === 0 ? this.#document.contents : this.#document.getIn(path, true);
    return isNode(node) ? node : undefined;
  }

  #node(path: YamlPath): Node | undefined {
    for (let length = path.length; length >= 0; length -= 1) {
      const node = this.#exact(path.slice(0, length));
      if (node !== undefined) return node;
    }
    return undefined;
  }

  /**
   * Walks raw text and value side by side: every character of the value stands in the raw text in
   * the same order, between quotes, indentation and escapes that the value does not have.
   */
  #rawOffset(at: { start: number; end: number; value: string; offset: number }): number {
    let raw = at.start;
    if (/[|>]/.test(this.#text.charAt(raw))) raw = this.#text.indexOf("\n", raw) + 1;
    for (let i = 0; i < at.value.length; i += 1) {
      const wanted = at.value.charAt(i);
      while (raw < at.end && !this.#matches(raw, wanted)) raw += 1;
      if (i >= at.offset) return Math.min(raw, at.end);
      raw += 1;
    }
    return Math.min(raw, at.end);
  }

  #matches(raw: number, wanted: string): boolean {
    const found = this.#text.charAt(raw);
    return found === wanted || (/\s/.test(wanted) && /\s/.test(found));
  }
}

const MESSAGE_LENGTH = 200;

/** The first line, cut: the parser quotes all the text that it did not understand. */
function plain(message: string): string {
  const line = message.split("\n", 1)[0] ?? message;
  return line.length > MESSAGE_LENGTH ? `${line.slice(0, MESSAGE_LENGTH)}…` : line;
}
