import { VERDICTS } from "#domain/record.ts";
import type { Window } from "#pipeline/chart/window.ts";
import { windowQuery } from "#pipeline/chart/window.ts";
import { deviceRows, withTitles } from "#pipeline/dossier/about-device.ts";
import { caseText, checkedLines } from "#pipeline/dossier/checked.ts";
import type { DossierStyle } from "#pipeline/dossier/deps.ts";
import { doNext } from "#pipeline/dossier/do-next.ts";
import type { Draft } from "#pipeline/dossier/draft.ts";
import { triedBlock } from "#pipeline/dossier/evidence-block.ts";
import type { CaseFacts } from "#pipeline/dossier/facts.ts";
import { oneSentence } from "#pipeline/dossier/sentences.ts";
import { usualRows } from "#pipeline/dossier/usual-rows.ts";
import { VERDICT_TEXT } from "#pipeline/wording/case-words.ts";
import { momentText, withMoments } from "#pipeline/wording/moment.ts";
import { valueText } from "#pipeline/wording/value-text.ts";
import type { Document, DocumentBlock } from "#ports/document.ts";

const EARLIER_SHOWN = 5;

export interface BodyParts {
  readonly facts: CaseFacts;
  readonly style: DossierStyle;
  readonly draft: Draft;
  /** Names of the attached pictures; `why` there is none, "" when there is one. */
  readonly chart: {
    readonly names: readonly string[];
    readonly why: string;
    readonly window: Window;
  };
  readonly links: CaseLinks;
}

/** "" = the console's address is not known, or no such links are made. */
export interface CaseLinks {
  /** Page of the case. */
  readonly page: string;
  /** Page that answers it, without signing in. */
  readonly answer: string;
}

/** Everything that an agent gets, the most urgent first. */
export function caseBody(parts: BodyParts): Document {
  const { facts, style, draft } = parts;
  return [
    { kind: "paragraph", text: oneSentence(facts, style) },
    { kind: "heading", text: "Do next" },
    { kind: "facts", rows: doNext(facts.view, style) },
    ...evidenceSection(parts),
    { kind: "heading", text: "How sure" },
    { kind: "facts", rows: sureRows(facts, style) },
    { kind: "heading", text: "Checked or ruled out" },
    { kind: "list", items: checkedLines(facts, style) },
    { kind: "heading", text: "Normal for this device and for others" },
    ...usualSection(facts, style),
    { kind: "heading", text: "Device and owner" },
    { kind: "facts", rows: deviceRows(facts) },
    { kind: "heading", text: "Earlier cases of this device" },
    earlierSection(facts, style),
    { kind: "heading", text: "What was tried" },
    ...triedSection(facts, style),
    ...draftSection(draft),
    ...answerSection(parts.links),
  ];
}

function evidenceSection({ facts, style, chart, links }: BodyParts): Document {
  const { evidence } = facts.view;
  const { timeZone } = style;
  const rows: (readonly [string, string])[] = [
    ["Seen", withTitles(withMoments(evidence.observed, timeZone), facts.product)],
    ["Expected", withTitles(evidence.expected, facts.product)],
    ["Began", momentText(evidence.onsetAt, timeZone)],
    ["Found", momentText(evidence.detectedAt, timeZone)],
    ...Object.entries(evidence.values).map(([signal, value]): readonly [string, string] => {
      const model = facts.product?.signals[signal];
      return [`${model?.title ?? signal} then`, valueText(value, model)];
    }),
  ];
  const { from, to } = chart.window;
  const span = `${momentText(from, timeZone)} to ${momentText(to, timeZone)}`;
  return [
    { kind: "heading", text: "Evidence" },
    { kind: "facts", rows },
    ...(chart.why === "" ? [] : [{ kind: "paragraph", text: chart.why } as const]),
    ...chart.names.map(
      (name): DocumentBlock => ({ kind: "picture", name, text: pictureText(name, span) }),
    ),
    ...link(
      `Live chart of ${span}`,
      links.page === "" ? "" : `${links.page}?${windowQuery(chart.window)}`,
    ),
  ];
}

const pictureText = (name: string, span: string): string =>
  name.endsWith("-use.png")
    ? "use per day"
    : `the signals from ${span}, with their limits, when it began and when it was found`;

const link = (text: string, url: string): Document =>
  url === "" ? [] : [{ kind: "link", text, url }];

function sureRows(
  { view, product, rule }: CaseFacts,
  { timeZone }: DossierStyle,
): readonly (readonly [string, string])[] {
  const { evidence } = view;
  const carried = (evidence.contributions ?? [])
    .map(
      ({ signal, share }) =>
        `${product?.signals[signal]?.title ?? signal} ${Math.round(share * 100)} %`,
    )
    .join(", ");
  return [
    ["Confidence", withTitles(withMoments(evidence.sure, timeZone), product)],
    ...(carried === "" ? [] : [["Carried by", carried] as const]),
    [
      "Would prove it wrong",
      evidence.disproof === "" ? "the rule does not say" : evidence.disproof,
    ],
    ["What it means", rule === undefined ? "the rule is not in force any more" : rule.why],
    ["Rule", view.rule],
  ];
}

function usualSection(facts: CaseFacts, style: DossierStyle): Document {
  const rows = usualRows(facts, style);
  return rows.length === 0
    ? [
        {
          kind: "paragraph",
          text: "This case rests on what did not happen, so there is no signal to compare.",
        },
      ]
    : [{ kind: "facts", rows }];
}

function earlierSection({ others }: CaseFacts, style: DossierStyle): DocumentBlock {
  const resolved = others.filter(({ status }) => status === "resolved");
  const shown = resolved.slice(0, EARLIER_SHOWN).map((one) => caseText(one, style));
  if (shown.length === 0) return { kind: "paragraph", text: "None." };
  const more = resolved.length > EARLIER_SHOWN ? ["Older ones are in the console."] : [];
  return { kind: "list", items: [...shown, ...more] };
}

const triedSection = ({ view }: CaseFacts, { timeZone }: DossierStyle): Document =>
  view.actions.length === 0
    ? [
        {
          kind: "paragraph",
          text: "Nothing yet: the rule has no step that the gateway may take by itself, or none has begun.",
        },
      ]
    : triedBlock(view.actions, timeZone);

const draftSection = ({ title, text }: Draft): Document =>
  text === ""
    ? []
    : [
        { kind: "heading", text: "Draft for the owner" },
        { kind: "draft", title, text },
      ];

/** One click each, on a page that needs no signing in; the page asks once more, as mail scanners open links. */
function answerSection({ page, answer }: CaseLinks): Document {
  if (page === "") return [];
  return [
    { kind: "heading", text: "Was the finding right?" },
    ...(answer === ""
      ? []
      : VERDICTS.flatMap((verdict) => link(VERDICT_TEXT[verdict], `${answer}?verdict=${verdict}`))),
    ...link("This case in the console", page),
  ];
}
