import { describe, expect, test } from "vitest";
import { LineCounter, parseDocument } from "yaml";
import { formatProblems } from "../src/index.ts";
import { YamlPositions } from "../src/yaml-position.ts";

describe("where a problem stands in a file", () => {
  test("problems are printed with the line and a caret below the value", () => {
    const text = "id: kettle\n\tversion: 1\n";
    const shown = formatProblems(
      [{ file: "kettle.yaml", line: 2, column: 11, message: "version is 1; expected 2" }],
      text,
    );
    expect(shown).toBe(
      "kettle.yaml:2:11: version is 1; expected 2\n2 | \tversion: 1\n    \t         ^",
    );
  });

  test("CRLF files are shown without the CR", () => {
    const problem = { file: "a.yaml", line: 1, column: 4, message: "no" };
    expect(formatProblems([problem], "a: 1\r\nb: 2\r\n")).toBe(
      "a.yaml:1:4: no\n1 | a: 1\n       ^",
    );
  });

  const text = "a:\n  b: [1, two, 3]\n  c:\n? d\n: 4\n";
  const lines = new LineCounter();
  const positions = new YamlPositions(parseDocument(text, { lineCounter: lines }), lines);

  test.each([
    { path: [], line: 1, column: 1 },
    { path: ["a"], line: 2, column: 3 },
    { path: ["a", "b", 1], line: 2, column: 10 },
    { path: ["a", "b", 9], line: 2, column: 3 },
    { path: ["a", "missing"], line: 1, column: 1 },
    { path: ["a", "b", 1, "deeper"], line: 2, column: 10 },
    { path: ["d"], line: 5, column: 3 },
  ])("the value at $path is at $line:$column", ({ path, line, column }) => {
    expect(positions.of(path)).toEqual({ line, column });
  });

  test("a key is found beside its value", () => {
    expect(positions.of(["a", "b"], "key")).toEqual({ line: 2, column: 3 });
    expect(positions.of(["d"], "key")).toEqual({ line: 4, column: 3 });
  });
});
