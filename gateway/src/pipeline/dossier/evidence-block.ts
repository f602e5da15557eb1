import type { CaseAction, CaseEventKind, CaseView } from "#domain/case/case.ts";
import { withTitles } from "#pipeline/dossier/about-device.ts";
import type { DossierStyle } from "#pipeline/dossier/deps.ts";
import { doNext } from "#pipeline/dossier/do-next.ts";
import type { CaseFacts } from "#pipeline/dossier/facts.ts";
import {
  ACTION_STATE_TEXT,
  ACTION_TEXT,
  HELD_TEXT,
  PROOF_TEXT,
  RESOLUTION_TEXT,
  SEVERITY_TEXT,
  STAGE_TEXT,
  VERDICT_TEXT,
} from "#pipeline/wording/case-words.ts";
import { momentText, withMoments } from "#pipeline/wording/moment.ts";
import type { Document } from "#ports/document.ts";

/** Newest steps shown; all of them are in the console. */
const STEPS = 6;
const CHANGES: ReadonlySet<CaseEventKind> = new Set([
  "refired",
  "reopened",
  "alert_cleared",
  "resolved",
]);

/**
 * Where the case stands: what is rewritten in one place instead of commenting again. Made of the case and
 * its timeline alone, so that the same state has the same text, whenever it is asked for.
 */
export function evidenceBlock(
  { view, timeline, product }: Pick<CaseFacts, "view" | "timeline" | "product">,
  style: DossierStyle,
): Document {
  const { timeZone } = style;
  const { evidence } = view;
  const changes = timeline.filter(({ kind }) => CHANGES.has(kind));
  const last = changes.at(-1);
  const rows: (readonly [string, string])[] = [
    ["State", stateText(view)],
    ["Severity", SEVERITY_TEXT[view.severity]],
    ["Seen", withTitles(withMoments(evidence.observed, timeZone), product)],
    ["Expected", withTitles(evidence.expected, product)],
    ["Since", momentText(evidence.onsetAt, timeZone)],
    ["How sure", withMoments(evidence.sure, timeZone)],
  ];
  if (changes.length > 1 && last !== undefined) {
    const since = momentText(view.openedAt, timeZone);
    rows.push([
      "Changed",
      `${changes.length} times since ${since}, last at ${momentText(last.at, timeZone)}`,
    ]);
  }
  if (view.ownerCalledAt !== undefined) {
    rows.push(["The owner called", momentText(view.ownerCalledAt, timeZone)]);
  }
  if (view.verdict !== null) rows.push(["Verdict", VERDICT_TEXT[view.verdict]]);
  return [
    { kind: "facts", rows: [...rows, ...doNext(view, style)] },
    ...triedBlock(view.actions.slice(-STEPS), timeZone),
  ];
}

function stateText(view: CaseView): string {
  if (view.status === "resolved") {
    return view.resolution === null ? "Resolved" : RESOLUTION_TEXT[view.resolution];
  }
  const taken = view.acknowledgedBy === null ? "" : `, taken by ${view.acknowledgedBy}`;
  return `${STAGE_TEXT[view.stage]}${taken}`;
}

/** A line per step, with its proof; nothing when none was taken. */
export const triedBlock = (actions: readonly CaseAction[], timeZone: string): Document =>
  actions.length === 0
    ? []
    : [{ kind: "list", items: actions.map((action) => triedText(action, timeZone)) }];

function triedText(action: CaseAction, timeZone: string): string {
  const { kind, what, state, proof, held, detail, startedAt } = action;
  const saysState = detail.startsWith(state);
  const outcome = [
    // Handing over is done by doing it.
    kind === "escalation" || saysState ? "" : ACTION_STATE_TEXT[state],
    PROOF_TEXT[proof],
    held === undefined ? "" : HELD_TEXT[held],
  ].filter((text) => text !== "");
  const step = withMoments(what, timeZone).replace(/\.$/, "");
  const ended = outcome.length === 0 ? "" : ` (${outcome.join("; ")})`;
  const more = detail === "" ? "" : ` ${withMoments(saysState ? begun(detail) : detail, timeZone)}`;
  return `${momentText(startedAt, timeZone)}: ${ACTION_TEXT[kind]}: ${step}${ended}.${more}`;
}

const begun = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
