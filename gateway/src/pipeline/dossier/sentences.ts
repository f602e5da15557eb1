import type { CaseView } from "#domain/case/case.ts";
import { cleanLine, shortened } from "#pipeline/document/clean.ts";
import { deviceName, placeOf, withTitles } from "#pipeline/dossier/about-device.ts";
import type { DossierStyle } from "#pipeline/dossier/deps.ts";
import type { CaseFacts } from "#pipeline/dossier/facts.ts";
import { KIND_TEXT, SEVERITY_TEXT } from "#pipeline/wording/case-words.ts";
import { momentText, withMoments } from "#pipeline/wording/moment.ts";

const LONGEST_SUBJECT = 200;

/** What the desk shows in its lists; placeholders without a value go, with the blanks and commas around them. */
export function subjectOf(
  { view, product, device }: Pick<CaseFacts, "view" | "product" | "device">,
  { templates }: DossierStyle,
): string {
  return filledSubject(templates.subject, {
    title: view.title,
    device: view.device,
    product: product?.title ?? view.product,
    place: placeOf(device),
    severity: SEVERITY_TEXT[view.severity],
    kind: KIND_TEXT[view.kind],
    rule: view.rule,
  });
}

export function filledSubject(template: string, values: Readonly<Record<string, string>>): string {
  const filled = template.replace(/\{(\w+)\}/g, (all, name: string) => values[name] ?? all);
  const line = cleanLine(filled)
    .replace(/\(\s*\)/g, "")
    .replace(/\s*,(?=\s*[,:)])/g, "")
    .replace(/\s+(?=[,:])/g, "")
    .replace(/^[\s,:]+|[\s,:]+$/g, "");
  return shortened(cleanLine(line) || "Case", LONGEST_SUBJECT);
}

/** Device, place, what changed, since when, by when it matters: all that somebody in a hurry reads. */
export function oneSentence(facts: CaseFacts, { timeZone }: DossierStyle): string {
  const { view, product, device } = facts;
  const place = placeOf(device);
  const where = place === "" ? "" : `, ${place}`;
  const since = momentText(view.evidence.onsetAt, timeZone);
  const seen = withTitles(withMoments(view.evidence.observed, timeZone), product);
  const again = view.refires === 0 ? "" : ` It happened again ${timesText(view.refires)}.`;
  return `${deviceName(product, view)}${where}: ${view.title}: ${seen}, since ${since}.${again} ${mattersBy(view, timeZone)}`;
}

const timesText = (times: number): string => (times === 1 ? "once" : `${times} times`);

const WITHOUT_TARGET = {
  safety: "It matters at once: it is about safety.",
  urgent: "It matters today.",
  normal: "It matters this week.",
} as const;

function mattersBy(view: CaseView, timeZone: string): string {
  if (view.status === "resolved") return "It is resolved.";
  const due = solutionDue(view);
  return due === undefined
    ? WITHOUT_TARGET[view.severity]
    : `It matters by ${momentText(due, timeZone)}.`;
}

/** When the owner was promised a solution; undefined while the clock stands or nothing is promised. */
export function solutionDue({ targets }: CaseView): number | undefined {
  if (targets === undefined || targets.paused === true) return undefined;
  return targets.solution.metAt === null ? targets.solution.dueAt : undefined;
}

export function responseDue({ targets }: CaseView): number | undefined {
  if (targets === undefined || targets.paused === true) return undefined;
  return targets.firstResponse.metAt === null ? targets.firstResponse.dueAt : undefined;
}
