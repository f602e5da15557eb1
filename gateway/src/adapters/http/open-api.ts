import swagger from "@fastify/swagger";
import { jsonSchemaTransform, jsonSchemaTransformObject } from "fastify-type-provider-zod";
import { z } from "zod";
import type { App } from "./context.ts";
import { PROBLEM_TYPE, problemSchema } from "./problem.ts";

type Transform = typeof jsonSchemaTransform;

/** Any route may be refused; said once here instead of at each route. */
const withProblem: Transform = (route) => {
  const { schema, url } = jsonSchemaTransform(route);
  const hidden = schema?.hide === true || (!url.startsWith("/api/") && url !== "/metrics");
  if (hidden) return { schema: { ...schema, hide: true }, url };
  const response = schema?.response;
  return {
    url,
    schema: {
      ...schema,
      ...(isRepeatable(url, route.route.method) && { headers: IDEMPOTENCY }),
      ...(!isPublic(url) && { security: [{ bearer: [] }, { session: [] }] }),
      response: {
        ...(typeof response === "object" ? response : {}),
        default: {
          description: "Why not (RFC 9457)",
          content: { [PROBLEM_TYPE]: { schema: { $ref: "#/components/schemas/Problem" } } },
        },
      },
    },
  };
};

/** Actions that are journalled; the same key again does nothing. */
const isRepeatable = (url: string, method: string | readonly string[]): boolean =>
  method === "POST" && (url.startsWith("/api/cases/") || url.endsWith("/commands"));

const IDEMPOTENCY = {
  type: "object",
  properties: {
    "Idempotency-Key": {
      type: "string",
      pattern: "^[\\x21-\\x7e]{1,200}$",
      description: "New for each action; the same again does nothing.",
    },
  },
} as const;

const isPublic = (url: string): boolean => url === "/api/health" || url === "/api/ready";

export async function openApi(
  app: App,
  options: { readonly version: string; readonly cookie: string },
): Promise<void> {
  // Registered by its id when the module loads; named here so that it is in the document.
  z.globalRegistry.add(problemSchema, { id: "Problem" });
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Voorzorg",
        version: options.version,
        description:
          "Devices, alerts and cases of the service gateway. Times are ISO 8601 in UTC. Lists answer `{items, nextCursor}`. A POST with `Idempotency-Key` is done once. Changes authenticated by the session cookie need `X-CSRF-Token`.",
        license: { name: "Apache-2.0", identifier: "Apache-2.0" },
      },
      tags: [
        { name: "service", description: "The gateway itself" },
        { name: "catalogue", description: "What products are, and the rules that watch them" },
        { name: "devices", description: "Devices, their samples and commands" },
        { name: "cases", description: "Alerts, and the cases people work on" },
        { name: "problems", description: "Like cases with one cause" },
        { name: "fixes", description: "What playbooks do by themselves, and the off switch" },
        { name: "desks", description: "Help desks that cases become tickets in" },
        { name: "people", description: "People and tokens" },
      ],
      components: {
        securitySchemes: {
          bearer: { type: "http", scheme: "bearer" },
          session: { type: "apiKey", in: "cookie", name: options.cookie },
        },
      },
    },
    transform: withProblem,
    transformObject: jsonSchemaTransformObject,
  });
}
