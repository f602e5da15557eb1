import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import type { Action } from "#domain/record.ts";
import type { App, HttpContext, Request } from "../context.ts";
import { act } from "./act.ts";
import { ownerCalled } from "./case-owner-called.ts";
import { given } from "./given.ts";
import { caseParams, commentSchema, timeSchema, verdictSchema } from "./schemas.ts";

/** What people do with a case. */
export function caseActionRoutes(app: App, context: HttpContext): void {
  agentRoutes(app, context);
  noteRoutes(app, context);
  engineerRoutes(app, context);
}

const done = async (context: HttpContext, request: Request, action: Action) => ({
  id: await act(context, request, action),
});

const acted = z.object({ id: z.string().describe("The case.") });
const reason = commentSchema.default("");

/** Options of a route that acts on a case. */
const acting = <B extends z.ZodType>(access: "agent" | "engineer", summary: string, body: B) => ({
  config: { access },
  schema: { summary, tags: ["cases"], params: caseParams, body, response: { 200: acted } },
});

function agentRoutes(app: App, context: HttpContext): void {
  const typed = app.withTypeProvider<ZodTypeProvider>();

  typed.post(
    "/api/cases/:id/acknowledge",
    acting("agent", "Take a case", z.strictObject({})),
    async (request) => done(context, request, { name: "acknowledge", caseId: request.params.id }),
  );
  typed.post(
    "/api/cases/:id/give-back",
    acting("agent", "Give a case back, so that nobody has it", z.strictObject({})),
    async (request) => done(context, request, { name: "give_back", caseId: request.params.id }),
  );
  typed.post(
    "/api/cases/:id/resolve",
    acting(
      "agent",
      "Close a case as a person",
      z.strictObject({
        comment: reason,
        as: z
          .enum(["done", "wont_fix"])
          .optional()
          .describe(
            "`wont_fix`: it stays as it is, and must not come back by itself; else the work is done.",
          ),
      }),
    ),
    async (request) =>
      done(context, request, {
        name: "resolve",
        caseId: request.params.id,
        ...given(request.body),
      }),
  );
  typed.post(
    "/api/cases/:id/reopen",
    acting("agent", "Open a resolved case again", z.strictObject({ comment: reason })),
    async (request) =>
      done(context, request, {
        name: "reopen",
        caseId: request.params.id,
        comment: request.body.comment,
      }),
  );
  typed.post(
    "/api/cases/:id/verdict",
    acting(
      "agent",
      "Say whether the finding was right",
      z.strictObject({ verdict: verdictSchema, comment: reason }),
    ),
    async (request) =>
      done(context, request, { name: "verdict", caseId: request.params.id, ...request.body }),
  );
}

function noteRoutes(app: App, context: HttpContext): void {
  const typed = app.withTypeProvider<ZodTypeProvider>();

  typed.post(
    "/api/cases/:id/comment",
    acting(
      "agent",
      "Write on the timeline",
      z.strictObject({ comment: commentSchema.min(1, "a text") }),
    ),
    async (request) =>
      done(context, request, {
        name: "comment",
        caseId: request.params.id,
        comment: request.body.comment,
      }),
  );
  typed.post(
    "/api/cases/:id/owner-called",
    acting(
      "agent",
      "Note that the owner got in touch about the device of this case",
      z.strictObject({
        calledAt: timeSchema.optional().describe("When; now unless said."),
        source: z.string().trim().max(200).default("").describe("E.g. `ticket 17 in rt`."),
      }),
    ),
    async (request) => {
      const { calledAt, source } = request.body;
      const at = calledAt === undefined ? undefined : Date.parse(calledAt);
      const call = { calledAt: at, source: source === "" ? "the API" : source };
      await act(context, request, await ownerCalled(context, request.params.id, call));
      return { id: request.params.id };
    },
  );
}

function engineerRoutes(app: App, context: HttpContext): void {
  const typed = app.withTypeProvider<ZodTypeProvider>();
  const words = {
    approve: "Let the gateway take the step that waits for approval",
    decline: "Keep the gateway from the step that waits for approval",
  } as const;
  for (const name of ["approve", "decline"] as const) {
    typed.post(
      `/api/cases/:id/${name}`,
      acting("engineer", words[name], z.strictObject({ comment: reason })),
      async (request) =>
        done(context, request, { name, caseId: request.params.id, comment: request.body.comment }),
    );
  }
  typed.post(
    "/api/cases/:id/undo",
    acting(
      "engineer",
      "Take back a step that was carried out",
      z.strictObject({
        action: z.string().min(1).max(200).describe("Id of the step, from `actions`."),
      }),
    ),
    async (request) =>
      done(context, request, {
        name: "undo",
        caseId: request.params.id,
        action: request.body.action,
      }),
  );
}
