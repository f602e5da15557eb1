/**
 * A strict reader of InfluxDB's line protocol, written from its documentation and on purpose not
 * from our encoder: the tests and the double of the server judge by it.
 */
export type FieldValue =
  | { readonly type: "float"; readonly value: number }
  | { readonly type: "integer" | "unsigned"; readonly value: bigint }
  | { readonly type: "string"; readonly value: string }
  | { readonly type: "boolean"; readonly value: boolean };

export interface Point {
  readonly measurement: string;
  readonly tags: ReadonlyMap<string, string>;
  readonly fields: ReadonlyMap<string, FieldValue>;
  readonly time: bigint | undefined;
  /** As it was written. */
  readonly line: string;
}

/** `line` is what InfluxDB quotes in its answer. */
export class LineProtocolError extends Error {
  readonly line: string;

  constructor(reason: string, line: string) {
    super(reason);
    this.line = line;
  }
}

const FLOAT = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;
const TRUE = new Set(["t", "T", "true", "True", "TRUE"]);
const FALSE = new Set(["f", "F", "false", "False", "FALSE"]);

/** @throws LineProtocolError for the first line that is wrong. */
export function parseLineProtocol(text: string): readonly Point[] {
  const points: Point[] = [];
  const cursor = new Cursor(text);
  while (!cursor.atEnd) {
    cursor.beginLine();
    if (cursor.peek() === "#") cursor.skipLine();
    else if (cursor.peek() !== "\n" && !cursor.atEnd) points.push(point(cursor));
    cursor.endLine();
  }
  return points;
}

function point(cursor: Cursor): Point {
  const measurement = cursor.name(", ");
  if (measurement === "") cursor.fail("missing measurement");
  const tags = new Map<string, string>();
  while (cursor.take(",")) {
    const key = cursor.name("=, ");
    if (key === "") cursor.fail("missing tag key");
    if (!cursor.take("=")) cursor.fail("missing tag value");
    const value = cursor.name("=, ");
    if (value === "") cursor.fail("missing tag value");
    if (tags.has(key)) cursor.fail("duplicate tags");
    const before = [...tags.keys()].at(-1);
    if (before !== undefined && before > key) cursor.fail("tags are not sorted");
    tags.set(key, value);
  }
  if (!cursor.take(" ")) cursor.fail("missing fields");
  const fields = new Map<string, FieldValue>();
  do {
    const key = cursor.name("=, ");
    if (key === "") cursor.fail("missing field key");
    if (!cursor.take("=")) cursor.fail("missing field value");
    if (fields.has(key)) cursor.fail(`field ${key} twice`);
    fields.set(key, fieldValue(cursor));
  } while (cursor.take(","));
  const time = cursor.take(" ") ? timestamp(cursor) : undefined;
  if (!cursor.atEnd && cursor.peek() !== "\n") cursor.fail("invalid line: something follows");
  return { measurement, tags, fields, time, line: cursor.line() };
}

function fieldValue(cursor: Cursor): FieldValue {
  if (cursor.peek() === '"') return { type: "string", value: cursor.quoted() };
  const word = cursor.word();
  if (TRUE.has(word)) return { type: "boolean", value: true };
  if (FALSE.has(word)) return { type: "boolean", value: false };
  if (/^[+-]?\d+i$/.test(word)) return { type: "integer", value: BigInt(word.slice(0, -1)) };
  if (/^\d+u$/.test(word)) return { type: "unsigned", value: BigInt(word.slice(0, -1)) };
  if (!FLOAT.test(word))
    return cursor.fail(/^[a-z]/i.test(word) ? "invalid boolean" : "invalid number");
  const value = Number(word);
  return Number.isFinite(value) ? { type: "float", value } : cursor.fail("invalid number");
}

function timestamp(cursor: Cursor): bigint {
  const word = cursor.word();
  return /^-?\d+$/.test(word) ? BigInt(word) : cursor.fail("bad timestamp");
}

class Cursor {
  readonly #text: string;
  #at = 0;
  #lineStart = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get atEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  peek(): string | undefined {
    return this.#text[this.#at];
  }

  take(character: string): boolean {
    if (this.peek() !== character) return false;
    this.#at += 1;
    return true;
  }

  beginLine(): void {
    this.#lineStart = this.#at;
  }

  line(): string {
    return this.#text.slice(this.#lineStart, this.#at);
  }

  skipLine(): void {
    const end = this.#text.indexOf("\n", this.#at);
    this.#at = end === -1 ? this.#text.length : end;
  }

  endLine(): void {
    if (!this.atEnd && !this.take("\n")) this.fail("invalid line");
  }

  /** A measurement, tag or key: `\` takes a special character literally and is itself before any other. */
  name(special: string): string {
    let name = "";
    for (let c = this.peek(); c !== undefined && !special.includes(c); c = this.peek()) {
      if (c === "\n") this.fail("a line end in a name");
      const next = this.#text[this.#at + 1];
      const escapes = c === "\\" && next !== undefined && ",= ".includes(next);
      if (escapes && !special.includes(next)) {
        // `\=` in a measurement is the two characters.
        name += c + next;
      } else {
        name += escapes ? next : c;
      }
      this.#at += escapes ? 2 : 1;
    }
    return name;
  }

  word(): string {
    const from = this.#at;
    while (!this.atEnd && !", \n".includes(this.peek() ?? "")) this.#at += 1;
    return this.#text.slice(from, this.#at);
  }

  /** May hold line ends; `\"` and `\\` are the only escapes. */
  quoted(): string {
    this.#at += 1;
    let value = "";
    for (;;) {
      const c = this.peek();
      if (c === undefined) return this.fail("unbalanced quotes");
      this.#at += 1;
      if (c === '"') return value;
      const next = this.peek();
      if (c === "\\" && (next === '"' || next === "\\")) {
        value += next;
        this.#at += 1;
      } else {
        value += c;
      }
    }
  }

  fail(reason: string): never {
    const end = this.#text.indexOf("\n", this.#at);
    const line = this.#text.slice(this.#lineStart, end === -1 ? undefined : end);
    throw new LineProtocolError(reason, line);
  }
}
