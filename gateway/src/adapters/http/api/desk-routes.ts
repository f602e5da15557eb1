import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { iso } from "#domain/units.ts";
import type { DeskOutcome } from "#ports/desk.ts";
import type { DeskSide, DeskStatus, HookAnswer } from "#ports/desk-side.ts";
import type { App, HttpContext, Request } from "../context.ts";
import { RequestRefusedError } from "../problem.ts";
import { pageOf } from "./schemas.ts";

const name = z.string().regex(/^[a-z0-9-]{1,32}$/, "write the name of a desk's file");
const time = z.string().nullable();

const deskSchema = z
  .object({
    name: z.string(),
    kind: z.string(),
    url: z.string(),
    trouble: z.string().describe("Why nothing goes through now; empty = it works."),
    owed: z.number().describe("Cases and problems whose ticket is not yet as it should be."),
    oldestOwedAt: time,
    tickets: z.number(),
    deadCount: z.number(),
    dead: z.array(
      z.object({
        subject: z.string().describe("The case or problem."),
        ticket: z.string(),
        reason: z.string(),
        since: z.string(),
        attempts: z.number(),
      }),
    ),
    lastPollAt: time,
    capabilities: z.object({
      fence: z.enum(["idempotency_key", "unique_reference", "search", "none"]),
      readBack: z.boolean(),
      changes: z.boolean(),
      optimisticLock: z.boolean(),
      attachments: z.boolean(),
      links: z.boolean(),
      merges: z.boolean(),
      evidencePlace: z.enum(["field", "description", "none"]),
      requestsPerMinute: z.number(),
    }),
  })
  .meta({ id: "Desk" });

const checkSchema = z
  .object({
    ok: z.boolean(),
    desk: z.string(),
    lines: z.array(
      z.object({
        state: z.enum(["ok", "missing", "doubtful"]),
        what: z.string(),
        next: z.string(),
      }),
    ),
  })
  .meta({ id: "DeskCheck" });

export function deskRoutes(app: App, { desks }: HttpContext): void {
  const typed = app.withTypeProvider<ZodTypeProvider>();
  typed.get(
    "/api/desks",
    {
      config: { access: "viewer" },
      schema: {
        summary: "Desks that tickets are made in, and what waits for them",
        tags: ["desks"],
        response: { 200: pageOf(deskSchema) },
      },
    },
    async () => ({ items: (await desks.status()).map(toDesk), nextCursor: null }),
  );
  typed.post(
    "/api/desks/:name/check",
    {
      config: { access: "engineer" },
      schema: {
        summary: "Look whether the live desk has all that the gateway needs",
        tags: ["desks"],
        params: z.strictObject({ name }),
        body: z.strictObject({}),
        response: { 200: checkSchema },
      },
    },
    async ({ params }) => checked(await desks.check(params.name), params.name),
  );
  typed.post(
    "/api/desks/:name/retry",
    {
      config: { access: "agent" },
      schema: {
        summary: "Try again what a desk refused",
        tags: ["desks"],
        params: z.strictObject({ name }),
        body: z.strictObject({ subject: z.string().min(1).max(64) }),
        response: { 200: z.object({ id: z.string() }) },
      },
    },
    async ({ params, body }) => {
      await retryDead(desks, params.name, body.subject);
      return { id: body.subject };
    },
  );
}

/** @throws RequestRefusedError when there is nothing of the kind. */
export async function retryDead(desks: DeskSide, desk: string, subject: string): Promise<void> {
  if (await desks.retry(desk, subject)) return;
  throw new RequestRefusedError(
    404,
    `Desk ${JSON.stringify(desk)} has refused nothing of ${JSON.stringify(subject)}.`,
  );
}

const toDesk = (status: DeskStatus): z.output<typeof deskSchema> => {
  const { capabilities, oldestOwedAt, lastPollAt, dead, ...rest } = status;
  const { kind, limits, searchLagMs: _, ...abilities } = capabilities;
  return {
    ...rest,
    kind,
    oldestOwedAt: oldestOwedAt === null ? null : iso(oldestOwedAt),
    lastPollAt: lastPollAt === null ? null : iso(lastPollAt),
    dead: dead.map((letter) => ({ ...letter, since: iso(letter.since) })),
    capabilities: { ...abilities, requestsPerMinute: limits.requestsPerMinute },
  };
};

function checked(
  outcome: Awaited<ReturnType<DeskSide["check"]>>,
  desk: string,
): z.output<typeof checkSchema> {
  if (outcome === undefined) {
    throw new RequestRefusedError(404, `There is no desk ${JSON.stringify(desk)}.`);
  }
  if (outcome.kind === "done") {
    return { ...outcome.value, lines: outcome.value.lines.map((line) => ({ ...line })) };
  }
  throw new RequestRefusedError(502, troubleOf(outcome));
}

const troubleOf = (outcome: Exclude<DeskOutcome<unknown>, { kind: "done" }>): string =>
  `The desk could not be asked: ${outcome.reason}`;

/** A hook's body is signed as bytes, so it must not be read as JSON before it is verified. */
export function hookRoutes(app: App, { desks }: HttpContext): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  app.post<{ Params: { name: string } }>(
    "/api/desks/:name/hook",
    {
      config: { access: "public", rateLimit: { max: 600, timeWindow: "1 minute" } },
      schema: {
        summary: "A desk says that a ticket changed; signed by the desk",
        tags: ["desks"],
        params: z.strictObject({ name }),
        response: { 202: z.object({ taken: z.literal(true) }) },
      },
    },
    async (request, reply) => {
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      const answer = await desks.hook(request.params.name, { headers: headersOf(request), body });
      refuseHook(answer, request.params.name);
      return reply.code(202).send({ taken: true });
    },
  );
}

function headersOf(request: Request): Record<string, string> {
  const entries = Object.entries(request.headers);
  return Object.fromEntries(
    entries.flatMap(([key, value]) => (typeof value === "string" ? [[key, value]] : [])),
  );
}

function refuseHook(answer: HookAnswer, desk: string): void {
  switch (answer) {
    case "taken":
      return;
    case "no_such_desk":
      throw new RequestRefusedError(404, `There is no desk ${JSON.stringify(desk)}.`);
    case "no_hooks":
      throw new RequestRefusedError(
        404,
        `Desk ${JSON.stringify(desk)} takes no hooks; its file names no hookSecretFile.`,
      );
    case "malformed":
      throw new RequestRefusedError(
        422,
        "The signature is right, but the body is not in the format of docs/desks.md.",
      );
    case "forged":
      throw new RequestRefusedError(
        401,
        "The signature does not fit the body, or it is too old. Use the secret of the desk's file.",
      );
  }
}
