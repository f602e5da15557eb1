import type { CaseView } from "#domain/case/case.ts";
import type { DossierStyle } from "#pipeline/dossier/deps.ts";
import { responseDue, solutionDue } from "#pipeline/dossier/sentences.ts";
import { momentText, withMoments } from "#pipeline/wording/moment.ts";

/** One action, who does it, by when. */
export function doNext(
  view: CaseView,
  { timeZone }: DossierStyle,
): readonly (readonly [string, string])[] {
  const rows: (readonly [string, string])[] = [
    ["Action", withMoments(actionText(view), timeZone)],
    ["Who", whoText(view)],
    ["By when", whenText(view, timeZone)],
  ];
  if (view.callback && view.status !== "resolved") {
    rows.push(["Call back", "The owner expects a call. Offer two times to choose from."]);
  }
  return rows;
}

function actionText(view: CaseView): string {
  if (view.status === "resolved") return "Nothing: it is resolved.";
  const action = view.nextStep === "" ? "Nothing for now: the gateway is at work." : view.nextStep;
  if (!isUnsure(view) || view.stage !== "escalated") return action;
  return `Ask for an inspection, not for a repair: the finding is not sure. If it is confirmed: ${action}`;
}

/** A finding that should be looked at before anything is exchanged. */
const isUnsure = ({ evidence }: CaseView): boolean => evidence.sure.startsWith("low");

function whoText(view: CaseView): string {
  if (view.status === "resolved") return "nobody";
  if (view.stage === "approval") return "an engineer, in the console";
  if (view.stage !== "escalated") return "the gateway; a person only looks on";
  const team = view.targets?.team;
  const agent = team === undefined ? "an agent" : `an agent of ${team}`;
  return view.acknowledgedBy === null ? agent : `${view.acknowledgedBy}, who has it`;
}

const WITHOUT_TARGET = {
  safety: "at once",
  urgent: "today",
  normal: "this week",
} as const;

function whenText(view: CaseView, timeZone: string): string {
  if (view.status === "resolved") return "it is done";
  const parts = [
    [responseDue(view), "first response"],
    [solutionDue(view), "solution"],
  ] as const;
  const due = parts.flatMap(([at, what]) =>
    at === undefined ? [] : [`${what} by ${momentText(at, timeZone)}`],
  );
  return due.length === 0 ? WITHOUT_TARGET[view.severity] : due.join(", ");
}
