import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AdfNode } from "../../../src/adapters/desk-jira/jira-adf.ts";
import { adfText, toAdf } from "../../../src/adapters/desk-jira/jira-adf.ts";
import type { DocumentBlock } from "../../../src/ports/document.ts";

const text = fc.string({ unit: "grapheme", maxLength: 20 });
const block: fc.Arbitrary<DocumentBlock> = fc.oneof(
  fc.record({ kind: fc.constantFrom("heading", "paragraph"), text }),
  fc.record({ kind: fc.constant("list"), items: fc.array(text) }),
  fc.record({ kind: fc.constant("facts"), rows: fc.array(fc.tuple(text, text)) }),
  fc.record({ kind: fc.constant("link"), text, url: fc.oneof(text, fc.webUrl()) }),
  fc.record({ kind: fc.constant("draft"), title: text, text }),
  fc.record({ kind: fc.constant("picture"), name: text, text }),
);

const INSIDE: Readonly<Record<string, readonly string[]>> = {
  doc: ["paragraph", "heading", "bulletList", "blockquote"],
  bulletList: ["listItem"],
  listItem: ["paragraph"],
  blockquote: ["paragraph"],
  paragraph: ["text", "hardBreak"],
  heading: ["text"],
};

function check(node: AdfNode): void {
  if (node.type === "text") expect(node.text).not.toBe("");
  for (const child of node.content ?? []) {
    expect(INSIDE[node.type]).toContain(child.type);
    for (const mark of child.marks ?? []) {
      if (mark.type === "link") expect(JSON.stringify(mark.attrs)).toMatch(/^\{"href":"https?:/);
    }
    check(child);
  }
}

describe("A document for Jira", () => {
  it("holds only nodes where Jira takes them, no empty text and no address but of the web", () => {
    fc.assert(
      fc.property(fc.array(block), (document) => check(toAdf(document))),
      { numRuns: 200 },
    );
  });

  it("can be read again as text", () => {
    const document = toAdf([
      { kind: "heading", text: "Evidence" },
      { kind: "facts", rows: [["Now", "0.8 bar\nfalling"]] },
      { kind: "draft", title: "For the owner", text: "Dear owner," },
    ]);
    expect(adfText(document)).toBe("Evidence\nNow: 0.8 bar\nfalling\nFor the owner\nDear owner,");
  });
});
