import type { ServerResponse } from "node:http";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import type { Auth, Identity } from "#ports/auth.ts";
import type { App, HttpContext } from "../context.ts";
import type { EventSink } from "../event-hub.ts";
import { RequestRefusedError } from "../problem.ts";

const KINDS = ["case", "device", "quarantine"] as const;

export function eventRoutes(app: App, { auth, hub }: HttpContext): void {
  app.withTypeProvider<ZodTypeProvider>().get(
    "/api/events",
    {
      config: { access: "viewer" },
      schema: {
        summary: "Live changes as server-sent events (event `change`), ids only",
        description:
          "A change is told at once; further ones of the same thing within 100 ms are told once, at the end of them. A client that does not keep up is closed; after connecting again, fetch what you show.",
        tags: ["service"],
        querystring: z.strictObject({
          kind: z.enum(KINDS).optional(),
          id: z.string().max(200).optional(),
        }),
        response: {
          200: {
            description: "A stream that does not end",
            content: { "text/event-stream": { schema: z.string() } },
          },
        },
      },
    },
    async (request, reply) => {
      const { query, identity } = request;
      if (identity === null) throw new RequestRefusedError(401, "Sign in first.");
      const sink = toSink(reply.raw, { auth, identity, query });
      if (!hub.add(sink)) {
        throw new RequestRefusedError(503, "Too many live streams are open; try again later.");
      }
      reply.raw.once("close", () => hub.remove(sink));
      reply.hijack();
      for (const [name, value] of Object.entries(reply.getHeaders())) {
        if (value !== undefined) reply.raw.setHeader(name, value);
      }
      reply.raw.writeHead(200, {
        "content-type": "text/event-stream; charset=utf-8",
        "cache-control": "no-store",
        "x-accel-buffering": "no",
      });
      reply.raw.write("retry: 3000\n: welcome\n\n");
    },
  );
}

function toSink(
  response: ServerResponse,
  options: {
    readonly auth: Auth;
    readonly identity: Identity;
    readonly query: {
      readonly kind?: (typeof KINDS)[number] | undefined;
      readonly id?: string | undefined;
    };
  },
): EventSink {
  const { auth, identity, query } = options;
  return {
    pending: () => response.writableLength,
    write: (text) => {
      response.write(text);
    },
    close: () => {
      response.destroy();
    },
    allowed: () => auth.stands(identity),
    wants: ({ kind, id }) => kind === (query.kind ?? kind) && id === (query.id ?? id),
  };
}
