import type { Identity } from "#ports/auth.ts";
import type { App, HttpContext, Request } from "../context.ts";
import { RequestRefusedError } from "../problem.ts";
import { answerPages } from "./answer-pages.ts";
import { caseActions } from "./case-actions.ts";
import { casePage } from "./case-page.ts";
import { casesPage } from "./cases-page.ts";
import { commandAction } from "./command-action.ts";
import { deskActions, desksPage } from "./desks-page.ts";
import { devicePage } from "./device-page.ts";
import { fixActions, fixesPage } from "./fixes-page.ts";
import { fleetPage } from "./fleet-page.ts";
import { takeForms } from "./forms.ts";
import { queryOf } from "./paging.ts";
import { problemActions, problemPage, problemsPage } from "./problems-page.ts";
import { quarantinePage } from "./quarantine-page.ts";
import { sendPage } from "./send-page.ts";
import { accountRoutes, signInRoutes } from "./sign-in-routes.ts";
import { valuePage } from "./value-page.ts";

/** Pages for people; every page works without scripts, scripts keep it fresh and draw charts. */
export function consoleRoutes(app: App, context: HttpContext): void {
  takeForms(app);
  signInRoutes(app, context);
  accountRoutes(app, context);
  pageRoutes(app, context);
  caseActions(app, context);
  answerPages(app, context);
  commandAction(app, context);
  deskActions(app, context);
  problemActions(app, context);
  fixActions(app, context);
}

function pageRoutes(app: App, context: HttpContext): void {
  const options = { config: { access: "viewer", page: true }, schema: { hide: true } } as const;
  const lists = {
    "/": fleetPage,
    "/cases": casesPage,
    "/problems": problemsPage,
    "/fixes": fixesPage,
    "/value": valuePage,
    "/desks": desksPage,
    "/quarantine": quarantinePage,
  };
  for (const [path, render] of Object.entries(lists)) {
    app.get(path, options, async (request, reply) =>
      sendPage(reply, await render(context, visitor(request), queryOf(request.query))),
    );
  }
  app.get<{ Params: { id: string } }>("/cases/:id", options, async (request, reply) => {
    const { id } = request.params;
    const asked = { id, query: queryOf(request.query) };
    const text = await casePage(context, visitor(request), asked);
    return sendPage(reply, found(text, `There is no case ${JSON.stringify(id)}.`));
  });
  app.get<{ Params: { id: string } }>("/problems/:id", options, async (request, reply) => {
    const { id } = request.params;
    const text = await problemPage(context, visitor(request), id);
    return sendPage(reply, found(text, `There is no problem ${JSON.stringify(id)}.`));
  });
  app.get<{ Params: { id: string } }>("/devices/:id", options, async (request, reply) => {
    const { id } = request.params;
    const asked = { id, query: queryOf(request.query) };
    const text = await devicePage(context, visitor(request), asked);
    return sendPage(reply, found(text, `Device ${JSON.stringify(id)} is not registered.`));
  });
}

function visitor(request: Request): Identity {
  if (request.identity === null) throw new RequestRefusedError(401, "Sign in first.");
  return request.identity;
}

function found(text: string | undefined, otherwise: string): string {
  if (text === undefined) throw new RequestRefusedError(404, otherwise);
  return text;
}
