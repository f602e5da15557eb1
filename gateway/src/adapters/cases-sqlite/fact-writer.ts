import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { CaseEvent, CaseEventKind, CaseView } from "#domain/case/case.ts";
import { caseFactOf } from "#pipeline/value/case-fact.ts";

const COLUMNS = [
  "id",
  "product",
  "device",
  "rule",
  "kind",
  "severity",
  "onset_at",
  "opened_at",
  "resolved_at",
  "resolution",
  "verdict",
  "escalated_at",
  "first_step_at",
  "tried",
  "proved_at",
  "fix",
  "owner_called_at",
  "found_before",
  "follows",
  "problem",
  "team",
  "level",
  "response_due_at",
  "response_met_at",
  "response_breached_at",
  "solution_due_at",
  "solution_met_at",
  "solution_breached_at",
] as const;

/** Events that are counted per case; the view does not tell how often they happened. */
const COUNTED: ReadonlySet<CaseEventKind> = new Set(["reopened", "disputed"]);

/** Keeps what is counted of a case beside its view, inside the caller's transaction. */
export class FactWriter {
  readonly #put: StatementSync;
  readonly #count: StatementSync;

  constructor(db: DatabaseSync) {
    const changed = COLUMNS.filter((name) => name !== "id").map((name) =>
      // A step that an older build saw proved has no time in its view.
      name === "proved_at"
        ? "proved_at = coalesce(excluded.proved_at, case_fact.proved_at)"
        : `${name} = excluded.${name}`,
    );
    this.#put = db.prepare(
      `INSERT INTO case_fact (${COLUMNS.join(", ")}, reopened, disputed)
       VALUES (${COLUMNS.map((name) => `:${name}`).join(", ")}, 0, 0)
       ON CONFLICT (id) DO UPDATE SET ${changed.join(", ")}`,
    );
    const counted = (kind: CaseEventKind): string =>
      `${kind} = (SELECT count(*) FROM case_event WHERE case_id = case_fact.id AND kind = '${kind}')`;
    this.#count = db.prepare(
      `UPDATE case_fact SET ${counted("reopened")}, ${counted("disputed")} WHERE id = ?`,
    );
  }

  write(view: CaseView): void {
    const fact = caseFactOf(view);
    this.#put.run({
      id: fact.id,
      product: fact.product,
      device: fact.device,
      rule: fact.rule,
      kind: fact.kind,
      severity: fact.severity,
      onset_at: fact.onsetAt,
      opened_at: fact.openedAt,
      resolved_at: fact.resolvedAt,
      resolution: fact.resolution,
      verdict: fact.verdict,
      escalated_at: fact.escalatedAt,
      first_step_at: fact.firstStepAt,
      tried: Number(fact.tried),
      proved_at: fact.provedAt,
      fix: fact.fix,
      owner_called_at: fact.ownerCalledAt,
      found_before: Number(fact.foundBefore),
      follows: fact.follows,
      problem: fact.problem,
      team: fact.team,
      level: fact.level,
      response_due_at: fact.response.dueAt,
      response_met_at: fact.response.metAt,
      response_breached_at: fact.response.breachedAt,
      solution_due_at: fact.solution.dueAt,
      solution_met_at: fact.solution.metAt,
      solution_breached_at: fact.solution.breachedAt,
    } satisfies Record<(typeof COLUMNS)[number], string | number | null>);
  }

  /** `events` are stored already. */
  count(events: readonly CaseEvent[]): void {
    const cases = new Set(events.filter(({ kind }) => COUNTED.has(kind)).map((e) => e.caseId));
    for (const id of cases) this.#count.run(id);
  }
}
