import { describe, expect, test } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "#domain/units.ts";
import { FleetRig } from "../../support/fleet.ts";
import { START } from "../../support/records.ts";

const at = (hours: number): number => START + hours * HOUR_MS;

/** 200 kettles; 20 of them of batch 7, the rest of twelve others. */
const batches = (i: number) => ({ batch: i < 20 ? "7" : String(20 + (i % 12)), serial: `s${i}` });

/** … of which six of batch 7 have broken, a day apart. */
function grouped(): FleetRig {
  const rig = new FleetRig(200, batches);
  for (let i = 0; i < 6; i++) rig.breaks(`k${i}`, at(i * 24));
  return rig;
}

describe("like cases", () => {
  test("of one batch, more than chance, become one problem that says what it rests on", () => {
    const rig = grouped();
    expect(rig.problems).toHaveLength(1);
    const [problem] = rig.problems;
    expect(problem).toMatchObject({
      product: "kettle",
      rule: "broken",
      severity: "urgent",
      attribute: "batch",
      value: "7",
      status: "open",
      openCases: 6,
      title: "The kettle is broken: batch 7",
    });
    expect(problem?.statistic).toMatchObject({ test: "hypergeometric", exposed: 20, others: 180 });
    expect(problem?.statistic.p).toBeLessThan(0.001);
    expect(problem?.summary).toMatch(/^4 of 20 devices with batch 7 have had a case of broken/);
    expect(problem?.summary).toContain("13 values compared");
    expect(rig.case("k0").problem).toBe(problem?.id);
    expect(rig.case("k0").nextStep).toContain(`Go on in problem ${problem?.id}`);
    expect(rig.lines(problem?.id ?? "")).toEqual(["problem_opened"]);
  });

  test("that are spread over the batches stay single", () => {
    const rig = new FleetRig(200, batches);
    for (let i = 0; i < 8; i++) rig.breaks(`k${i * 23}`, at(i * 24));
    expect(rig.problems).toEqual([]);
  });

  test("three of them are too few, however rare the batch", () => {
    const rig = new FleetRig(500, (i) => ({ batch: i < 3 ? "7" : "8" }));
    for (let i = 0; i < 3; i++) rig.breaks(`k${i}`, at(i * 24));
    expect(rig.problems).toEqual([]);
  });

  test("two weeks apart are not of one moment", () => {
    const rig = new FleetRig(200, batches);
    for (let i = 0; i < 6; i++) rig.breaks(`k${i}`, at(i * 24 * 8));
    expect(rig.problems).toEqual([]);
  });

  test("what all devices have is no explanation, and neither is what each has alone", () => {
    const rig = new FleetRig(150, (i) => ({ maker: "same", serial: `s${i}` }));
    for (let i = 0; i < 6; i++) rig.breaks(`k${i}`, at(i * 24));
    expect(rig.problems.filter((p) => p.attribute !== "")).toEqual([]);
  });

  test("the firmware that the devices tell of counts, as it was when the case opened and still is", () => {
    const rig = new FleetRig(200);
    for (let i = 0; i < 200; i++) {
      rig.play(rig.fleet.birth(`k${i}`, i < 25 ? "2.4.1" : "2.4.0", at(0)));
    }
    for (let i = 0; i < 3; i++) rig.breaks(`k${i}`, at(1 + i * 24));
    // These have the new one meanwhile: they are no argument against it, nor for the old one.
    for (let i = 0; i < 3; i++) rig.play(rig.fleet.birth(`k${i}`, "2.4.2", at(80)));
    rig.breaks("k3", at(90));
    expect(rig.problems).toEqual([]);
    for (let i = 4; i < 10; i++) rig.breaks(`k${i}`, at(100 + i * 24));
    expect(rig.problems[0]).toMatchObject({ attribute: "firmware", value: "2.4.1" });
    expect(rig.problems[0]?.statistic.exposed).toBe(22);
  });

  test("a later one joins at once while the problem is open, another batch does not", () => {
    const rig = grouped();
    rig.breaks("k10", at(200));
    rig.breaks("k100", at(201));
    const [problem] = rig.problems;
    expect(rig.case("k10").problem).toBe(problem?.id);
    expect(problem?.cases).toHaveLength(7);
    expect(rig.case("k100").problem).toBeUndefined();
  });

  test("judged false alarms and duplicates are not counted", () => {
    const rig = new FleetRig(200, batches);
    for (let i = 0; i < 6; i++) {
      rig.breaks(`k${i}`, at(i * 24));
      const caseId = rig.case(`k${i}`).id;
      rig.asks({ name: "verdict", caseId, verdict: "false_alarm", comment: "" }, at(i * 24 + 1));
    }
    expect(rig.problems).toEqual([]);
  });
});

describe("a burst", () => {
  /** 300 kettles of 300 makers, so that nothing explains it. */
  const sudden = (): FleetRig => {
    const rig = new FleetRig(300, (i) => ({ maker: i % 2 === 0 ? "a" : "b" }));
    for (let i = 0; i < 3; i++) rig.breaks(`k${290 + i}`, at(-20 * 24 + i * 100));
    for (let i = 0; i < 6; i++) rig.breaks(`k${i * 31}`, at(i));
    return rig;
  };

  test("far more cases than usual become a problem of the whole product", () => {
    const rig = sudden();
    const [problem] = rig.problems;
    expect(problem).toMatchObject({ attribute: "", value: "", openCases: 6 });
    expect(problem?.title).toBe("The kettle is broken: far more than usual");
    expect(problem?.statistic).toMatchObject({ test: "poisson", affected: 6, exposed: 300 });
    expect(problem?.summary).toMatch(/^6 cases of broken on 6 of 300 devices within a day/);
    expect(problem?.summary).toContain("3 in the 28 d before");
  });

  test("takes cases in as long as it lasts; what is usual again stands alone", () => {
    const rig = sudden();
    rig.breaks("k250", at(7));
    expect(rig.problems[0]?.openCases).toBe(7);
    rig.breaks("k251", at(40));
    expect(rig.case("k251").problem).toBeUndefined();
    expect(rig.problems).toHaveLength(1);
  });

  test("five cases of one device are none", () => {
    const rig = new FleetRig(100);
    for (let i = 0; i < 8; i++) {
      rig.play(rig.fleet.event("k1", "beeped", at(i)));
      const caseId = rig.case("k1").id;
      rig.asks({ name: "verdict", caseId, verdict: "confirmed", comment: "" }, at(i) + MINUTE_MS);
    }
    expect(rig.problems).toEqual([]);
  });

  test("many cases on the first day of a rule are what was there before it", () => {
    const rig = new FleetRig(50);
    const inForce = at(-60 * 24);
    for (let i = 0; i < 12; i++) rig.breaks(`k${i}`, inForce + i * MINUTE_MS);
    expect(rig.problems).toEqual([]);
    // Two months later so many are news.
    for (let i = 20; i < 32; i++) rig.breaks(`k${i}`, at(0) + i * MINUTE_MS);
    expect(rig.problems).toHaveLength(1);
  });

  test("that turns out to have a cause in common is narrowed to it; the others stand alone again", () => {
    const rig = new FleetRig(300, (i) => ({ batch: i % 5 === 0 ? "7" : String(i % 5) }));
    const broken = [1, 2, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50];
    for (const [n, i] of broken.entries()) rig.breaks(`k${i}`, at(n));
    const [problem] = rig.problems;
    expect(rig.problems).toHaveLength(1);
    expect(problem).toMatchObject({ attribute: "batch", value: "7", status: "open" });
    expect(problem?.title).toBe("The kettle is broken: batch 7");
    expect(rig.case("k1").problem).toBeUndefined();
    expect(rig.lines(rig.case("k1").id)).toContain("left_problem");
    expect(problem?.openCases).toBe(10);
  });
});

describe("the end of a problem", () => {
  test("resolved by a person, its cases are resolved with it; what still fires comes back singly", () => {
    const rig = grouped();
    const [{ id } = { id: "" }] = rig.problems;
    for (let i = 0; i < 5; i++) rig.mends(`k${i}`, at(160));
    for (let i = 0; i < 6; i++) expect(rig.case(`k${i}`).status).toBe(i < 5 ? "resolved" : "open");
    rig.asks({ name: "problem_resolve", problem: id, comment: "Firmware 2.4.2 is out." }, at(161));
    expect(rig.problems[0]).toMatchObject({ status: "resolved", openCases: 0 });
    expect(rig.case("k5")).toMatchObject({ status: "resolved", resolution: "with_problem" });
    rig.play(rig.fleet.event("k5", "beeped", at(170)));
    rig.until(at(161 + 25));
    const back = rig.cases.find((c) => c.rule === "broken" && c.device === "k5");
    expect(back).toMatchObject({ status: "open", stage: "escalated", resolution: null });
    expect(back?.problem).toBeUndefined();
    expect(rig.lines(back?.id ?? "").slice(-3)).toEqual(["left_problem", "disputed", "escalated"]);
    expect(rig.problems[0]).toMatchObject({ status: "resolved", openCases: 0 });
  });

  test("resolved too early, it opens anew when its cases come back, and is quiet when closed a second time", () => {
    const rig = grouped();
    const [{ id } = { id: "" }] = rig.problems;
    const back = (): readonly string[] =>
      rig.cases.filter((c) => c.rule === "broken" && c.status === "open").map((c) => c.id);
    rig.asks({ name: "problem_resolve", problem: id, comment: "Fixed." }, at(150));
    for (let i = 0; i < 6; i++) rig.play(rig.fleet.event(`k${i}`, "beeped", at(151)));
    rig.until(at(150 + 25));
    expect(back()).toHaveLength(6);
    const again = rig.problems.find((p) => p.status === "open" && p.rule === "broken");
    expect(again).toMatchObject({ attribute: "batch", value: "7", openCases: 6 });
    rig.asks({ name: "problem_resolve", problem: again?.id ?? "", comment: "So be it." }, at(176));
    rig.until(at(176 + 30));
    expect(back()).toEqual([]);
  });

  test("without an open case for a day it is over by itself, and says how its cases ended", () => {
    const rig = grouped();
    for (let i = 0; i < 6; i++) rig.mends(`k${i}`, at(160 + i));
    expect(rig.problems[0]).toMatchObject({ status: "open", openCases: 0 });
    rig.until(at(165 + 24));
    expect(rig.problems[0]).toMatchObject({ status: "resolved", openCases: 0 });
    const id = rig.problems[0]?.id ?? "";
    expect(rig.events.findLast((e) => e.caseId === id)?.reason).toContain("6 recovered");
  });

  test("a case that comes back within that day keeps it open", () => {
    const rig = grouped();
    for (let i = 0; i < 6; i++) rig.mends(`k${i}`, at(160 + i));
    rig.breaks("k0", at(170));
    rig.until(at(165 + 30));
    expect(rig.problems[0]).toMatchObject({ status: "open", openCases: 1 });
    expect(rig.case("k0")).toMatchObject({ status: "open", problem: rig.problems[0]?.id });
  });

  test("a person who commented on it closes it; it only says that nothing is open", () => {
    const rig = grouped();
    const [{ id } = { id: "" }] = rig.problems;
    rig.asks({ name: "problem_comment", problem: id, comment: "With the supplier." }, at(150));
    for (let i = 0; i < 6; i++) rig.mends(`k${i}`, at(160 + i));
    rig.until(at(165 + 30));
    expect(rig.problems[0]?.status).toBe("open");
    expect(rig.problems[0]?.nextStep).toContain("All its cases have been resolved");
  });

  test("dissolved, its cases stand alone, and the same is not grouped again for two weeks", () => {
    const rig = grouped();
    const [{ id } = { id: "" }] = rig.problems;
    rig.asks({ name: "problem_dissolve", problem: id, comment: "Bad luck." }, at(150));
    expect(rig.problems[0]).toMatchObject({ status: "dissolved", cases: [], openCases: 0 });
    expect(rig.case("k0")).toMatchObject({ status: "open", nextStep: "Send another kettle." });
    expect(rig.case("k0").problem).toBeUndefined();
    for (let i = 6; i < 12; i++) rig.breaks(`k${i}`, at(150 + i));
    expect(rig.problems.filter((p) => p.attribute === "batch")).toHaveLength(1);
    for (let i = 12; i < 17; i++) rig.breaks(`k${i}`, at(150 + 15 * 24 + i));
    expect(rig.problems.filter((p) => p.status === "open")).toHaveLength(1);
  });

  test("its ticket and what is said of it are kept; asking again is refused with a reason", () => {
    const rig = grouped();
    const [{ id } = { id: "" }] = rig.problems;
    const ticket = { name: "problem_ticket", problem: id, desk: "rt", detail: "" } as const;
    rig.asks({ ...ticket, ticket: "17", url: "https://rt/17" }, at(150));
    rig.asks({ ...ticket, ticket: "18", url: "https://rt/18" }, at(151));
    expect(rig.problems[0]?.tickets).toEqual([{ desk: "rt", id: "18", url: "https://rt/18" }]);
    rig.asks({ name: "problem_resolve", problem: id, comment: "" }, at(152));
    rig.asks({ name: "problem_resolve", problem: id, comment: "" }, at(153));
    expect(rig.effects.at(-1)?.answer).toMatchObject({ ok: false, status: 409 });
    rig.asks({ name: "problem_comment", problem: "p-none", comment: "" }, at(154));
    expect(rig.effects.at(-1)?.answer).toMatchObject({ ok: false, status: 404 });
  });

  test("long over, it leaves the decision state", () => {
    const rig = grouped();
    const [{ id } = { id: "" }] = rig.problems;
    rig.asks({ name: "problem_resolve", problem: id, comment: "" }, at(150));
    rig.until(at(150) + 31 * DAY_MS);
    const saved = new Map(rig.engine.takeUnsaved().map(({ key, value }) => [key, value]));
    expect(saved.get(`problem/${id}`)).toBeUndefined();
    expect(rig.problems[0]).toMatchObject({ status: "resolved", cases: { length: 6 } });
  });

  test("a device that leaves the registry leaves its problem", () => {
    const rig = grouped();
    const device = {
      id: "k0",
      product: "kettle",
      attrs: {},
      cohort: "",
      owner: "",
      activatedAt: 1,
    };
    rig.play({ kind: "registry", appendedAt: at(150), change: "remove", device, by: "anna" });
    expect(rig.problems[0]).toMatchObject({ openCases: 5, cases: { length: 5 } });
  });
});
