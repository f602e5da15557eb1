import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cleanLine, cleanText, shortened, webAddress } from "#pipeline/document/clean.ts";
import { toHtml } from "#pipeline/document/html.ts";
import { toMarkdown } from "#pipeline/document/markdown.ts";
import { toText } from "#pipeline/document/text.ts";
import type { Document, DocumentBlock } from "#ports/document.ts";

const UNFIT =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

/** Text as attackers, devices and people write it. */
const nasty = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom(
    '<img src=x onerror="alert(1)">',
    "</blockquote><script>alert(1)</script>",
    "<!-- -->",
    "&lt;b&gt;",
    "[click](javascript:alert(1))",
    "![x](http://evil.example/x.png)",
    "# heading\n- item\n1. one\n> quote\n---\n```\ncode",
    "\u202egnp.exe\u202c",
    "عربي עברית",
    "\u0000\u0007\u001b[31mred",
    "😀 \ud83d half",
    "a | b | c",
    "line\r\nline\rline",
  ),
);

const block: fc.Arbitrary<DocumentBlock> = fc.oneof(
  fc.record({ kind: fc.constant("heading" as const), text: nasty }),
  fc.record({ kind: fc.constant("paragraph" as const), text: nasty }),
  fc.record({ kind: fc.constant("list" as const), items: fc.array(nasty, { maxLength: 3 }) }),
  fc.record({
    kind: fc.constant("facts" as const),
    rows: fc.array(fc.tuple(nasty, nasty), { maxLength: 3 }),
  }),
  fc.record({
    kind: fc.constant("link" as const),
    text: nasty,
    url: fc.oneof(nasty, fc.webUrl(), fc.constant("javascript:alert(1)")),
  }),
  fc.record({ kind: fc.constant("draft" as const), title: nasty, text: nasty }),
  fc.record({ kind: fc.constant("picture" as const), name: nasty, text: nasty }),
);
const documents: fc.Arbitrary<Document> = fc.array(block, { maxLength: 4 });
const OURS = /<\/?(?:h3|p|ul|li|strong|em|blockquote|br|a)>|<a href="https?:\/\/[^"<>\s]*">/g;

describe("a document in any form", () => {
  it("as HTML has no tag but our own, whatever is written in it", () => {
    fc.assert(
      fc.property(documents, (document) => {
        const html = toHtml(document);
        expect(html.replace(OURS, "")).not.toMatch(/[<>]/);
        expect(html.replace(OURS, "")).not.toMatch(/&(?!amp;|lt;|gt;|quot;|#[3]9;)/);
      }),
    );
  });

  it("as Markdown has no angle bracket but those around our links, and no markup of the text's own", () => {
    fc.assert(
      fc.property(documents, (document) => {
        const markdown = toMarkdown(document).replace(/\]\(<https?:\/\/[^<>\s]*>\)/g, "");
        expect(markdown.replace(/^> /gm, "").replace(/^>$/gm, "")).not.toMatch(/[<>]/);
      }),
    );
    expect(toMarkdown([{ kind: "paragraph", text: "[a](b) *c* `d` _e_ ![f](g) 1. x" }])).toBe(
      "\\[a\\]\\(b\\) \\*c\\* \\`d\\` \\_e\\_ \\!\\[f\\]\\(g\\) 1. x\n",
    );
    expect(toMarkdown([{ kind: "paragraph", text: "# a\n- b\n2) c\n--- d" }])).toBe(
      "\\# a\\\n\\- b\\\n2\\) c\\\n\\--- d\n",
    );
  });

  it("never carries controls, turned text or halves of characters", () => {
    fc.assert(
      fc.property(documents, (document) => {
        for (const render of [toHtml, toMarkdown, toText]) {
          const text = render(document);
          expect(text.isWellFormed()).toBe(true);
          expect(text).not.toMatch(UNFIT);
        }
      }),
    );
  });

  it("links only to pages of the web", () => {
    for (const url of [
      "javascript:alert(1)",
      "javascript://x/%0aalert(1)",
      "ftp://x",
      "data:text/html,x",
      "/cases/1",
      "https:",
      "",
    ]) {
      expect(toHtml([{ kind: "link", text: "here", url }])).toBe("<p>here</p>");
      expect(toText([{ kind: "link", text: "here", url }])).toBe("here\n");
      expect(toMarkdown([{ kind: "link", text: "here", url }])).toBe("here\n");
    }
    expect(toHtml([{ kind: "link", text: "", url: 'https://a.example/?q="<b>' }])).toBe(
      '<p><a href="https://a.example/?q=%22%3Cb%3E">https://a.example/?q=%22%3Cb%3E</a></p>',
    );
  });

  it("shows every kind of block in words that can be read as they stand", () => {
    const document: Document = [
      { kind: "heading", text: "Do next" },
      { kind: "facts", rows: [["Action", "Call"]] },
      { kind: "list", items: ["one", "two\nlines"] },
      { kind: "draft", title: "Draft", text: "Good day,\n\nYour machine" },
      { kind: "picture", name: "case-1.png", text: "the boiler" },
      { kind: "link", text: "Console", url: "https://c.example/cases/1" },
    ];
    expect(toText(document)).toMatchInlineSnapshot(`
      "Do next
      -------

      Action: Call

      - one
      - two
        lines

      Draft
      | Good day,
      |
      | Your machine

      Attached case-1.png: the boiler

      Console: https://c.example/cases/1
      "
    `);
    expect(toHtml(document)).toContain("<li><strong>Action:</strong> Call</li>");
    expect(toHtml(document)).toContain("<blockquote>Good day,<br><br>Your machine</blockquote>");
  });

  it("of nothing is nothing", () => {
    expect([toHtml([]), toText([]), toMarkdown([])]).toEqual(["", "", ""]);
  });
});

describe("foreign text", () => {
  it("in one line has no line break and keeps what people write", () => {
    expect(cleanLine(" Café\n\t Zürich  😀 ")).toBe("Café Zürich 😀");
    expect(cleanText("a\r\nb\rc\td")).toBe("a\nb\nc d");
    expect(cleanText("x\u202ey\ud800")).toBe("x\ufffdy\ufffd");
  });

  it("cut short never ends in half of a character, and is no longer than asked", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 1, max: 20 }), (text, max) => {
        const short = shortened(text, max);
        expect(short.length).toBeLessThanOrEqual(max);
        expect(short.isWellFormed()).toBe(text.isWellFormed());
      }),
    );
  });

  it("becomes an address only when it is one", () => {
    expect(webAddress("HTTPS://Desk.example/a b")).toBe("https://desk.example/a%20b");
    expect(webAddress("https://")).toBeUndefined();
  });
});
