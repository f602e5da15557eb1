import type { CaseEvent, CaseView } from "../../../gateway/src/domain/case/case.ts";
import type { Act, SubjectReader } from "../../../gateway/src/pipeline/desk/lane-work.ts";
import type { CaseEventFeed, FeedPosition } from "../../../gateway/src/ports/desk-store.ts";
import { FEED_START } from "../../../gateway/src/ports/desk-store.ts";
import type { Dossier, DossierSource } from "../../../gateway/src/ports/dossier.ts";

/** So many cases that open in one moment; each is made when it is asked for, so that they weigh nothing. */
export class Outbreak implements CaseEventFeed {
  readonly #cases: number;
  readonly #at: number;
  readonly #told = new Set<string>();
  /** Actions that came more than once under another id. */
  doubled = 0;

  constructor(cases: number, at: number) {
    this.#cases = cases;
    this.#at = at;
  }

  /** Cases of which the journal knows a ticket. */
  get told(): number {
    return this.#told.size;
  }

  readonly reader: SubjectReader = {
    case: async (id) => this.#view(id),
    problem: async () => undefined,
  };

  readonly act: Act = async (_id, _by, action) => {
    if (action.name === "ticket") {
      if (this.#told.has(action.caseId)) this.doubled += 1;
      this.#told.add(action.caseId);
    }
    return { ok: true, id: "" };
  };

  readonly dossiers: DossierSource = {
    ofCase: async (id) => dossierOf(id),
    ofProblem: async () => undefined,
  };

  after({ offset }: FeedPosition, limit: number): readonly CaseEvent[] {
    const count = Math.max(0, Math.min(limit, this.#cases - offset));
    return Array.from({ length: count }, (_, i) => this.#opened(offset + i + 1));
  }

  newest(): FeedPosition {
    return this.#cases === 0 ? FEED_START : { offset: this.#cases, n: 0 };
  }

  [Symbol.dispose](): void {}

  #opened(offset: number): CaseEvent {
    const caseId = `case-${offset}`;
    return { offset, n: 0, caseId, at: this.#at, kind: "opened", by: "gateway", reason: "too hot" };
  }

  #view(id: string): CaseView {
    const at = this.#at;
    return {
      ...{ id, device: `device-${id}`, product: "boiler", rule: "too-hot", kind: "fault" },
      ...{ severity: "urgent", status: "open", stage: "escalated", title: "Too hot" },
      ...{ summary: "Above 135 Cel.", nextStep: "Call the owner.", onsetAt: at, openedAt: at },
      ...{ updatedAt: at, resolvedAt: null, resolution: null, acknowledgedBy: null, verdict: null },
      ...{ callback: false, refires: 0, revision: 2, actions: [] },
      evidence: {
        ...{ observed: "141 Cel", expected: "at most 135 Cel", onsetAt: at, detectedAt: at },
        ...{ signals: [], limits: [], values: {}, disproof: "", sure: "high: measured" },
      },
    };
  }
}

const dossierOf = (id: string): Dossier => ({
  subject: `${id}: too hot`,
  body: [{ kind: "paragraph", text: "The boiler was above 135 Cel for 30 s. ".repeat(40) }],
  evidence: [{ kind: "facts", rows: [["boiler_temp", "141 Cel"]] }],
  link: `https://gateway.example/cases/${id}`,
  charts: [],
  draft: "",
});
