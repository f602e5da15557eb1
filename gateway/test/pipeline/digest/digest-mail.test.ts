import { describe, expect, it } from "vitest";
import { DAY_MS } from "#domain/units.ts";
import { digestContent, productsOf } from "#pipeline/digest/digest-content.ts";
import { digestMail } from "#pipeline/digest/digest-mail.ts";
import { coffee, DUE, digestSources, rest } from "../../support/digest-samples.ts";

const URL = "https://gateway.example";

async function mailOf(change: (sources: ReturnType<typeof digestSources>) => void = () => {}) {
  const sources = digestSources();
  change(sources);
  const content = await digestContent(coffee, sources, DUE);
  return { content, asked: sources.value.asked, ...digestMail(content, URL) };
}

describe("what a digest is about", () => {
  it("is the team's products, and for the team of all those that no other has", () => {
    expect(productsOf(coffee, digestSources())).toEqual(["espresso-pro"]);
    expect(productsOf(rest, digestSources())).toEqual(["heat-pump", "oven"]);
  });

  it("is the seven days before it fell due, beside the seven before them", async () => {
    const { asked } = await mailOf();
    expect(
      asked.map(({ from, to, by }) => [(DUE - to) / DAY_MS, (to - from) / DAY_MS, by]),
    ).toEqual([
      [0, 7, "rule"],
      [7, 7, "all"],
    ]);
  });

  it("names rules that harm trust, each with its reasons", async () => {
    const { content } = await mailOf();
    expect(content.attention.map(({ rule, why }) => [rule, why])).toEqual([
      ["pump-stalls", ["It failed and judges nothing: it divides by zero."]],
      [
        "boiler-overheats",
        ['Its step set_heater {"enabled":false} was withdrawn: 3 of 4 did not help.'],
      ],
      ["descaling-ignored", ["3 of 4 judged cases were false."]],
    ]);
  });

  it("leaves out problems and switches of other teams, and what is long past", async () => {
    const { content } = await mailOf();
    expect(content.problems.map(({ id }) => id)).toEqual(["p-1"]);
    expect(content.off.map(({ product }) => product)).toEqual(["espresso-pro"]);
  });
});

describe("the mail", () => {
  it("says in its subject what somebody must know who reads no further", async () => {
    expect((await mailOf()).subject).toBe("Coffee: 16 cases this week, 2 wait for a person");
    const quiet = await mailOf(({ value }) => {
      value.found = [];
      value.waiting = { open: 0, escalated: 0, approval: 0, oldest: [] };
    });
    expect(quiet.subject).toBe("Coffee: 0 cases this week, none waits for a person");
    expect(quiet.text).toContain("No case opened this week.");
  });

  it("says the same as text and as HTML", async () => {
    const { text, html } = await mailOf();
    for (const said of [
      "16 cases opened this week. 20 of 22 were found before the owner called.",
      "Monday 23 November to Monday 30 November",
      "The boiler runs too hot",
      "esp-0017 · first response too late, still not met",
      "recall of lot 7",
      "12 × The boiler runs too hot",
      "The boiler runs too hot on firmware 2.4.1",
    ]) {
      expect(text).toContain(said);
      expect(html).toContain(said);
    }
    expect(text).toContain(`${URL}/cases/c-1`);
    expect(html).toContain(`href="${URL}/cases/c-1"`);
    expect(text).toMatch(/False cases, of those judged: 40\s% \(4\/10\) \(week before: 40\s%/);
  });

  it("loads nothing from elsewhere and runs nothing, whatever devices and people wrote", async () => {
    const { html = "" } = await mailOf();
    expect(html).toContain("The pump &lt;stalls&gt; &amp; hums");
    expect(html).not.toMatch(/<(script|style|img|link|iframe|svg|base)\b|src=|url\(|javascript:/i);
    const links = [...html.matchAll(/href="([^"]*)"/g)].map(([, url]) => url ?? "");
    expect(links.length).toBeGreaterThan(3);
    expect(links.every((url) => url.startsWith(URL))).toBe(true);
  });

  it("has no links when others do not reach the console", async () => {
    const mail = digestMail((await mailOf()).content, "");
    expect(mail.html).not.toContain("href=");
    expect(mail.text).not.toContain("http");
  });

  it("does not claim what nobody knows", async () => {
    const { text } = await mailOf(({ value }) => {
      value.found = value.found.map((one) => ({ ...one, called: 0, calledLater: 0, leadMs: [] }));
    });
    expect(text).toContain("No owner's call is known, so nobody can say");
    expect(text).not.toContain("found before the owner called");
    expect(text).not.toMatch(/^Found before/m);
  });

  it("stays short however much there is", async () => {
    const { text, html = "" } = await mailOf(({ value, cases }) => {
      const [one] = value.found;
      if (one !== undefined) {
        value.found = Array.from({ length: 200 }, (_, n) => ({ ...one, rule: `rule-${n}` }));
      }
      const [problem] = cases.problemList;
      if (problem !== undefined) cases.problemList = Array.from({ length: 50 }, () => problem);
    });
    expect(text.split("\n").length).toBeLessThan(100);
    // Larger ones are cut by mail programs.
    expect(html.length).toBeLessThan(60_000);
  });
});
