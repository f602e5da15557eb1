import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { compileRuleset } from "#domain/rules/compile.ts";
import { draftFor } from "#pipeline/dossier/draft.ts";
import type { CaseFacts } from "#pipeline/dossier/facts.ts";
import { caseView, deviceView } from "../../support/http-samples.ts";

const filesIn = (folder: string) =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".yaml") && !name.endsWith(".test.yaml"))
    .map((name) => ({ path: name, text: readFileSync(join(folder, name), "utf8") }));

describe("what owners are told by the shipped rules", () => {
  const root = join(import.meta.dirname, "../../../..");
  const compiled = compileRuleset({
    hash: "shipped",
    products: filesIn(join(root, "firmware-contracts/products")),
    rules: filesIn(join(root, "gateway/rules")),
  });
  if (!compiled.ok) throw new Error("the shipped rules are wrong");
  const products = [...compiled.ruleset.products.values()];

  it("has no name of a signal, no figure of a score and no link, and names the device", () => {
    for (const { model, rules } of products) {
      for (const { rule } of rules) {
        const view = caseView("c", {
          rule: rule.id,
          product: model.id,
          kind: rule.kind,
          severity: rule.severity,
          title: rule.title,
          actions: [],
        });
        const facts: CaseFacts = {
          view,
          rule,
          product: model,
          device: deviceView("d", { attrs: { serial: "NL-1" } }),
          timeline: [],
          others: [],
          ofOwner: [],
          ownerDevices: 0,
          alerts: [],
          siblings: 0,
          problem: undefined,
          compared: [],
          peersUse: undefined,
        };
        const { text } = draftFor(facts, { timeZone: "UTC", templates: { subject: "" } });
        const names = Object.keys(model.signals).filter((name) => name.includes("_"));
        expect([rule.id, names.filter((name) => text.includes(name))]).toEqual([rule.id, []]);
        expect([rule.id, /https?:|\bCel\b|\bsigma\b|standard deviation/.exec(text)]).toEqual([
          rule.id,
          null,
        ]);
        expect(text).toContain("NL-1");
        expect(text).toContain(model.title);
      }
    }
  });
});
