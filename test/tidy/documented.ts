import type { Problem, SourceFile } from "./repository.ts";
import { codeLines } from "./repository.ts";

/** All matches of the pattern's first group in code, with the first place of each. */
export function namesIn(
  files: readonly SourceFile[],
  pattern: RegExp,
): ReadonlyMap<string, string> {
  const places = new Map<string, string>();
  for (const file of files) {
    for (const [index, line] of codeLines(file.text).entries()) {
      for (const found of line.matchAll(pattern)) {
        const name = found[1];
        if (name !== undefined && !places.has(name)) {
          places.set(name, `${file.path}:${index + 1}`);
        }
      }
    }
  }
  return places;
}

/** Names that a table of a document lists: the first cell of each row, in back-ticks. */
export function namesInTable(document: string, pattern: RegExp): ReadonlySet<string> {
  const cells = document.split("\n").map((line) => /^\|\s*`([^`]+)`\s*\|/.exec(line)?.[1]);
  return new Set(cells.filter((cell) => cell !== undefined && pattern.test(cell)) as string[]);
}

/** A document's part from one heading of the second level to the next. */
export function section(document: string, heading: string): string {
  const [, part] = document.split(new RegExp(`^## ${heading}$`, "m"));
  if (part === undefined) {
    throw new Error(`the document has no section "## ${heading}"`);
  }
  return part.split(/^## /m)[0] ?? "";
}

/** The members of `export type Name = "a" | "b";`. */
export function unionMembers(source: string, name: string): ReadonlyMap<string, string> {
  const members = new RegExp(`export type ${name} =([^;]*);`).exec(source)?.[1] ?? "";
  return new Map([...members.matchAll(/"([^"]+)"/g)].map((found) => [found[1] ?? "", name]));
}

export interface Agreement {
  readonly what: string;
  readonly document: string;
  /** Name -> where it is used. */
  readonly used: ReadonlyMap<string, string>;
  readonly documented: ReadonlySet<string>;
}

/** Names used and not documented, and names documented that nothing uses. */
export function disagreements({ what, document, used, documented }: Agreement): readonly Problem[] {
  const missing = [...used]
    .filter(([name]) => !documented.has(name))
    .map(([name, place]) => `${place}: ${what} ${name} is not in ${document}`);
  const stale = [...documented]
    .filter((name) => !used.has(name))
    .map((name) => `${document}: ${what} ${name} is documented and nothing uses it`);
  return [...missing, ...stale];
}

/** Links of Markdown files to files that are not there. */
export function brokenLinks(
  documents: readonly SourceFile[],
  exists: (file: string) => boolean,
): readonly Problem[] {
  return documents.flatMap((file) =>
    [...file.text.matchAll(/\]\(([^)#\s]+)(#[^)]*)?\)/g)]
      .map((found) => found[1] ?? "")
      .filter((target) => !/^[a-z]+:/.test(target))
      .filter((target) => !exists(resolve(file.path, target)))
      .map((target) => `${file.path}: the link to ${target} leads nowhere`),
  );
}

function resolve(from: string, target: string): string {
  const parts = from.split("/").slice(0, -1);
  for (const part of target.split("/")) {
    if (part === "..") {
      parts.pop();
    } else if (part !== "." && part !== "") {
      parts.push(part);
    }
  }
  return parts.join("/");
}
