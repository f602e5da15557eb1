import { expect, test } from "vitest";
import { plainText } from "../../../src/adapters/desk-http/plain-text.ts";

test.each([
  ["<p>Pump&nbsp;P7 &amp; valve</p><p>checked</p>", "Pump P7 & valve\nchecked"],
  ["<ul><li>one</li><li>two</li></ul>", "one\ntwo"],
  ["a<br/>b<BR>c", "a\nb\nc"],
  ["5 &lt; 6 &#8364; &#x1F600; &unknown; &#x110000;", "5 < 6 € 😀 &unknown; &#x110000;"],
  ["<style>p{}</style>seen<script>alert(1)</script>", "seen"],
  ["<title>x</title>shown<style>never closed", "shown"],
  ["&amp;lt;b&amp;gt;", "&lt;b&gt;"],
  ["<div>\n  wrapped\n  text </div>\n\n<div><br></div><p></p><p>end</p>", "wrapped text\n\nend"],
])("%j reads as %j", (html, text) => {
  expect(plainText(html)).toBe(text);
});

test.each(["<style", "<", "&nbsp;", " <br", "</p>", "<script></", "&#x1", "\n "])(
  "300 kB of %j is read at once, so that no mail of a customer holds up the desk",
  (part) => {
    const started = performance.now();
    plainText(part.repeat(300_000 / part.length));
    expect(performance.now() - started).toBeLessThan(2_000);
  },
);
