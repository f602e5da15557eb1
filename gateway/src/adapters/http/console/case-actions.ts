import type { Action } from "#domain/record.ts";
import { VERDICTS } from "#domain/record.ts";
import { act } from "../api/act.ts";
import { ownerCalled } from "../api/case-owner-called.ts";
import type { App, HttpContext } from "../context.ts";
import { RequestRefusedError } from "../problem.ts";
import { formOf, textOf } from "./forms.ts";
import { oneOf } from "./paging.ts";

const MAX_COMMENT = 4_000;
/** Least role of each button. */
const NAMES = {
  acknowledge: "agent",
  "give-back": "agent",
  resolve: "agent",
  reopen: "agent",
  verdict: "agent",
  comment: "agent",
  approve: "engineer",
  decline: "engineer",
  undo: "engineer",
} as const;
type Name = keyof typeof NAMES;

const entries = Object.entries(NAMES) as readonly (readonly [Name, (typeof NAMES)[Name]])[];

/** The buttons of a case's page. Afterwards the page is shown again, with the timeline grown. */
export function caseActions(app: App, context: HttpContext): void {
  for (const [name, access] of entries) {
    app.post<{ Params: { id: string } }>(
      `/cases/:id/${name}`,
      { config: { access, page: true }, schema: { hide: true } },
      async (request, reply) => {
        const form = formOf(request);
        await act(context, request, toAction(name, request.params.id, form));
        return reply.redirect(`/cases/${encodeURIComponent(request.params.id)}`, 303);
      },
    );
  }
  app.post<{ Params: { id: string } }>(
    "/cases/:id/owner-called",
    { config: { access: "agent", page: true }, schema: { hide: true } },
    async (request, reply) => {
      formOf(request);
      const { id } = request.params;
      await act(context, request, await ownerCalled(context, id, { source: "the console" }));
      return reply.redirect(`/cases/${encodeURIComponent(id)}`, 303);
    },
  );
}

function toAction(name: Name, caseId: string, form: URLSearchParams): Action {
  const comment = textOf(form, "comment", MAX_COMMENT);
  switch (name) {
    case "acknowledge":
      return { name, caseId };
    case "give-back":
      return { name: "give_back", caseId };
    case "reopen":
    case "approve":
    case "decline":
      return { name, caseId, comment };
    case "resolve": {
      const as = oneOf(form.get("as") ?? "done", ["done", "wont_fix"]);
      if (as === undefined) throw wrong("as", "done or wont_fix");
      return { name, caseId, comment, as };
    }
    case "comment":
      if (comment === "") throw wrong("comment", "a text");
      return { name, caseId, comment };
    case "undo": {
      const action = textOf(form, "action", 200);
      if (action === "") throw wrong("action", "the id of a step of this case");
      return { name, caseId, action };
    }
    case "verdict": {
      const verdict = oneOf(form.get("verdict") ?? "", VERDICTS);
      if (verdict === undefined) throw wrong("verdict", `one of ${VERDICTS.join(", ")}`);
      return { name, caseId, verdict, comment };
    }
  }
}

const wrong = (field: string, expected: string) =>
  new RequestRefusedError(400, `Not valid: ${field}.`, [{ field, value: null, expected }]);
