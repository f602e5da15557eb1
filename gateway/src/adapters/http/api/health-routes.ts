import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import type { App, HttpContext } from "../context.ts";
import { healthSchema, toHealth } from "./device-views.ts";

export function healthRoutes(app: App, { api }: HttpContext): void {
  const typed = app.withTypeProvider<ZodTypeProvider>();

  typed.get(
    "/api/health",
    {
      config: { access: "public" },
      schema: {
        summary: "How the gateway is; answers 200 as long as it answers",
        tags: ["service"],
        response: { 200: healthSchema },
      },
    },
    async () => toHealth(await api.health()),
  );

  typed.get(
    "/api/ready",
    {
      config: { access: "public" },
      schema: {
        summary:
          "Whether traffic may be sent here: 503 while starting, stopping or taking no messages",
        tags: ["service"],
        response: { 200: healthSchema, 503: healthSchema },
      },
    },
    async (_request, reply) => {
      const health = toHealth(await api.health());
      return reply.status(health.ready ? 200 : 503).send(health);
    },
  );

  typed.get(
    "/metrics",
    {
      config: { access: "loopback" },
      schema: {
        summary: "Prometheus text; without a token from this machine only",
        tags: ["service"],
        response: {
          200: { description: "Metrics", content: { "text/plain": { schema: z.string() } } },
        },
      },
      // The text goes out as it is; the schema is for the document.
      serializerCompiler: () => (text) => String(text),
    },
    async (_request, reply) => {
      const text = await api.metrics();
      return reply.type("text/plain; version=0.0.4; charset=utf-8").send(text);
    },
  );
}
