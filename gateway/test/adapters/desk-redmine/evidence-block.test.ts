import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { evidenceHash, withEvidence } from "../../../src/adapters/desk-redmine/evidence-block.ts";

const line = fc.stringMatching(/^[ -~äß😀]{0,30}$/u).filter((text) => !text.includes("<!--"));
const text = fc.array(line, { maxLength: 5 }).map((lines) => lines.join("\n"));
const saved = (description: string) => description.replace(/\r?\n/g, "\r\n");

describe("The evidence in a description", () => {
  it("is replaced, and every word around it stays, however often it is written", () => {
    fc.assert(
      fc.property(text, text, fc.array(text, { minLength: 1 }), fc.boolean(), (a, b, all, web) => {
        let description = a;
        for (const evidence of all) {
          description = withEvidence(web ? saved(description) : description, evidence);
        }
        const first = withEvidence("", all.at(-1) ?? "");
        expect(description.replaceAll("\r\n", "\n")).toContain(a.trimEnd());
        expect(evidenceHash(description)).toBe(evidenceHash(first));
        expect(description.split("voorzorg:evidence, rewritten")).toHaveLength(2);
        const appended = withEvidence(`${description}\n${b}`, "new");
        expect(appended.endsWith(`\n${b}`)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  it("is known again after somebody saved the page without touching it", () => {
    const description = withEvidence("Body", "Now 0.8 bar\nSince 8:10");
    expect(evidenceHash(saved(description))).toBe(evidenceHash(description));
    expect(withEvidence(saved(description), "Now 0.9 bar")).not.toContain("0.8 bar");
  });

  it("that a person edited has another hash, and what was written stays below", () => {
    const description = withEvidence("Body", "Now 0.8 bar");
    const edited = description.replace("0.8 bar", "0.8 bar, seen on site");
    expect(evidenceHash(edited)).not.toBe(evidenceHash(description));
    const next = withEvidence(edited, "Now 0.9 bar");
    expect(next.indexOf("0.9 bar")).toBeLessThan(next.indexOf("seen on site"));
    expect(evidenceHash(next)).toBe(evidenceHash(withEvidence("", "Now 0.9 bar")));
  });

  it("comes back at the end when a person took its marks away", () => {
    const next = withEvidence("Only my text.", "Now 0.8 bar");
    expect(next.startsWith("Only my text.\n\n<!--")).toBe(true);
    expect(evidenceHash("Only my text.")).toBe("");
  });
});
