import type { ProblemView } from "#domain/problem/problem.ts";
import { deviceName, placeOf } from "#pipeline/dossier/about-device.ts";
import type { DossierDeps, DossierStyle } from "#pipeline/dossier/deps.ts";
import { filledSubject } from "#pipeline/dossier/sentences.ts";
import { KIND_TEXT, SEVERITY_TEXT, STAGE_TEXT } from "#pipeline/wording/case-words.ts";
import { momentText, withMoments } from "#pipeline/wording/moment.ts";
import type { Document } from "#ports/document.ts";
import type { Dossier } from "#ports/dossier.ts";

const CHILDREN_SHOWN = 50;

/** Undefined when there is no such problem. */
export async function problemDossier(
  deps: DossierDeps,
  id: string,
  style: DossierStyle,
): Promise<Dossier | undefined> {
  const view = await deps.cases.problem(id);
  if (view === undefined) return undefined;
  const { publicUrl } = deps;
  const link = publicUrl === "" ? "" : `${publicUrl}/problems/${encodeURIComponent(id)}`;
  const product = deps.catalogue().products.find((model) => model.id === view.product);
  const common = commonText(view, product?.title ?? view.product);
  return {
    subject: filledSubject("{title}: {count} devices, {common}", {
      title: view.title,
      count: `${view.statistic.affected}`,
      common,
    }),
    body: [
      { kind: "paragraph", text: `${view.title}: ${withMoments(view.summary, style.timeZone)}` },
      { kind: "heading", text: "Do next" },
      { kind: "facts", rows: nextRows(view) },
      { kind: "heading", text: "Why this is more than chance" },
      { kind: "facts", rows: figureRows(view, common) },
      { kind: "heading", text: "Devices" },
      ...(await children(deps, view, style)),
      ...(link === ""
        ? []
        : [{ kind: "link", text: "This problem in the console", url: link } as const]),
    ],
    evidence: [{ kind: "facts", rows: stateRows(view, style) }],
    link,
    charts: [],
    draft: "",
  };
}

const commonText = ({ attribute, value }: ProblemView, product: string): string =>
  attribute === "" ? product : `${product} with ${attribute} ${value}`;

const STATUS = { open: "Open", resolved: "Solved", dissolved: "No common cause" } as const;

const nextRows = (view: ProblemView): readonly (readonly [string, string])[] => [
  ["Action", view.nextStep === "" ? "Find the common cause." : view.nextStep],
  ["Who", "the team of the product; agents do not work on each case"],
  ["By when", { safety: "at once", urgent: "today", normal: "this week" }[view.severity]],
];

function figureRows(
  { statistic: s, kind }: ProblemView,
  common: string,
): readonly (readonly [string, string])[] {
  const rows: (readonly [string, string])[] = [
    ["In common", common],
    ["Affected with it", shareText(s.affected, s.exposed)],
  ];
  if (s.test === "hypergeometric")
    rows.push(["Affected without it", shareText(s.othersAffected, s.others)]);
  rows.push([
    "Chance of that by accident",
    `${s.p < 1e-6 ? "less than one in a million" : s.p.toPrecision(2)} (${s.test} test, corrected for the number of comparisons)`,
  ]);
  rows.push(["Kind", KIND_TEXT[kind]]);
  return rows;
}

const shareText = (some: number, all: number): string =>
  all === 0 ? `${some}` : `${some} of ${all} devices (${((100 * some) / all).toFixed(1)} %)`;

function stateRows(
  view: ProblemView,
  { timeZone }: DossierStyle,
): readonly (readonly [string, string])[] {
  return [
    ["State", STATUS[view.status]],
    ["Severity", SEVERITY_TEXT[view.severity]],
    ["Since", momentText(view.openedAt, timeZone)],
    ["Cases", `${view.cases.length}, of which ${view.openCases} are open`],
    ["Found", withMoments(view.summary, timeZone)],
    ["Next", view.nextStep === "" ? "Find the common cause." : view.nextStep],
  ];
}

/** Its devices with where they are and how far their case is. */
async function children(
  { cases, catalogue }: DossierDeps,
  view: ProblemView,
  { timeZone }: DossierStyle,
): Promise<Document> {
  const page = await cases.cases({ problem: view.id, limit: CHILDREN_SHOWN });
  const product = catalogue().products.find((model) => model.id === view.product);
  const items = await Promise.all(
    page.items.map(async (one) => {
      const place = placeOf(await cases.device(one.device));
      const state = one.status === "resolved" ? "resolved" : STAGE_TEXT[one.stage].toLowerCase();
      const since = momentText(one.onsetAt, timeZone);
      return `${deviceName(product, one)}${place === "" ? "" : `, ${place}`}: since ${since}, ${state}`;
    }),
  );
  if (items.length === 0) return [{ kind: "paragraph", text: "None is known any more." }];
  const more =
    page.nextCursor === null ? [] : [`The newest ${CHILDREN_SHOWN} of ${view.cases.length}.`];
  return [{ kind: "list", items: [...items, ...more] }];
}
