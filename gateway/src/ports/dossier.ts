import type { Attachment } from "#ports/desk.ts";
import type { Document } from "#ports/document.ts";

/** What an agent gets with a case or a problem, ready to be put into any desk. */
export interface Dossier {
  /** One line: device, place, what changed; at most 200 characters. */
  readonly subject: string;
  /** Everything: one sentence, do next, evidence, how sure, normal, context, what was tried, draft, answers. */
  readonly body: Document;
  /** The part that is rewritten while the case goes on: state now, evidence, what was tried. */
  readonly evidence: Document;
  /** Page of the case, its charts fixed to the window of the evidence. */
  readonly link: string;
  /** Charts, most telling first; empty when there is nothing to draw or no samples can be read. */
  readonly charts: readonly Attachment[];
  /** What the owner may be told, in the owner's language where there is a text; an agent sends it. "" = none. */
  readonly draft: string;
}

export interface DossierSource {
  /** Undefined when there is no such case. Charts are drawn only if asked for: they cost tens of milliseconds. */
  ofCase(
    id: string,
    wanted: { readonly charts: boolean; readonly desk: string },
  ): Promise<Dossier | undefined>;
  ofProblem(id: string, wanted: { readonly desk: string }): Promise<Dossier | undefined>;
}
