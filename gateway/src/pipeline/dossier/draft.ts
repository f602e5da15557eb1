import type { CaseView, Resolution } from "#domain/case/case.ts";
import type { RuleView } from "#domain/rules/rule.ts";
import type { EpochMs } from "#domain/units.ts";
import { cleanLine, cleanText } from "#pipeline/document/clean.ts";
import { languageOf, placeOf, serialOf } from "#pipeline/dossier/about-device.ts";
import type { DossierStyle } from "#pipeline/dossier/deps.ts";
import type { DraftFacts, DraftTexts } from "#pipeline/dossier/draft-texts.ts";
import { DRAFT_TEXTS } from "#pipeline/dossier/draft-texts.ts";
import type { CaseFacts } from "#pipeline/dossier/facts.ts";
import { solutionDue } from "#pipeline/dossier/sentences.ts";
import { dayIn, momentIn } from "#pipeline/wording/moment.ts";

export interface Draft {
  /** Says that it is a draft, in which language, and what must be looked at; for the agent. */
  readonly title: string;
  /** For the owner; "" = there is nothing that they should be told. */
  readonly text: string;
}

const SOLVED: ReadonlySet<Resolution> = new Set(["fixed", "recovered", "with_problem", "by_agent"]);

/**
 * A message to the owner that an agent may send: what was seen on their device, what it means, what we do,
 * what they need do, when they hear again, and how they know that it is ours. Without scores and names of
 * signals, and without a link.
 */
export function draftFor(facts: CaseFacts, style: DossierStyle): Draft {
  const { view, device } = facts;
  const { asked, written } = languageOf(device);
  const texts = DRAFT_TEXTS[written];
  const words = draftFacts(facts, style);
  if (view.status === "resolved" && (view.resolution === null || !SOLVED.has(view.resolution))) {
    return { title: "", text: "" };
  }
  const paragraphs =
    view.status === "resolved" ? solvedText(texts, words) : openText(facts, texts, words);
  const text = [
    texts.subject(words),
    texts.greeting,
    ...paragraphs,
    `${texts.regards}\n${style.templates.signature ?? texts.signature}`,
  ].join("\n\n");
  return { title: titleOf(texts, asked, written), text: cleanText(text) };
}

function titleOf(texts: DraftTexts, asked: string, written: string): string {
  const isAsked = asked.toLowerCase().startsWith(written);
  const language =
    isAsked || asked === "" ? "" : `, as there is no text in the owner's language (${asked})`;
  return `Draft for the owner, in ${texts.language}${language}. Nobody has sent it: read it, change it, then send it yourself. What the rule says is quoted as it is written there.`;
}

function draftFacts(
  { view, device, product, timeline }: CaseFacts,
  { timeZone }: DossierStyle,
): DraftFacts {
  const { written } = languageOf(device);
  const due = solutionDue(view);
  const normal = normalSince(view, timeline);
  return {
    product: cleanLine(product?.title ?? view.product),
    serial: serialOf(device, view.device),
    place: placeOf(device),
    title: cleanLine(view.title),
    since: momentIn(written, view.evidence.onsetAt, timeZone),
    normalSince: normal === undefined ? "" : momentIn(written, normal, timeZone),
    by: due === undefined ? "" : dayIn(written, due, timeZone),
  };
}

/** Since when telemetry has shown that it is gone. */
function normalSince(view: CaseView, timeline: CaseFacts["timeline"]): EpochMs | undefined {
  if (view.resolution === "by_agent") return undefined;
  const proved = view.actions.findLast(({ proof }) => proof === "proved");
  const cleared = timeline.findLast(({ kind }) => kind === "alert_cleared");
  return proved?.provedAt ?? cleared?.at ?? view.resolvedAt ?? undefined;
}

function openText(facts: CaseFacts, texts: DraftTexts, words: DraftFacts): readonly string[] {
  const { view, rule } = facts;
  const advice = adviceOf(view, rule);
  const isSafety = view.severity === "safety";
  return [
    texts.saw[view.kind](words),
    texts.means[view.kind][view.severity],
    didText(view, texts),
    // Who may not use the device is not told to do nothing.
    ...(advice !== "" ? [advice] : isSafety ? [] : [texts.doNothing]),
    words.by === "" ? texts.hear[view.severity] : texts.hearBy(words.by),
    texts.genuine,
  ];
}

const solvedText = (texts: DraftTexts, words: DraftFacts): readonly string[] => [
  texts.solved(words),
  texts.solvedEnd,
  texts.genuine,
];

/** Only what acted on the device counts as having tried; what did not last, or needs a person after all, did not do. */
function didText({ actions, kind, stage }: CaseView, texts: DraftTexts): string {
  const last = actions.findLast(
    (action) =>
      (action.kind === "command" || action.kind === "settings") && action.proof !== "pending",
  );
  if (last === undefined) return texts.did.nothing[kind];
  const worked = last.proof === "proved" && last.held !== "did_not_hold" && last.held !== "harmful";
  return worked && stage !== "escalated" ? texts.did.worked : texts.did.failed;
}

/** What the rule lets the owner be told: with the hand-over, else as last advised on the device. */
function adviceOf(view: CaseView, rule: RuleView | undefined): string {
  const steps = rule?.playbook ?? [];
  const handedOver = view.actions.findLast(({ kind }) => kind === "escalation");
  const step = handedOver === undefined ? undefined : steps[handedOver.step];
  const escalation =
    step?.kind === "escalate" ? step : steps.find(({ kind }) => kind === "escalate");
  const told = escalation?.kind === "escalate" ? escalation.advice : "";
  if (told !== "") return cleanLine(told);
  const shown = view.actions.findLast(({ kind }) => kind === "advice");
  return cleanLine(shown?.what ?? "");
}
