import type { App, HttpContext } from "../context.ts";
import { checkCsrf } from "../guard.ts";
import { caseRoutes } from "./case-routes.ts";
import { catalogueRoutes } from "./catalogue-routes.ts";
import { deskRoutes } from "./desk-routes.ts";
import { deviceRoutes } from "./device-routes.ts";
import { eventRoutes } from "./event-routes.ts";
import { fixRoutes } from "./fix-routes.ts";
import { healthRoutes } from "./health-routes.ts";
import { peopleRoutes } from "./people-routes.ts";
import { problemRoutes } from "./problem-routes.ts";
import { quarantineRoutes } from "./quarantine-routes.ts";
import { valueRoutes } from "./value-routes.ts";

/** Every route below /api, and /metrics. Changes by cookie must carry `x-csrf-token`. */
export function apiRoutes(app: App, context: HttpContext): void {
  app.addHook("preValidation", async (request) => {
    if (request.method === "GET" || request.method === "HEAD") return;
    checkCsrf(request.identity, request.headers["x-csrf-token"]);
    // Actions without a body are natural for `curl -X POST`; the schema says what is missing.
    if (request.method === "POST") request.body ??= {};
  });
  healthRoutes(app, context);
  catalogueRoutes(app, context);
  caseRoutes(app, context);
  deviceRoutes(app, context);
  deskRoutes(app, context);
  problemRoutes(app, context);
  fixRoutes(app, context);
  quarantineRoutes(app, context);
  valueRoutes(app, context);
  peopleRoutes(app, context);
  eventRoutes(app, context);
  let document: string | undefined;
  app.get(
    "/api/openapi.json",
    { config: { access: "public" }, schema: { hide: true } },
    async (_request, reply) => {
      // Written once: anybody may ask, and writing it takes longer than all else that is public.
      document ??= JSON.stringify(app.swagger());
      return reply.type("application/json; charset=utf-8").send(document);
    },
  );
}
