import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { iso } from "#domain/units.ts";
import type { Removal } from "#ports/auth.ts";
import type { App, HttpContext } from "../context.ts";
import { RequestRefusedError } from "../problem.ts";
import { actor } from "./act.ts";
import { pageOf, roleSchema } from "./schemas.ts";

const nameSchema = z
  .string()
  .regex(/^[\p{L}\p{N}._@ -]{1,64}$/u, "1 to 64 letters, digits, blanks and . _ @ -");
const userSchema = z
  .object({ name: z.string(), role: roleSchema, createdAt: z.string() })
  .meta({ id: "User" });
const tokenSchema = z
  .object({ id: z.string(), name: z.string(), role: roleSchema, createdAt: z.string() })
  .meta({ id: "Token" });

const dated = <T extends { readonly createdAt: number }>(view: T) => ({
  ...view,
  createdAt: iso(view.createdAt),
});

/** People and tokens are credentials, not decisions: they live beside the journal, not in it. */
export function peopleRoutes(app: App, context: HttpContext): void {
  userRoutes(app, context);
  tokenRoutes(app, context);
}

function userRoutes(app: App, { auth, log }: HttpContext): void {
  const typed = app.withTypeProvider<ZodTypeProvider>();
  const config = { access: "admin" as const };
  const tags = ["people"];

  typed.get(
    "/api/users",
    { config, schema: { summary: "People", tags, response: { 200: pageOf(userSchema) } } },
    async () => ({ items: auth.users().map(dated), nextCursor: null }),
  );
  typed.post(
    "/api/users",
    {
      config,
      schema: {
        summary: "Add a person who signs in by password",
        tags,
        body: z.strictObject({
          name: nameSchema,
          role: roleSchema,
          password: z.string().min(12, "at least 12 characters").max(256),
        }),
        response: { 201: userSchema.omit({ createdAt: true }) },
      },
    },
    async (request, reply) => {
      const { body } = request;
      if ((await auth.createUser(body)) === "exists") {
        throw new RequestRefusedError(
          409,
          `${body.name} exists. Remove first, or take another name.`,
        );
      }
      log.info({ by: actor(request), user: body.name, role: body.role }, "a person was added");
      return reply.status(201).send({ name: body.name, role: body.role });
    },
  );
  typed.delete(
    "/api/users/:name",
    {
      config,
      schema: {
        summary: "Remove a person and end their sessions",
        tags,
        params: z.object({ name: nameSchema }),
        response: { 204: z.undefined() },
      },
    },
    async (request, reply) => {
      const { name } = request.params;
      refuseUnlessRemoved(await auth.removeUser(name), name);
      log.info({ by: actor(request), user: name }, "a person was removed");
      return reply.status(204).send();
    },
  );
}

function tokenRoutes(app: App, { auth, log }: HttpContext): void {
  const typed = app.withTypeProvider<ZodTypeProvider>();
  const config = { access: "admin" as const };
  const tags = ["people"];

  typed.get(
    "/api/tokens",
    {
      config,
      schema: {
        summary: "Bearer tokens, without their secrets",
        tags,
        response: { 200: pageOf(tokenSchema) },
      },
    },
    async () => ({ items: auth.tokens().map(dated), nextCursor: null }),
  );
  typed.post(
    "/api/tokens",
    {
      config,
      schema: {
        summary: "Make a bearer token; it is shown this once",
        tags,
        body: z.strictObject({ name: nameSchema, role: roleSchema }),
        response: { 201: tokenSchema.extend({ token: z.string() }) },
      },
    },
    async (request, reply) => {
      const { view, secret } = await auth.createToken(request.body);
      const { id, name, role } = view;
      log.info({ by: actor(request), tokenId: id, name, role }, "a token was made");
      return reply.status(201).send({ ...dated(view), token: secret });
    },
  );
  typed.delete(
    "/api/tokens/:id",
    {
      config,
      schema: {
        summary: "Take a bearer token back",
        tags,
        params: z.object({ id: z.string().min(1).max(64) }),
        response: { 204: z.undefined() },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      refuseUnlessRemoved(await auth.removeToken(id), id);
      log.info({ by: actor(request), tokenId: id }, "a token was taken back");
      return reply.status(204).send();
    },
  );
}

function refuseUnlessRemoved(removal: Removal, what: string): void {
  switch (removal) {
    case "removed":
      return;
    case "unknown":
      throw new RequestRefusedError(404, `There is no ${JSON.stringify(what)}.`);
    case "last_admin":
      throw new RequestRefusedError(
        409,
        `${what} is the last admin; removing it would lock everybody out. Make another admin first.`,
      );
  }
}
