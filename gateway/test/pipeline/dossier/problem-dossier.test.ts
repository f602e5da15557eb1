import { describe, expect, it } from "vitest";
import { toText } from "#pipeline/document/text.ts";
import { caseView, NOW } from "../../support/http-samples.ts";
import { dossierBench } from "./dossier-bench.ts";

describe("the dossier of a problem", () => {
  it("says why it is more than chance, what to do once, and which devices belong to it", async () => {
    const bench = dossierBench();
    bench.cases.caseList = [
      caseView("case-1", { problem: "p-1" }),
      caseView("case-2", { problem: "p-1", device: "esp-0042", stage: "done", status: "resolved" }),
    ];
    bench.cases.problemList = [
      {
        id: "p-1",
        product: "espresso-pro",
        rule: "boiler-overheats",
        kind: "fault",
        severity: "urgent",
        title: "The boiler runs too hot",
        attribute: "firmware",
        value: "2.4.1",
        status: "open",
        openedAt: NOW,
        updatedAt: NOW,
        resolvedAt: null,
        summary: "5 of 20 devices with firmware 2.4.1, none of 200 others.",
        nextStep: "Stop the rollout of 2.4.1.",
        statistic: {
          test: "hypergeometric",
          p: 1e-9,
          exposed: 20,
          affected: 5,
          others: 200,
          othersAffected: 0,
        },
        cases: ["case-1", "case-2"],
        openCases: 1,
        revision: 2,
      },
    ];
    const found = await bench.source.ofProblem("p-1", { desk: "rt" });
    const text = toText(found?.body ?? []);
    expect(found?.subject).toBe(
      "The boiler runs too hot: 5 devices, Espresso Pro with firmware 2.4.1",
    );
    expect(found?.link).toBe("https://care.example.com/problems/p-1");
    for (const part of [
      "Action: Stop the rollout of 2.4.1.",
      "Affected with it: 5 of 20 devices (25.0 %)",
      "Affected without it: 0 of 200 devices (0.0 %)",
      "less than one in a million (hypergeometric test",
      "- Espresso Pro esp-0017, Utrecht, kitchen: since 24 Nov 2026, 20:18 CET, needs a person",
      "- Espresso Pro esp-0042: since 24 Nov 2026, 20:18 CET, resolved",
    ]) {
      expect(text).toContain(part);
    }
    expect(toText(found?.evidence ?? [])).toContain("Cases: 2, of which 1 are open");
    expect(await bench.source.ofProblem("none", { desk: "rt" })).toBeUndefined();
  });
});
