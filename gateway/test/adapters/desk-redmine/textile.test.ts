import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { escaped, toTextile } from "../../../src/adapters/desk-redmine/textile.ts";

const decoded = (text: string): string =>
  text.replace(/&#(\d+);/g, (_all, code) => String.fromCharCode(Number(code)));

describe("Textile for Redmine", () => {
  it("shows every text as it was written", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        expect(decoded(escaped(text))).toBe(text);
      }),
    );
  });

  it("leaves no sign that begins markup, a link, a mention or a macro", () => {
    const sign = fc.constantFrom(...'*_-+^~?%@!|#=[](){}<>&"\\:.ahw1 '.split(""));
    fc.assert(
      fc.property(fc.string({ unit: sign, maxLength: 30 }), (text) => {
        const raw = escaped(text).replace(/&#\d+;/g, "\u0001");
        expect(raw).not.toMatch(/[*^~@|#[\]{}(<>&"\\]/);
        // A phrase mark opens only before a word and after a blank or the start of the line.
        expect(raw).not.toMatch(/(^|\s)[_+%?=!-]+[^\s_+%?=!-]/);
        expect(raw).not.toMatch(/:\/|www\.|^(h\d|p|bq|fn\d|table)\.\s/);
      }),
    );
  });

  it("stays readable for people who edit the raw text", () => {
    const text = "Druck 0.8 bar (-0.3), 20 % unter Soll um 08:10. Gerät e-bike_7 prüfen!";
    expect(escaped(text)).toBe(
      "Druck 0.8 bar &#40;&#45;0.3), 20 % unter Soll um 08:10. Gerät e-bike_7 prüfen!",
    );
  });

  it("renders each kind of block", () => {
    expect(
      toTextile([
        { kind: "heading", text: "Evidence" },
        { kind: "paragraph", text: "One.\nTwo." },
        { kind: "list", items: ["a", "b\nc"] },
        { kind: "facts", rows: [["Now", "0.8 bar"]] },
        { kind: "link", text: 'The "case"', url: "https://gateway.example/c/1?q=a|b(c)!" },
        { kind: "draft", title: "For the owner", text: "Dear owner,\n\n* all is well" },
        { kind: "picture", name: "chart.png", text: "Pressure" },
        { kind: "picture", name: "https://evil.example/x.png", text: "Pressure" },
        { kind: "link", text: "Click", url: "javascript:alert(1)" },
      ]),
    ).toBe(`h3. Evidence

One&#46;
Two&#46;

* a
* b c

|_. Now | 0.8 bar |

"The &#34;case&#34;":https://gateway.example/c/1?q=a%7Cb%28c%29%21

*For the owner*

> Dear owner,
>
> &#42; all is well

!chart.png!
Pressure

Pressure

Click
`);
  });
});
