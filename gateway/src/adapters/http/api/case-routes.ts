import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import type { App, HttpContext, Request } from "../context.ts";
import { RequestRefusedError } from "../problem.ts";
import { act } from "./act.ts";
import { casePageSchema, caseSchema, toCase, toCaseEvent } from "./case-views.ts";
import { given } from "./given.ts";
import {
  caseParams,
  commentSchema,
  idSchema,
  kindSchema,
  pageOf,
  pageQuery,
  stageSchema,
  statusSchema,
  verdictSchema,
} from "./schemas.ts";

export function caseRoutes(app: App, context: HttpContext): void {
  readRoutes(app, context);
  actionRoutes(app, context);
}

function readRoutes(app: App, { cases }: HttpContext): void {
  const typed = app.withTypeProvider<ZodTypeProvider>();

  typed.get(
    "/api/cases",
    {
      config: { access: "viewer" },
      schema: {
        summary: "Cases, newest first",
        tags: ["cases"],
        querystring: z.strictObject({
          status: statusSchema.optional(),
          stage: stageSchema.optional(),
          kind: kindSchema.optional(),
          device: idSchema.optional(),
          rule: idSchema.optional(),
          ...pageQuery,
        }),
        response: { 200: pageOf(caseSchema) },
      },
    },
    async ({ query }) => {
      const page = await cases.cases(given(query));
      return { items: page.items.map(toCase), nextCursor: page.nextCursor };
    },
  );

  typed.get(
    "/api/cases/:id",
    {
      config: { access: "viewer" },
      schema: {
        summary: "One case with its evidence, actions and timeline",
        tags: ["cases"],
        params: caseParams,
        response: { 200: casePageSchema },
      },
    },
    async ({ params }) => {
      const [found, timeline] = await Promise.all([
        cases.case(params.id),
        cases.timeline(params.id),
      ]);
      if (found === undefined) {
        throw new RequestRefusedError(404, `There is no case ${JSON.stringify(params.id)}.`);
      }
      return { ...toCase(found), timeline: timeline.map(toCaseEvent) };
    },
  );
}

const acted = z.object({ id: z.string().describe("The case.") });
const reason = commentSchema.default("");

function actionRoutes(app: App, context: HttpContext): void {
  const typed = app.withTypeProvider<ZodTypeProvider>();
  const options = <B extends z.ZodType>(summary: string, body: B) => ({
    config: { access: "agent" as const },
    schema: { summary, tags: ["cases"], params: caseParams, body, response: { 200: acted } },
  });
  const done = async (request: Request, action: Parameters<typeof act>[2]) => ({
    id: await act(context, request, action),
  });

  typed.post(
    "/api/cases/:id/acknowledge",
    options("Take a case", z.strictObject({})),
    async (request) => done(request, { name: "acknowledge", caseId: request.params.id }),
  );
  typed.post(
    "/api/cases/:id/resolve",
    options("Close a case as a person", z.strictObject({ comment: reason })),
    async (request) =>
      done(request, { name: "resolve", caseId: request.params.id, comment: request.body.comment }),
  );
  typed.post(
    "/api/cases/:id/reopen",
    options("Open a resolved case again", z.strictObject({ comment: reason })),
    async (request) =>
      done(request, { name: "reopen", caseId: request.params.id, comment: request.body.comment }),
  );
  typed.post(
    "/api/cases/:id/verdict",
    options(
      "Say whether the finding was right",
      z.strictObject({ verdict: verdictSchema, comment: reason }),
    ),
    async (request) =>
      done(request, { name: "verdict", caseId: request.params.id, ...request.body }),
  );
  typed.post(
    "/api/cases/:id/comment",
    options("Write on the timeline", z.strictObject({ comment: commentSchema.min(1, "a text") })),
    async (request) =>
      done(request, { name: "comment", caseId: request.params.id, comment: request.body.comment }),
  );
}
