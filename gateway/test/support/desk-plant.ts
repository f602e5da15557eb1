import type { CaseEvent, CaseEventKind, CaseView } from "#domain/case/case.ts";
import type { ActionAnswer } from "#domain/effects.ts";
import type { ProblemView } from "#domain/problem/problem.ts";
import type { Action, CaseRequest } from "#domain/record.ts";
import type { EpochMs } from "#domain/units.ts";
import type { SubjectReader } from "#pipeline/desk/lane-work.ts";
import type { CaseEventFeed, FeedPosition } from "#ports/desk-store.ts";
import type { Dossier, DossierSource } from "#ports/dossier.ts";
import { caseView, problemView } from "./case-samples.ts";

/**
 * As much of the gateway as the bridge sees: cases that change by telemetry and by actions, their
 * events in order, their dossiers. Its rules about cases are those of the engine, in short.
 */
export class DeskPlant implements CaseEventFeed, DossierSource {
  readonly cases = new Map<string, CaseView>();
  readonly problems = new Map<string, ProblemView>();
  readonly events: CaseEvent[] = [];
  /** By id; the same id again is the same action. */
  readonly actions = new Map<string, { readonly by: string; readonly action: Action }>();
  readonly answers = new Map<string, ActionAnswer>();
  readonly now: () => EpochMs;
  /** Told of every new event. */
  onEvent: () => void = () => undefined;
  /** Actions are refused by the process while it is down. */
  down = false;

  constructor(now: () => EpochMs) {
    this.now = now;
  }

  open(id: string, over: Partial<CaseView> = {}): void {
    this.cases.set(id, caseView(id, { stage: "escalated", revision: 1, ...over }));
    this.say(id, "opened", "gateway", "above 135 Cel");
  }

  patch(id: string, patch: Partial<CaseView>): void {
    const view = this.#case(id);
    this.cases.set(id, { ...view, ...patch, revision: view.revision + 1, updatedAt: this.now() });
  }

  /** Telemetry shows that it is gone. */
  recover(id: string): void {
    const view = this.#case(id);
    if (view.status === "resolved") return;
    this.say(id, "alert_cleared", "gateway", "The alert has cleared.");
    const touched = view.acknowledgedBy !== null || view.verdict !== null;
    if (touched) return;
    this.resolve(id, "recovered", "gateway", "The alert has cleared by telemetry.");
  }

  /** It fires again. */
  refire(id: string): void {
    const { status, refires } = this.#case(id);
    if (status !== "resolved") {
      this.say(id, "refired", "gateway", "It fired again: 141 Cel.");
      return;
    }
    this.patch(id, { status: "open", stage: "escalated", resolvedAt: null, refires: refires + 1 });
    this.say(id, "reopened", "gateway", "It came back within 72 h.");
  }

  evidence(id: string): void {
    this.patch(id, {});
    this.say(id, "proved", "gateway", "more is known");
  }

  resolve(id: string, resolution: CaseView["resolution"], by: string, reason: string): void {
    this.patch(id, { status: "resolved", stage: "done", resolvedAt: this.now(), resolution });
    this.say(id, "resolved", by, reason);
  }

  problem(id: string, over: Partial<ProblemView>): void {
    this.problems.set(id, problemView(id, { ...this.problems.get(id), ...over }));
    this.say(id, "problem_opened", "gateway", "more than chance");
  }

  /** How often something happened that the evidence shows. */
  contentOf(id: string): number {
    return this.events.filter(({ caseId, kind }) => caseId === id && kind !== "ticket").length;
  }

  say(caseId: string, kind: CaseEventKind, by: string, reason: string): void {
    const offset = this.events.length + 1;
    this.events.push({ offset, n: 0, caseId, at: this.now(), kind, by, reason });
    this.onEvent();
  }

  readonly act = async (id: string, by: string, action: Action): Promise<ActionAnswer> => {
    if (this.down) throw new Error("the gateway stops");
    const known = this.answers.get(id);
    if (known !== undefined) return known;
    this.actions.set(id, { by, action });
    const answer = this.#answer(by, action);
    this.answers.set(id, answer);
    return answer;
  };

  named(name: Action["name"]): readonly Action[] {
    return [...this.actions.values()].map(({ action }) => action).filter((a) => a.name === name);
  }

  after({ offset }: FeedPosition, limit: number): readonly CaseEvent[] {
    return this.events.slice(offset, offset + limit);
  }

  newest(): FeedPosition {
    const last = this.events.at(-1);
    return last === undefined ? { offset: 0, n: -1 } : { offset: last.offset, n: last.n };
  }

  readonly reader: SubjectReader = {
    case: async (id) => this.cases.get(id),
    problem: async (id) => this.problems.get(id),
  };

  async ofCase(id: string): Promise<Dossier | undefined> {
    const view = this.cases.get(id);
    return view && dossierOf(id, this.contentOf(id));
  }

  async ofProblem(id: string): Promise<Dossier | undefined> {
    const view = this.problems.get(id);
    return view && dossierOf(id, view.revision);
  }

  [Symbol.dispose](): void {}

  #answer(by: string, action: Action): ActionAnswer {
    if (!("caseId" in action)) return { ok: true, id: "" };
    const view = this.cases.get(action.caseId);
    if (view === undefined) return { ok: false, status: 404, reason: "no such case" };
    const refused = this.#apply(view, by, action);
    return refused === undefined
      ? { ok: true, id: view.id }
      : { ok: false, status: 409, reason: refused };
  }

  #apply(view: CaseView, by: string, action: CaseRequest): string | undefined {
    const { id } = view;
    const resolved = view.status === "resolved";
    switch (action.name) {
      case "acknowledge":
        if (resolved) return "it is resolved";
        this.patch(id, { status: "acknowledged", acknowledgedBy: by });
        this.say(id, "acknowledged", by, "taken");
        return undefined;
      case "give_back":
        this.patch(id, { status: resolved ? "resolved" : "open", acknowledgedBy: null });
        return undefined;
      case "resolve":
        if (resolved) return "it is resolved already";
        this.resolve(id, action.as === "wont_fix" ? "wont_fix" : "by_agent", by, action.comment);
        return undefined;
      case "reopen":
        if (!resolved) return "it is not resolved";
        this.patch(id, { status: "open", resolvedAt: null, refires: view.refires + 1 });
        this.say(id, "reopened", by, `${action.comment}.`);
        return undefined;
      case "verdict":
        this.patch(id, { verdict: action.verdict });
        this.say(id, "verdict", by, action.verdict);
        return undefined;
      case "comment":
        this.patch(id, {});
        this.say(id, "comment", by, action.comment);
        return undefined;
      case "ticket":
        if (action.change === "created" || action.change === "merged") {
          const { desk, ticket, url } = action;
          const others = (view.tickets ?? []).filter((t) => t.desk !== desk);
          this.patch(id, { tickets: [...others, { desk, id: ticket, url }] });
        }
        this.say(id, "ticket", by, action.detail);
        return undefined;
      case "approve":
      case "decline":
      case "undo":
        return undefined;
    }
  }

  #case(id: string): CaseView {
    const view = this.cases.get(id);
    if (view === undefined) throw new Error(`there is no case ${id}`);
    return view;
  }
}

export const dossierOf = (id: string, content: number): Dossier => ({
  subject: `${id}: too hot`,
  body: [{ kind: "paragraph", text: `All about ${id}` }],
  evidence: [{ kind: "paragraph", text: `${id} after ${content} events` }],
  link: `https://gateway.example/cases/${id}`,
  charts: [],
  draft: "",
});
