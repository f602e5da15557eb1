import type { CaseView, Severity } from "#domain/case/case.ts";
import type { ProblemView } from "#domain/problem/problem.ts";
import { stableId } from "#domain/stable-id.ts";
import type { EpochMs } from "#domain/units.ts";

/** What a ticket is made of, whether it stands for a case or for a problem. */
export interface Subject {
  readonly kind: "case" | "problem";
  readonly id: string;
  /** "" = several, of a problem. */
  readonly device: string;
  readonly product: string;
  /** Equal for all cases of one device and rule. */
  readonly dedupKey: string;
  readonly title: string;
  readonly severity: Severity;
  readonly revision: number;
  readonly refires: number;
  /** null = it goes on. */
  readonly resolvedAt: EpochMs | null;
  /** A person closed it, rather than telemetry. */
  readonly byPerson: boolean;
  /** Who took or judged it; "" = nobody. */
  readonly touchedBy: string;
  /** A person must act: without a ticket one is made. */
  readonly needsPerson: boolean;
  /** Problem that it belongs to; "" = none. */
  readonly problem: string;
  /** Earlier case of the same key; "" = none. */
  readonly follows: string;
  /** Ids of its tickets that the journal knows. */
  readonly known: readonly string[];
  /** Its cases, of a problem. */
  readonly children: readonly string[];
}

export function subjectOfCase(
  view: CaseView,
  desk: { readonly name: string; readonly openWhen: "escalated" | "opened" },
): Subject {
  const { id, device, product, title, severity, revision, refires, resolvedAt, stage } = view;
  const open = view.status !== "resolved";
  const person = desk.openWhen === "opened" || stage === "escalated" || stage === "approval";
  const judged = view.verdict === null ? "" : "an agent";
  return {
    ...{ kind: "case", id, device, product, title, severity, revision, refires },
    dedupKey: stableId("key", [device, view.rule]),
    resolvedAt: open ? null : (resolvedAt ?? view.updatedAt),
    byPerson: view.resolution !== "fixed" && view.resolution !== "recovered",
    touchedBy: view.acknowledgedBy ?? judged,
    needsPerson: open && person && view.problem === undefined,
    problem: view.problem ?? "",
    follows: view.follows ?? "",
    known: (view.tickets ?? []).filter((t) => t.desk === desk.name).map((t) => t.id),
    children: [],
  };
}

export function subjectOfProblem(view: ProblemView, desk: { readonly name: string }): Subject {
  const { id, product, title, severity, revision } = view;
  const open = view.status === "open";
  return {
    ...{ kind: "problem", id, product, title, severity, revision, device: "", refires: 0 },
    dedupKey: stableId("key", [product, view.rule, view.attribute, view.value]),
    resolvedAt: open ? null : (view.resolvedAt ?? view.updatedAt),
    byPerson: true,
    touchedBy: "",
    needsPerson: open,
    problem: "",
    follows: "",
    known: (view.tickets ?? []).filter((t) => t.desk === desk.name).map((t) => t.id),
    children: view.cases,
  };
}

/**
 * What the desk's reference field holds, [a-z0-9-]{1,64}: the first ticket has the subject's own id,
 * those that follow a ticket that was closed for good have its number behind it.
 */
export function referenceOf(id: string, number: number): string {
  const plain = /^[a-z0-9-]{1,56}$/.test(id) ? id : stableId("ref", [id]);
  return number === 1 ? plain : `${plain}-${number}`;
}

/** The number in a reference of this subject; undefined = it is another's. */
export function numberOf(id: string, reference: string): number | undefined {
  const plain = referenceOf(id, 1);
  if (reference === plain) return 1;
  if (!reference.startsWith(`${plain}-`)) return undefined;
  const number = Number(reference.slice(plain.length + 1));
  return Number.isInteger(number) && number > 1 ? number : undefined;
}
