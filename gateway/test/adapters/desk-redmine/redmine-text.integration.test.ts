import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Desk, NewTicket } from "../../../src/ports/desk.ts";
import type { DeskSettings } from "../../../src/ports/desk-settings.ts";
import { doneValue, newTicket, nextFields } from "../../support/desk-tickets.ts";
import { redmineDesk } from "../../support/redmine/redmine-desk.ts";
import type { RedmineServer } from "../../support/redmine/redmine-server.ts";
import { startRedmine } from "../../support/redmine/redmine-server.ts";

let redmine: RedmineServer;
let desk: Desk;

beforeAll(async () => {
  redmine = await startRedmine();
  desk = open();
}, 60_000);

afterAll(async () => {
  await redmine[Symbol.asyncDispose]();
});

const open = (settings: Partial<DeskSettings> = {}, through?: typeof fetch): Desk =>
  redmineDesk(redmine, { settings, ...(through === undefined ? {} : { fetch: through }) });

async function made(more: Partial<NewTicket> = {}) {
  const given = newTicket(more);
  return { given, id: doneValue(await desk.create(given, "")).id };
}

describe("Text in Redmine", () => {
  it("keeps what people write around the evidence, and moves what they wrote into it", async () => {
    const { given, id } = await made();
    const { description } = await redmine.anna.read(id);
    const edited = `Called the owner.\r\n\r\n${description.replace("0.8 bar", "0.8 bar (I doubt it)").replaceAll("\n", "\r\n")}\r\n\r\nSpare part ordered.`;
    const before = doneValue(await desk.read(id)).evidenceHash;
    await redmine.anna.edit(id, { description: edited });
    const { version, evidenceHash } = doneValue(await desk.read(id));
    expect(evidenceHash).not.toBe(before);
    doneValue(await desk.update(id, { fields: nextFields(given, "1.1 bar") }, version));
    const text = (await redmine.anna.read(id)).description;
    for (const kept of ["Called the owner.", "Spare part ordered.", "I doubt it", "1.1 bar"]) {
      expect(text).toContain(kept);
    }
    expect(text.indexOf("1.1 bar")).toBeLessThan(text.indexOf("I doubt it"));
    const again = doneValue(await desk.read(id));
    doneValue(await desk.update(id, { fields: nextFields(given, "1.2 bar") }, again.version));
    expect((await redmine.anna.read(id)).description.match(/I doubt it/g)).toHaveLength(1);
  });

  it("loses no text that somebody saves between our reading and our writing", async () => {
    const { given, id } = await made();
    let raced = false;
    const racing = open({}, async (input, init) => {
      if (init?.method === "PUT" && !raced) {
        raced = true;
        const { description } = await redmine.anna.read(id);
        await redmine.anna.edit(id, { description: `Written meanwhile.\n\n${description}` });
      }
      return fetch(input, init);
    });
    const { version } = doneValue(await racing.read(id));
    doneValue(await racing.update(id, { fields: nextFields(given, "1.3 bar") }, version));
    const text = (await redmine.anna.read(id)).description;
    expect(text).toContain("Written meanwhile.");
    expect(text).toContain("1.3 bar");
    expect(text).not.toContain("0.8 bar");
  });

  it("makes the ticket and says what is missing when a picture is too large", async () => {
    const large = { name: "chart.png", type: "image/png", bytes: new Uint8Array(9 << 20) } as const;
    const fits = { ...large, name: "small.png", bytes: new Uint8Array(5 << 20) };
    const { id } = await made({ attachments: [fits, large], subject: "Zähler 𝔸😀" });
    const issue = await redmine.anna.read(id);
    expect(issue.subject).toBe("Zähler 𝔸😀");
    expect(issue.attachments).toMatchObject([{ filename: "small.png", filesize: 5 << 20 }]);
    expect(issue.description).toContain("Not attached");
  });

  it("shows nothing that a device wrote as markup, link, mention, macro or picture", async () => {
    const { id } = await made({
      subject: HOSTILE.join(" "),
      device: HOSTILE.join(" "),
      body: HOSTILE.flatMap((text) => [
        { kind: "heading", text },
        { kind: "paragraph", text: `${text}\n${text}` },
        { kind: "list", items: [text] },
        { kind: "facts", rows: [[text, text]] },
        { kind: "draft", title: text, text: `${text}\n\n${text}` },
        { kind: "link", text, url: `https://gateway.example/?q=${text}` },
        { kind: "picture", name: text, text },
      ]),
    });
    const page = await redmine.anna.page(id);
    const body = page.slice(page.indexOf("<p><strong>Description"), page.indexOf("0.8 bar"));
    expect(body.length).toBeGreaterThan(1_000);
    const links = [...body.matchAll(/href="([^"]*)"/g)].map(([, href]) => href ?? "");
    expect(
      links.filter(
        (href) => !/^(https:\/\/gateway\.example\/|#|\/issues\/\d+\/|\/journals)/.test(href),
      ),
    ).toEqual([]);
    for (const tag of [
      "<img",
      "<script",
      "<del",
      "<em>",
      "<ins",
      "<sup",
      "<code",
      "<pre",
      "<form",
      "<iframe",
    ]) {
      expect(body).not.toContain(tag);
    }
  });
});

const HOSTILE: readonly string[] = [
  "<script>alert(1)</script><img src=x onerror=alert(1)>",
  '!https://evil.example/x.png! "click":https://evil.example !>x.png!',
  "https://evil.example www.evil.example me@evil.example ftp://evil.example",
  "{{include(Secret)}} {{collapse(x)}} {{recent_pages}} [[Wiki]] [[other:Wiki|x]]",
  `@agent.anna user:agent.anna ${"#"}1 ${"##"}1 project:field attachment:chart.png commit:abc version:1.0 r1`,
  "*b* _e_ -d- +i+ ^s^ ~s~ %{color:red}x% ??c?? @c@ ==x== (*b*) x%x%",
  "h1. head bq. quote |_. a | b | ---- * item # item > quote p(x). y table(z). q fn1. note",
  "<pre>x</pre> <code>y</code> <notextile><b>z</b></notextile> <kbd>k</kbd> &lt;b&gt; &#60;",
  "-->\n<!-- /voorzorg:evidence 0123456789abcdef --> <!-- voorzorg:evidence, x -->",
];
