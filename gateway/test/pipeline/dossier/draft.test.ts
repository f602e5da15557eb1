import { describe, expect, it } from "vitest";
import { DAY_MS, HOUR_MS } from "#domain/units.ts";
import { caseView, NOW } from "../../support/http-samples.ts";
import { dossierBench } from "./dossier-bench.ts";

const attrs = { city: "Utrecht", serial: "NL-2210-0017" };
const draftOf = async (
  language: string,
  view: Parameters<typeof dossierBench>[0] extends infer O | undefined
    ? O extends { view?: infer V }
      ? V
      : never
    : never = {},
) => {
  const bench = dossierBench({ view, device: { attrs: { ...attrs, language } } });
  const { draft, body } = await bench.dossier("case-1", false);
  const block = body.find(({ kind }) => kind === "draft");
  return { draft, title: block?.kind === "draft" ? block.title : "" };
};

describe("the draft for the owner", () => {
  it("says what we saw on their device, what it means, what we do, what they do, when they hear again", async () => {
    const { draft, title } = await draftOf("en");
    expect(draft).toMatchInlineSnapshot(`
      "About your Espresso Pro, serial number NL-2210-0017

      Good day,

      Your Espresso Pro (serial number NL-2210-0017, Utrecht) has shown something that we want to look into: "The boiler runs too hot". It began on 24 Nov 2026, 20:18.

      It may get worse if nothing is done, so we do not want to wait.

      We tried to put it right from here. That was not enough, so a colleague of ours takes over.

      Do not use.

      You hear from us again by the next working day.

      How you know that this message is ours: it names the serial number of your device. We never ask you to log in by a link or to tell a password. If in doubt, call the number on your contract.

      Kind regards,
      Your service team"
    `);
    expect(title).toContain("Draft for the owner, in English.");
    expect(title).toContain("Nobody has sent it");
  });

  it.each([
    ["nl", "Goedendag,", "Uw serviceteam", "24 nov 2026"],
    ["de-AT", "Guten Tag,", "Ihr Serviceteam", "24. Nov. 2026"],
    ["FR", "Bonjour,", "Votre équipe de service", "24 nov. 2026"],
  ])("is written in the owner's language: %s", async (language, greeting, signature, day) => {
    const { draft } = await draftOf(language);
    for (const part of [greeting, signature, day, "NL-2210-0017"]) expect(draft).toContain(part);
  });

  it("is in English and says so to the agent where there is no text in the owner's language", async () => {
    const { draft, title } = await draftOf("es");
    expect(draft).toContain("Good day,");
    expect(title).toContain("as there is no text in the owner's language (es)");
  });

  it("has no link, no score and no name of a signal, in any language and for any kind", async () => {
    for (const language of ["nl", "de", "fr", "en"]) {
      for (const kind of ["fault", "misuse", "underuse"] as const) {
        for (const severity of ["normal", "urgent", "safety"] as const) {
          const { draft } = await draftOf(language, { kind, severity });
          expect(draft).not.toMatch(/https?:|www\.|boiler_temp|set_heater|high:|%|\bscore\b/);
          expect(draft).toContain("NL-2210-0017");
        }
      }
    }
  });

  it("reproaches nobody: misuse is told neutrally, underuse as an offer, both without the rule's title", async () => {
    for (const kind of ["misuse", "underuse"] as const) {
      const { draft } = await draftOf("en", { kind, severity: "normal", actions: [] });
      expect(draft).not.toContain("The boiler runs too hot");
      expect(draft).not.toMatch(/wrong|fault|mistake|error|misuse|must|should have/i);
      expect(draft).toMatch(/glad to/);
    }
  });

  it("never tells somebody who may not use the device that there is nothing to do", async () => {
    const silent = async (severity: "normal" | "safety") => {
      const bench = dossierBench({ view: { severity, actions: [] }, rules: [] });
      return (await bench.dossier("case-1", false)).draft;
    };
    expect(await silent("normal")).toContain("U hoeft nu niets te doen.");
    const safety = await silent("safety");
    expect(safety).toContain("Gebruik het apparaat alstublieft niet");
    expect(safety).not.toContain("U hoeft nu niets te doen.");
    expect(safety).toContain("U hoort vandaag nog van ons.");
  });

  it("names the day that was promised", async () => {
    const target = { dueAt: NOW + 2 * DAY_MS, warnAt: NOW, metAt: null, breachedAt: null };
    const targets = { level: "gold", team: "t", firstResponse: target, solution: target };
    const { draft } = await draftOf("nl", { targets });
    expect(draft).toContain("U hoort uiterlijk donderdag 26 november weer van ons.");
  });

  it("says that it was put right from here only when telemetry proved it and it lasted", async () => {
    const tried = (held?: "held" | "did_not_hold" | "harmful") =>
      caseView("x").actions.map((action) => ({
        ...action,
        proof: "proved" as const,
        ...(held !== undefined && { held }),
      }));
    const watching = { stage: "watching" } as const;
    const right = "We have already put it right";
    expect((await draftOf("en", { ...watching, actions: tried() })).draft).toContain(right);
    expect((await draftOf("en", { ...watching, actions: tried("held") })).draft).toContain(right);
    for (const view of [
      { ...watching, actions: tried("did_not_hold") },
      { ...watching, actions: tried("harmful") },
      { stage: "escalated" as const, actions: tried() },
    ]) {
      expect((await draftOf("en", view)).draft).not.toContain(right);
    }
  });

  it("closes the loop: once solved it says so and since when it is measured normal", async () => {
    const actions = caseView("x").actions.map((action) => ({
      ...action,
      proof: "proved" as const,
      provedAt: NOW - HOUR_MS,
    }));
    const solved = { status: "resolved", stage: "done", resolvedAt: NOW, actions } as const;
    const { draft } = await draftOf("en", { ...solved, resolution: "fixed" });
    expect(draft).toContain("Good news");
    expect(draft).toContain("Its readings are normal since 24 Nov 2026, 20:00.");
    const byAgent = await draftOf("en", { ...solved, resolution: "by_agent" });
    expect(byAgent.draft).toContain("is solved.\n");
    expect(byAgent.draft).not.toContain("readings are normal");
  });

  it("is not written for what was no problem, or stays as it is", async () => {
    for (const resolution of ["false_alarm", "wont_fix"] as const) {
      const { draft, title } = await draftOf("en", { status: "resolved", resolution });
      expect([draft, title]).toEqual(["", ""]);
    }
  });
});
