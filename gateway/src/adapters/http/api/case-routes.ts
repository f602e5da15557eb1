import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import type { App, HttpContext } from "../context.ts";
import { RequestRefusedError } from "../problem.ts";
import { caseActionRoutes } from "./case-action-routes.ts";
import { casePageSchema, caseSchema, toCase, toCaseEvent } from "./case-views.ts";
import { given } from "./given.ts";
import {
  caseParams,
  idSchema,
  kindSchema,
  pageOf,
  pageQuery,
  stageSchema,
  statusSchema,
} from "./schemas.ts";

export function caseRoutes(app: App, context: HttpContext): void {
  readRoutes(app, context);
  caseActionRoutes(app, context);
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
