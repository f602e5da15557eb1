import { globSync, readFileSync } from "node:fs";
import path from "node:path";

export interface SourceFile {
  /** Relative to the repository's root, with `/`. */
  readonly path: string;
  readonly text: string;
}

/** What is wrong, where: `path:line: sentence`. */
export type Problem = string;

export const root = path.join(import.meta.dirname, "..", "..");

const NOT_OURS = new Set(["node_modules", ".git", "data", "coverage", "test-results"]);
const TEXT = /\.(ts|mjs|js|css|html|md|json|yaml|yml|sh|h|toml)$|\/\.ci\/run$|^\.ci\/run$/;

/** Every text file of the repository, without git's help, so that it works on an unpacked archive. */
export function readRepository(): readonly SourceFile[] {
  const entries = globSync(["*", "*/**", ".ci/*"], {
    cwd: root,
    withFileTypes: true,
    exclude: (entry) => NOT_OURS.has(entry.name),
  });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .map((file) => path.relative(root, file).split(path.sep).join("/"))
    .filter((file) => TEXT.test(file))
    .sort()
    .map((file) => ({ path: file, text: readFileSync(path.join(root, file), "utf8") }));
}

export const read = (file: string): string => readFileSync(path.join(root, file), "utf8");

export const isTest = (file: string): boolean => /(^|\/)test\//.test(file);

/** TypeScript that ships: no tests, nothing generated. */
export const isSource = (file: string): boolean =>
  /\.(ts|mjs)$/.test(file) && !isTest(file) && !file.includes("/generated/");

/** The lines with comments blanked, so that a check judges code and not what is said about it. */
export function codeLines(text: string): readonly string[] {
  let inBlock = false;
  return text.split("\n").map((line) => {
    const trimmed = line.trimStart();
    if (inBlock || trimmed.startsWith("/*")) {
      inBlock = !trimmed.includes("*/");
      return "";
    }
    return trimmed.startsWith("//") ? "" : line.replace(/\s\/\/\s.*$/, "");
  });
}

/** Lines of the file's code that match, as problems. */
export function matches(file: SourceFile, pattern: RegExp, sentence: string): readonly Problem[] {
  return codeLines(file.text).flatMap((line, index) => {
    const found = pattern.exec(line);
    return found === null ? [] : [`${file.path}:${index + 1}: ${found[0].trim()}: ${sentence}`];
  });
}
