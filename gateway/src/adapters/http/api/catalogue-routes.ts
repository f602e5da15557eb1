import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import type { App, HttpContext } from "../context.ts";
import { alertSchema, toAlert } from "./case-views.ts";
import { productSchema, ruleSchema, toProduct, toRule } from "./catalogue-views.ts";
import { given } from "./given.ts";
import { idSchema, levelSchema, pageOf, pageQuery } from "./schemas.ts";

export function catalogueRoutes(app: App, { api, cases }: HttpContext): void {
  const typed = app.withTypeProvider<ZodTypeProvider>();

  typed.get(
    "/api/products",
    {
      config: { access: "viewer" },
      schema: {
        summary: "Product models in force: signals, events, settings, commands",
        tags: ["catalogue"],
        response: { 200: pageOf(productSchema) },
      },
    },
    async () => ({ items: api.products().map(toProduct), nextCursor: null }),
  );

  typed.get(
    "/api/rules",
    {
      config: { access: "viewer" },
      schema: {
        summary: "Service rules in force, with their playbooks",
        tags: ["catalogue"],
        querystring: z.strictObject({ product: idSchema.optional() }),
        response: { 200: pageOf(ruleSchema) },
      },
    },
    async ({ query }) => {
      const rules = api.rules().filter((rule) => rule.product === (query.product ?? rule.product));
      return { items: rules.map(toRule), nextCursor: null };
    },
  );

  typed.get(
    "/api/alerts",
    {
      config: { access: "viewer" },
      schema: {
        summary: "Alerts, newest first; a watch opens no case",
        tags: ["cases"],
        querystring: z.strictObject({
          level: levelSchema.optional(),
          device: idSchema.optional(),
          ...pageQuery,
        }),
        response: { 200: pageOf(alertSchema) },
      },
    },
    async ({ query }) => {
      const page = await cases.alerts(given(query));
      return { items: page.items.map(toAlert), nextCursor: page.nextCursor };
    },
  );
}
