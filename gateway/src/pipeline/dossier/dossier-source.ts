import type { DurationMs } from "#domain/units.ts";
import { DAY_MS } from "#domain/units.ts";
import { chartWindow, evidenceWindow, windowQuery } from "#pipeline/chart/window.ts";
import { deviceName } from "#pipeline/dossier/about-device.ts";
import type { CaseLinks } from "#pipeline/dossier/case-body.ts";
import { caseBody } from "#pipeline/dossier/case-body.ts";
import { casePictures } from "#pipeline/dossier/case-picture.ts";
import type { DossierDeps, DossierStyle } from "#pipeline/dossier/deps.ts";
import { USUAL_STYLE } from "#pipeline/dossier/deps.ts";
import { draftFor } from "#pipeline/dossier/draft.ts";
import { evidenceBlock } from "#pipeline/dossier/evidence-block.ts";
import type { CaseFacts, FactSources } from "#pipeline/dossier/facts.ts";
import { gatherFacts } from "#pipeline/dossier/facts.ts";
import { Neighbours } from "#pipeline/dossier/neighbours.ts";
import { problemDossier } from "#pipeline/dossier/problem-dossier.ts";
import { subjectOf } from "#pipeline/dossier/sentences.ts";
import { UsualReader } from "#pipeline/dossier/usual.ts";
import type { Dossier, DossierSource } from "#ports/dossier.ts";

/** Long enough for a case that waits for its owner; a link in a mail box does not work for ever. */
const ANSWER_VALID_MS: DurationMs = 30 * DAY_MS;

/** Writes what agents get. Nothing here decides; a part that cannot be read is said to be missing. */
export function createDossierSource(deps: DossierDeps): DossierSource {
  const sources: FactSources = {
    deps,
    neighbours: new Neighbours(deps),
    usual: new UsualReader(deps.series),
  };
  const styleOf = (desk: string): DossierStyle => deps.desk(desk) ?? USUAL_STYLE;
  return {
    async ofCase(id, { charts, desk }) {
      const facts = await gatherFacts(sources, id);
      return facts && caseDossier(deps, facts, { style: styleOf(desk), charts });
    },
    ofProblem: (id, { desk }) => problemDossier(deps, id, styleOf(desk)),
  };
}

async function caseDossier(
  deps: DossierDeps,
  facts: CaseFacts,
  { style, charts }: { readonly style: DossierStyle; readonly charts: boolean },
): Promise<Dossier> {
  const { view, device, product } = facts;
  const window = chartWindow(view, device?.deviceTime ?? null);
  const pictures = charts
    ? await casePictures(deps, facts, {
        title: `${deviceName(product, view)}: ${view.title}`,
        timeZone: style.timeZone,
        window,
      })
    : { pngs: [], why: "No chart is attached." };
  const draft = draftFor(facts, style);
  const links = linksOf(deps, view.id);
  const chart = { names: pictures.pngs.map(({ name }) => name), why: pictures.why, window };
  return {
    subject: subjectOf(facts, style),
    body: caseBody({ facts, style, draft, chart, links }),
    evidence: evidenceBlock(facts, style),
    link: links.page === "" ? "" : `${links.page}?${windowQuery(evidenceWindow(view.evidence))}`,
    charts: pictures.pngs,
    draft: draft.text,
  };
}

function linksOf({ publicUrl, signAnswer, clock }: DossierDeps, id: string): CaseLinks {
  if (publicUrl === "") return { page: "", answer: "" };
  const path = encodeURIComponent(id);
  const token = signAnswer?.(id, clock.now() + ANSWER_VALID_MS);
  return {
    page: `${publicUrl}/cases/${path}`,
    answer: token === undefined ? "" : `${publicUrl}/answer/${path}/${token}`,
  };
}
