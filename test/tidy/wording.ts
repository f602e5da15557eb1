import type { Problem, SourceFile } from "./repository.ts";
import { isTest, matches } from "./repository.ts";

/** Problems of a pattern over whole lines, comments included. */
function inText(file: SourceFile, pattern: RegExp, sentence: string): readonly Problem[] {
  return file.text.split("\n").flatMap((line, index) => {
    const found = pattern.exec(line);
    return found === null ? [] : [`${file.path}:${index + 1}: ${found[0].trim()}: ${sentence}`];
  });
}

export function unfinished(files: readonly SourceFile[]): readonly Problem[] {
  return files.flatMap((file) =>
    inText(
      file,
      /\b(TODO|FIXME|XXX|HACK)\b/,
      "finish it or write an issue; nothing half-done stays",
    ),
  );
}

/** Casts that switch the compiler off, and comments that do. */
export function escapes(files: readonly SourceFile[]): readonly Problem[] {
  return files
    .filter((file) => /\.(ts|mjs|js)$/.test(file.path))
    .flatMap((file) => [
      ...matches(
        file,
        /\bas any(?=\s*([;,)\]}.&|?:]|$))|<any>|\bas unknown as\b/,
        "check the value instead",
      ),
      ...inText(file, /@ts-(ignore|nocheck)/, "make the types right instead"),
      ...inText(file, /biome-ignore(-all|-start)?\s+[\w/]+\s*(:\s*)?$/, "say why after the colon"),
    ]);
}

/** Tests that do not run, or that keep others from running. Only what Windows cannot do may be left out there. */
export function silencedTests(files: readonly SourceFile[]): readonly Problem[] {
  return files
    .filter((file) => isTest(file.path) && file.path.endsWith(".ts"))
    .flatMap((file) =>
      matches(
        file,
        /\b(it|test|describe|suite)(\.\w+)*\.((skip|only|todo|fails)\b|(skipIf|runIf)\((?!.*"win32"\)))|\bctx\.skip\(/,
        "a test runs always or does not exist",
      ),
    );
}

const PRIVATE: readonly (readonly [RegExp, string])[] = [
  [/(?<![\w.)}\]-])\/(work|root|home\/\w+)\/[\w.]/, "a path of somebody's machine"],
  [/\/tmp\/bash|\.\.\/shared\b/, "a path outside the repository"],
  [
    /https?:\/\/[^/\s"']*(registry|artifactory|nexus|verdaccio|proxy)[^/\s"']*/i,
    "a registry's host",
  ],
  [/\b(Claude|Anthropic|ChatGPT|Copilot)\b/i, "the project speaks for itself, not for its tools"],
  [/(?<![\w&/])#\d{1,5}\b(?![0-9a-fA-F])|\bissue \d+\b/i, "numbers of issues mean nothing later"],
];

/** What ties a file to one machine, one registry or one way of writing it. */
export function privateMatters(files: readonly SourceFile[]): readonly Problem[] {
  return files.flatMap((file) =>
    PRIVATE.flatMap(([pattern, sentence]) =>
      inText({ path: file.path, text: withoutColours(file) }, pattern, sentence),
    ),
  );
}

/** `#123` is a colour in a stylesheet and a private member or entity elsewhere in web pages. */
function withoutColours(file: SourceFile): string {
  return /\.(css|html|js)$/.test(file.path) || file.path.includes("/http/")
    ? file.text.replace(/#(?=[0-9a-fA-F]{3})/g, "")
    : file.text;
}

const MAX_LINES = 300;

export function longFiles(files: readonly SourceFile[]): readonly Problem[] {
  return files
    .filter((file) => file.path.endsWith(".ts"))
    .map((file) => ({ file, lines: file.text.trimEnd().split("\n").length }))
    .filter(({ lines }) => lines > MAX_LINES)
    .map(
      ({ file, lines }) =>
        `${file.path}: ${lines} lines; at most ${MAX_LINES}, split it by purpose`,
    );
}
