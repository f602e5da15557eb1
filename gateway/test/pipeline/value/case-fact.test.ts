import { describe, expect, it } from "vitest";
import type { CaseAction, CaseView } from "#domain/case/case.ts";
import { caseFactOf } from "#pipeline/value/case-fact.ts";
import { caseView } from "../../support/case-samples.ts";

const step = (over: Partial<CaseAction> = {}): CaseAction => ({
  id: "a-1",
  step: 0,
  kind: "command",
  what: "set_heater",
  startedAt: 2_000,
  state: "succeeded",
  proof: "proved",
  detail: "",
  ...over,
});

const fixOf = (actions: readonly CaseAction[], over: Partial<CaseView> = {}): string =>
  caseFactOf(caseView("c-1", { actions, ...over })).fix;

describe("what is counted of a case", () => {
  it("was found before the owner called unless a call is known from before it opened", () => {
    const found = (ownerCalledAt?: number) =>
      caseFactOf(caseView("c-1", { openedAt: 1_000, ...(ownerCalledAt && { ownerCalledAt }) }));
    expect(found()).toMatchObject({ foundBefore: true, ownerCalledAt: null });
    expect(found(999)).toMatchObject({ foundBefore: false, ownerCalledAt: 999 });
    expect(found(1_000)).toMatchObject({ foundBefore: true, ownerCalledAt: 1_000 });
  });

  it("is no fix while nothing reached the device", () => {
    expect(fixOf([])).toBe("");
    expect(fixOf([step({ state: "waiting" }), step({ kind: "escalation" })])).toBe("");
    expect(fixOf([step({ state: "cancelled", proof: "pending" })])).toBe("");
  });

  it("is a verified fix only when it held, or when there was no time in which it had to", () => {
    expect(fixOf([step({ held: "held" })])).toBe("verified");
    expect(fixOf([step({ held: "pending" })], { resolution: "fixed" })).toBe("pending");
    expect(fixOf([step()], { resolution: "fixed" })).toBe("verified");
    expect(fixOf([step()], { stage: "watching" })).toBe("pending");
    expect(fixOf([step()], { stage: "escalated" })).toBe("failed");
  });

  it("is a failed fix when it was refused, not proved or did not hold, and harmful whatever came after", () => {
    expect(fixOf([step({ state: "rejected", proof: "not_proved" })])).toBe("failed");
    expect(fixOf([step({ state: "failed", proof: "none" })])).toBe("failed");
    expect(fixOf([step({ held: "did_not_hold" })])).toBe("failed");
    expect(fixOf([step({ held: "harmful" }), step({ held: "held" })])).toBe("harmful");
  });

  it("is settled by the step that proves another, and only once that other has held", () => {
    const acted = step({ proof: "none" });
    const verify = (proof: CaseAction["proof"]) => step({ kind: "verify", step: 1, proof });
    expect(fixOf([acted, verify("pending")], { stage: "verifying" })).toBe("pending");
    expect(fixOf([acted, verify("not_proved")])).toBe("failed");
    const proved = step({ held: "pending" });
    expect(fixOf([proved, verify("proved")], { resolution: "fixed" })).toBe("pending");
    expect(fixOf([step({ held: "held" }), verify("proved")])).toBe("verified");
  });

  it("is no longer undecided once nothing more is waited for", () => {
    const waits = [step({ proof: "pending" })];
    expect(fixOf(waits, { stage: "verifying" })).toBe("pending");
    expect(fixOf(waits, { stage: "escalated" })).toBe("failed");
    expect(fixOf(waits, { stage: "done", resolution: "by_agent" })).toBe("failed");
  });

  it("does not take what an escalation tells the owner for a fix", () => {
    const escalation = step({ kind: "escalation", step: 2, proof: "none", state: "done" });
    const beside = step({ kind: "advice", step: 2, proof: "none", state: "delivered" });
    const fact = caseFactOf(caseView("c-1", { actions: [escalation, beside], stage: "escalated" }));
    expect(fact).toMatchObject({ tried: false, fix: "", firstStepAt: null });
  });

  it("takes the newest step that was carried out, and its proof", () => {
    const actions = [
      step({ proof: "not_proved" }),
      step({ startedAt: 3_000, provedAt: 5_000, held: "held" }),
      step({ kind: "escalation", startedAt: 6_000, proof: "none" }),
    ];
    const fact = caseFactOf(caseView("c-1", { actions }));
    expect(fact).toMatchObject({
      fix: "verified",
      firstStepAt: 2_000,
      provedAt: 5_000,
      escalatedAt: 6_000,
    });
  });

  it("holds the targets of its service level", () => {
    const target = { dueAt: 5, warnAt: 4, metAt: 7, breachedAt: 5 };
    const targets = { level: "gold", team: "coffee", firstResponse: target, solution: target };
    const counted = { dueAt: 5, metAt: 7, breachedAt: 5 };
    expect(caseFactOf(caseView("c-1", { targets }))).toMatchObject({
      team: "coffee",
      level: "gold",
      response: counted,
      solution: counted,
    });
  });
});
