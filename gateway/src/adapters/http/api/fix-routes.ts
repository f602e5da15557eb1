import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import type { App, HttpContext } from "../context.ts";
import { act } from "./act.ts";
import { given } from "./given.ts";
import { fixSchema, switchSchema, toFix, toSwitch } from "./problem-views.ts";
import { idSchema, pageOf } from "./schemas.ts";

const reason = z.string().trim().min(1, "why, in a sentence").max(400, "at most 400 characters");

export function fixRoutes(app: App, context: HttpContext): void {
  const { cases } = context;
  const typed = app.withTypeProvider<ZodTypeProvider>();
  typed.get(
    "/api/fixes",
    {
      config: { access: "viewer" },
      schema: {
        summary: "How each step of the playbooks did: tried, proved, held, failed, harmful",
        tags: ["fixes"],
        querystring: z.strictObject({ product: idSchema.optional(), rule: idSchema.optional() }),
        response: { 200: pageOf(fixSchema) },
      },
    },
    async ({ query }) => ({
      items: (await cases.fixes(given(query))).map(toFix),
      nextCursor: null,
    }),
  );
  typed.post(
    "/api/fixes/reinstate",
    {
      config: { access: "engineer" },
      schema: {
        summary: "Use a withdrawn fix again; its counts begin anew",
        tags: ["fixes"],
        body: z.strictObject({
          product: idSchema,
          rule: idSchema,
          step: z.string().min(1).max(64),
          reason,
        }),
        response: { 200: z.object({ id: z.string() }) },
      },
    },
    async (request) => ({
      id: await act(context, request, { name: "reinstate", ...request.body }),
    }),
  );
  typed.get(
    "/api/remedies",
    {
      config: { access: "viewer" },
      schema: {
        summary: "The off switch: whether playbooks may act by themselves",
        tags: ["fixes"],
        response: { 200: pageOf(switchSchema) },
      },
    },
    async () => ({ items: (await cases.remedies()).map(toSwitch), nextCursor: null }),
  );
  typed.put(
    "/api/remedies",
    {
      config: { access: "engineer" },
      schema: {
        summary: "Switch what playbooks do by themselves off or on",
        tags: ["fixes"],
        body: z.strictObject({
          enabled: z.boolean(),
          product: idSchema.or(z.literal("")).default("").describe("Empty = the whole fleet."),
          reason,
        }),
        response: { 200: z.object({ id: z.string() }) },
      },
    },
    async (request) => ({ id: await act(context, request, { name: "remedies", ...request.body }) }),
  );
}
