import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { DAY_MS, iso } from "#domain/units.ts";
import { valueReport } from "#pipeline/value/report.ts";
import type { App, HttpContext } from "../context.ts";
import { RequestRefusedError } from "../problem.ts";
import { serviceTime } from "../service-time.ts";
import { idSchema, timeSchema } from "./schemas.ts";
import { toCsv, toValue, valueSchema } from "./value-views.ts";

const DEFAULT_DAYS = 30;

export function valueRoutes(app: App, context: HttpContext): void {
  app.withTypeProvider<ZodTypeProvider>().get(
    "/api/value",
    {
      config: { access: "viewer" },
      schema: {
        summary:
          "What the service was worth: found before owners called, proved fixes, false cases",
        description: "How each figure is counted, and its weakness: docs/value.md.",
        tags: ["cases"],
        querystring: z.strictObject({
          product: idSchema.optional(),
          rule: z.string().min(1).max(200).optional(),
          from: timeSchema.optional().describe(`Default: ${DEFAULT_DAYS} days before \`to\`.`),
          to: timeSchema.optional().describe("Exclusive. Default: now."),
          by: z.enum(["product", "rule", "week"]).default("rule"),
          format: z.enum(["json", "csv"]).optional().describe("Or by `Accept: text/csv`."),
        }),
        response: {
          200: {
            description: "Figures of each group and of all",
            content: {
              "application/json": { schema: valueSchema },
              "text/csv": { schema: z.string() },
            },
          },
        },
      },
      // Both are made by the functions that the schema's types are of.
      serializerCompiler: () => (body) => (typeof body === "string" ? body : JSON.stringify(body)),
    },
    async ({ query, headers }, reply) => {
      const { product, rule, by } = query;
      const to = query.to === undefined ? await serviceTime(context) : Date.parse(query.to);
      const from = query.from === undefined ? to - DEFAULT_DAYS * DAY_MS : Date.parse(query.from);
      if (from >= to) {
        throw new RequestRefusedError(400, "Not valid: query.from.", [
          { field: "query.from", value: iso(from), expected: `a time before to (${iso(to)})` },
        ]);
      }
      const report = await valueReport(context.value, {
        from,
        to,
        by,
        ...(product !== undefined && { products: [product] }),
        ...(rule !== undefined && { rule }),
      });
      const csv =
        query.format === "csv" || (query.format === undefined && wantsCsv(headers.accept));
      if (!csv) return toValue(report);
      return reply
        .type("text/csv; charset=utf-8; header=present")
        .header("content-disposition", 'attachment; filename="value.csv"')
        .send(toCsv(report));
    },
  );
}

const wantsCsv = (accept = ""): boolean => /^\s*text\/csv\b/i.test(accept);
