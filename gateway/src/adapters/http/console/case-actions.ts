import type { Action } from "#domain/record.ts";
import { VERDICTS } from "#domain/record.ts";
import { act } from "../api/act.ts";
import type { App, HttpContext } from "../context.ts";
import { RequestRefusedError } from "../problem.ts";
import { formOf, textOf } from "./forms.ts";
import { oneOf } from "./paging.ts";

const MAX_COMMENT = 4_000;
const NAMES = ["acknowledge", "resolve", "reopen", "verdict", "comment"] as const;

/** The buttons of a case's page. Afterwards the page is shown again, with the timeline grown. */
export function caseActions(app: App, context: HttpContext): void {
  for (const name of NAMES) {
    app.post<{ Params: { id: string } }>(
      `/cases/:id/${name}`,
      { config: { access: "agent", page: true }, schema: { hide: true } },
      async (request, reply) => {
        const form = formOf(request);
        await act(context, request, toAction(name, request.params.id, form));
        return reply.redirect(`/cases/${encodeURIComponent(request.params.id)}`, 303);
      },
    );
  }
}

function toAction(name: (typeof NAMES)[number], caseId: string, form: URLSearchParams): Action {
  const comment = textOf(form, "comment", MAX_COMMENT);
  switch (name) {
    case "acknowledge":
      return { name, caseId };
    case "resolve":
    case "reopen":
      return { name, caseId, comment };
    case "comment":
      if (comment === "") throw wrong("comment", "a text");
      return { name, caseId, comment };
    case "verdict": {
      const verdict = oneOf(form.get("verdict") ?? "", VERDICTS);
      if (verdict === undefined) throw wrong("verdict", `one of ${VERDICTS.join(", ")}`);
      return { name, caseId, verdict, comment };
    }
  }
}

const wrong = (field: string, expected: string) =>
  new RequestRefusedError(400, `Not valid: ${field}.`, [{ field, value: null, expected }]);
