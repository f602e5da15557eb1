import type { CaseView } from "#domain/case/case.ts";
import { HOUR_MS, MINUTE_MS } from "#domain/units.ts";
import { caseView, NOW } from "./http-samples.ts";

/** A case with all that can hang on one: tickets, clocks, a problem, a fix that did not last, a call. */
export function workedCase(id: string, changes: Partial<CaseView> = {}): CaseView {
  const sample = caseView(id);
  return caseView(id, {
    status: "acknowledged",
    acknowledgedBy: "Ann",
    tickets: [
      { desk: "rt", id: "17", url: "https://rt.example.com/Ticket/Display.html?id=17" },
      { desk: "redmine", id: "204", url: "https://redmine.example.com/issues/204" },
    ],
    targets: {
      level: "gold",
      team: "Field service",
      firstResponse: {
        dueAt: NOW + HOUR_MS,
        warnAt: NOW + 30 * MINUTE_MS,
        metAt: NOW - 10 * MINUTE_MS,
        breachedAt: null,
      },
      solution: {
        dueAt: NOW + HOUR_MS,
        warnAt: NOW - MINUTE_MS,
        metAt: null,
        breachedAt: null,
      },
    },
    problem: "problem-1",
    follows: "case-0",
    ownerCalledAt: NOW - 5 * MINUTE_MS,
    suppressed: true,
    actions: sample.actions.map((action, i) => ({
      ...action,
      ...(i === 0 && {
        proof: "proved" as const,
        provedAt: NOW - 35 * MINUTE_MS,
        held: "did_not_hold" as const,
        undoable: true,
      }),
    })),
    ...changes,
  });
}

/** A case whose next step waits for an engineer's word. */
export function approvalCase(id: string): CaseView {
  const [first] = caseView(id).actions;
  if (first === undefined) throw new TypeError("the sample has no step");
  return caseView(id, {
    stage: "approval",
    callback: false,
    nextStep: "An engineer decides whether the relay may be reset.",
    actions: [
      first,
      {
        ...first,
        id: "c-3",
        step: 1,
        what: "reset_heater_relay",
        state: "waiting",
        proof: "none",
        detail: "waits for an engineer",
      },
    ],
  });
}
