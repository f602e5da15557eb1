import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import type { App, HttpContext } from "../context.ts";
import { quarantineSchema, toQuarantined } from "./device-views.ts";
import { given } from "./given.ts";
import { idSchema, pageOf, pageQuery } from "./schemas.ts";

export function quarantineRoutes(app: App, { cases }: HttpContext): void {
  app.withTypeProvider<ZodTypeProvider>().get(
    "/api/quarantine",
    {
      config: { access: "viewer" },
      schema: {
        summary: "Messages that were refused or not understood, newest first",
        tags: ["devices"],
        querystring: z.strictObject({
          device: idSchema.optional(),
          code: z
            .string()
            .regex(/^[a-z0-9_]{1,64}$/, "a refusal code, e.g. not_finite")
            .optional(),
          ...pageQuery,
        }),
        response: { 200: pageOf(quarantineSchema) },
      },
    },
    async ({ query }) => {
      const page = await cases.quarantine(given(query));
      return { items: page.items.map(toQuarantined), nextCursor: page.nextCursor };
    },
  );
}
