import { describe, expect, it } from "vitest";
import { DAY_MS, MINUTE_MS } from "#domain/units.ts";
import { caseEvents, deviceView, NOW } from "../../support/http-samples.ts";
import { dossierBench } from "./dossier-bench.ts";

describe("the evidence block", () => {
  it("has the same text for the same state, whenever it is asked for", async () => {
    const bench = dossierBench();
    const first = await bench.dossier();
    await bench.clock.pass(9 * DAY_MS);
    bench.cases.deviceList = [
      deviceView("esp-0017", { presence: "lost", deviceTime: NOW + DAY_MS }),
    ];
    bench.series.points.clear();
    const later = await bench.dossier("case-1", false);
    expect(later.evidence).toEqual(first.evidence);
    expect(later.link).toBe(first.link);
    expect(later.subject).toBe(first.subject);
  });

  it("rolls up how often the case changed, instead of telling each time", async () => {
    const bench = dossierBench({ view: { refires: 200 } });
    const [line] = caseEvents("case-1");
    if (line === undefined) throw new Error("no sample");
    const flaps = Array.from({ length: 200 }, (_, i) => ({
      ...line,
      offset: 1_000 + i,
      at: NOW - (200 - i) * MINUTE_MS,
      kind: i % 2 === 0 ? ("alert_cleared" as const) : ("refired" as const),
    }));
    bench.cases.events.push(...flaps);
    const { evidenceText } = await bench.dossier();
    expect(evidenceText).toContain(
      "Changed: 200 times since 24 Nov 2026, 20:19 CET, last at 24 Nov 2026, 20:59 CET",
    );
    expect(evidenceText.length).toBeLessThan(1_500);
  });

  it("follows the case: taken, verdict, the owner's call, solved", async () => {
    const taken = await dossierBench({
      view: {
        acknowledgedBy: "Ann",
        status: "acknowledged",
        ownerCalledAt: NOW,
        verdict: "confirmed",
      },
    }).dossier();
    expect(taken.evidenceText).toContain("State: Needs a person, taken by Ann");
    expect(taken.evidenceText).toContain("Who: Ann, who has it");
    expect(taken.evidenceText).toContain("The owner called: 24 Nov 2026, 21:00 CET");
    expect(taken.evidenceText).toContain("Verdict: Right: the problem was there");
    const done = await dossierBench({
      view: { status: "resolved", stage: "done", resolution: "fixed", resolvedAt: NOW },
    }).dossier();
    expect(done.evidenceText).toContain("State: Fixed, proved by telemetry");
    expect(done.evidenceText).toContain("Action: Nothing: it is resolved.");
  });
});
