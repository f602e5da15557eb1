import { createHash } from "node:crypto";
import type { CaseView } from "#domain/case/case.ts";
import type { Action, AgentVerdict } from "#domain/record.ts";
import { VERDICTS } from "#domain/record.ts";
import { shortened } from "#pipeline/document/clean.ts";
import { VERDICT_TEXT } from "#pipeline/wording/case-words.ts";
import type { AnswerLinks } from "#ports/answer-links.ts";
import type { App, HttpContext, Reply } from "../context.ts";
import { RequestRefusedError } from "../problem.ts";
import { textOf } from "./forms.ts";
import type { Html } from "./html.ts";
import { html } from "./html.ts";
import { page } from "./layout.ts";
import { oneOf } from "./paging.ts";
import { sendPage } from "./send-page.ts";
import { prose } from "./words.ts";

/** Whose name an answer by link stands under: nobody signed in. */
const BY = "desk agent";
const MAX_COMMENT = 4_000;
const LONGEST_SENTENCE = 300;
/** Per address and minute: a team behind one address gets through, a guesser does not get far. */
const LOOKS = { max: 60, timeWindow: "1 minute" } as const;
const ANSWERS = { max: 20, timeWindow: "1 minute" } as const;

interface Asked {
  Params: { case: string; token: string };
  Querystring: { verdict?: string };
}

/**
 * The pages behind the links of a dossier. Opening one never decides anything: mail scanners open all
 * links. They tell no more than title, device and one sentence, for whoever has the link is not known.
 */
export function answerPages(app: App, context: HttpContext): void {
  const { answers } = context;
  if (answers === undefined) return;
  const path = "/answer/:case/:token";
  const open = { access: "public", page: true } as const;
  app.get<Asked>(
    path,
    { config: { ...open, rateLimit: LOOKS }, schema: { hide: true } },
    async (request, reply) => {
      keepSecret(reply);
      const view = await asked(context, answers, request.params);
      return sendPage(reply, answerPage(view, oneOf(request.query.verdict, VERDICTS)));
    },
  );
  app.post<Asked>(
    path,
    { config: { ...open, rateLimit: ANSWERS }, schema: { hide: true } },
    async (request, reply) => {
      keepSecret(reply);
      const view = await asked(context, answers, request.params);
      const form = request.body instanceof URLSearchParams ? request.body : new URLSearchParams();
      const verdict = oneOf(form.get("verdict") ?? "", VERDICTS);
      if (verdict === undefined) {
        throw new RequestRefusedError(400, "Not valid: verdict.", [
          { field: "verdict", value: null, expected: `one of ${VERDICTS.join(", ")}` },
        ]);
      }
      const comment = textOf(form, "comment", MAX_COMMENT);
      const action = { name: "verdict", caseId: view.id, verdict, comment } as const;
      const answer = await context.api.act(action, BY, keyOf(action, form.get("revision") ?? ""));
      if (!answer.ok) throw new RequestRefusedError(answer.status, answer.reason);
      // Loaded again it is the same form again, which is done once.
      return sendPage(reply, thanksPage(view, verdict));
    },
  );
}

async function asked(
  { cases, clock }: HttpContext,
  answers: AnswerLinks,
  params: Asked["Params"],
): Promise<CaseView> {
  switch (answers.verify(params.case, params.token, clock.now())) {
    case "unknown":
      throw new RequestRefusedError(
        404,
        "This link is not complete or not from this gateway. Copy it whole, or answer in the console or in your desk.",
      );
    case "expired":
      throw new RequestRefusedError(
        410,
        "This link is too old to answer with. Answer in the console or in your desk.",
      );
    case "valid": {
      const view = await cases.case(params.case);
      if (view !== undefined) return view;
      throw new RequestRefusedError(404, "This case is no longer kept.");
    }
  }
}

/** The same form sent twice is one answer; after a change of the case it may be said again. */
const keyOf = (
  { caseId, verdict, comment }: Extract<Action, { name: "verdict" }>,
  revision: string,
): string =>
  createHash("sha256")
    .update(JSON.stringify([caseId, verdict, comment, revision]))
    .digest("base64url");

/** The address is a secret: it is told to no other page, and kept out of search engines; refused ones, too. */
const keepSecret = (reply: Reply): Reply =>
  reply.headers({ "referrer-policy": "no-referrer", "x-robots-tag": "noindex, nofollow" });

const answerPage = (view: CaseView, asked: AgentVerdict | undefined): string =>
  page({
    title: `Was this right? ${view.title}`,
    identity: null,
    body: html`<div class="narrow card answer">
${caseLine(view)}
${view.verdict !== null && html`<p class="notice">This was answered already. A new answer takes the place of the old one.</p>`}
<form method="post" class="stack">
<input type="hidden" name="revision" value="${view.revision}">
<h2 id="verdict-heading">Was the finding right?</h2>
<div class="verdicts" role="group" aria-labelledby="verdict-heading">${VERDICTS.map((one) => answerButton(one, one === asked))}</div>
<label for="comment">Comment (optional)</label>
<textarea id="comment" name="comment" rows="2" maxlength="${MAX_COMMENT}"></textarea>
</form>
<p class="faint">Nothing is answered until you press a button.</p>
</div>`,
  });

/** The one that the link asks for stands out and is reached first; pressing it is left to a person. */
const answerButton = (verdict: AgentVerdict, isAsked: boolean): Html =>
  html`<button name="verdict" value="${verdict}"${isAsked && html` class="primary" autofocus`}>${VERDICT_TEXT[verdict]}</button>`;

const thanksPage = (view: CaseView, verdict: AgentVerdict): string =>
  page({
    title: "Thank you",
    identity: null,
    body: html`<div class="narrow card answer">
<p class="badge good" role="status">Noted</p>
<h1>Thank you</h1>
<p>Your answer: <strong>${VERDICT_TEXT[verdict]}</strong></p>
<p class="faint">${view.title}, ${view.device}. It counts for the rule that found this. You may close this page, or <a href="?">answer again</a>.</p>
</div>`,
  });

const caseLine = (view: CaseView): Html =>
  html`<p class="faint">${view.device}</p>
<h1>${view.title}</h1>
<p>${prose(shortened(view.summary, LONGEST_SENTENCE))}</p>`;
