import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import type { ProblemRequest } from "#domain/record.ts";
import type { App, HttpContext } from "../context.ts";
import { RequestRefusedError } from "../problem.ts";
import { act } from "./act.ts";
import { caseEventSchema, toCaseEvent } from "./case-views.ts";
import { given } from "./given.ts";
import { problemStatusSchema, problemViewSchema, toProblem } from "./problem-views.ts";
import { caseParams, commentSchema, idSchema, pageOf, pageQuery } from "./schemas.ts";

export function problemRoutes(app: App, context: HttpContext): void {
  readRoutes(app, context);
  actionRoutes(app, context);
}

function readRoutes(app: App, { cases }: HttpContext): void {
  const typed = app.withTypeProvider<ZodTypeProvider>();
  typed.get(
    "/api/problems",
    {
      config: { access: "viewer" },
      schema: {
        summary: "Like cases that are more than chance (mass defects), newest first",
        tags: ["problems"],
        querystring: z.strictObject({
          status: problemStatusSchema.optional(),
          product: idSchema.optional(),
          rule: idSchema.optional(),
          ...pageQuery,
        }),
        response: { 200: pageOf(problemViewSchema) },
      },
    },
    async ({ query }) => {
      const page = await cases.problems(given(query));
      return { items: page.items.map(toProblem), nextCursor: page.nextCursor };
    },
  );
  typed.get(
    "/api/problems/:id",
    {
      config: { access: "viewer" },
      schema: {
        summary: "One problem with its timeline; its cases are GET /api/cases/{id}",
        tags: ["problems"],
        params: caseParams,
        response: {
          200: problemViewSchema
            .extend({ timeline: z.array(caseEventSchema) })
            .meta({ id: "ProblemWithTimeline" }),
        },
      },
    },
    async ({ params }) => {
      const [found, timeline] = await Promise.all([
        cases.problem(params.id),
        cases.timeline(params.id),
      ]);
      if (found === undefined) {
        throw new RequestRefusedError(404, `There is no problem ${JSON.stringify(params.id)}.`);
      }
      return { ...toProblem(found), timeline: timeline.map(toCaseEvent) };
    },
  );
}

const ACTIONS = {
  resolve: {
    name: "problem_resolve",
    access: "engineer",
    summary: "The cause is fixed: its cases are resolved together",
  },
  dissolve: {
    name: "problem_dissolve",
    access: "engineer",
    summary: "There was no common cause: its cases stand alone again",
  },
  comment: {
    name: "problem_comment",
    access: "agent",
    summary: "Write on the problem's timeline",
  },
} as const;

export type ProblemActionName = keyof typeof ACTIONS;

export const problemRequest = (
  name: ProblemActionName,
  problem: string,
  comment: string,
): ProblemRequest => ({ name: ACTIONS[name].name, problem, comment });

export const problemActionAccess = (name: ProblemActionName) => ACTIONS[name].access;

export const PROBLEM_ACTIONS = Object.keys(ACTIONS) as readonly ProblemActionName[];

function actionRoutes(app: App, context: HttpContext): void {
  const typed = app.withTypeProvider<ZodTypeProvider>();
  for (const name of PROBLEM_ACTIONS) {
    const { access, summary } = ACTIONS[name];
    const comment = name === "comment" ? commentSchema.min(1, "a text") : commentSchema.default("");
    typed.post(
      `/api/problems/:id/${name}`,
      {
        config: { access },
        schema: {
          summary,
          tags: ["problems"],
          params: caseParams,
          body: z.strictObject({ comment }),
          response: { 200: z.object({ id: z.string().describe("The problem.") }) },
        },
      },
      async (request) => ({
        id: await act(
          context,
          request,
          problemRequest(name, request.params.id, request.body.comment),
        ),
      }),
    );
  }
}
