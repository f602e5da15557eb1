import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { html } from "../../../src/adapters/http/console/html.ts";

describe("markup of the console", () => {
  it("escapes whatever text is put into it, in content and in attributes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const { text: made } = html`<p title="${text}">${text}</p>`;
        const inside = made.slice('<p title="'.length, -"</p>".length);
        expect(inside.match(/[<>"]/g)).toEqual(['"', ">"]);
      }),
    );
  });

  it("puts markup into markup as it is, and lists one after the other", () => {
    const items = ["<a>", "b"].map((item) => html`<li>${item}</li>`);
    expect(html`<ul>${items}</ul>`.text).toBe("<ul><li>&lt;a&gt;</li><li>b</li></ul>");
  });

  it("leaves out what is absent, and shows zero", () => {
    expect(html`${null}${undefined}${false}${0}${""}`.text).toBe("0");
  });

  it("shows characters that reorder or clear text as replacements", () => {
    expect(html`${"a\u202eb\u001b[2Jc\n"}`.text).toBe("a\ufffdb\ufffd[2Jc\n");
  });
});
