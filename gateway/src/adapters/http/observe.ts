import type { App, HttpContext } from "./context.ts";

/** Counts by route pattern, never by path: paths are chosen by whoever asks. */
export function observe(app: App, { log, metrics }: Pick<HttpContext, "log" | "metrics">): void {
  app.addHook("onResponse", async (request, reply) => {
    const route = request.is404 ? "none" : (request.routeOptions.url ?? "none");
    const status = String(reply.statusCode);
    metrics.count("http_requests_total", { route, status });
    metrics.observe("http_request_seconds", reply.elapsedTime / 1_000, { route });
    const fields = {
      method: request.method,
      route,
      status: reply.statusCode,
      durationMs: Math.round(reply.elapsedTime),
      by: request.identity?.name,
    };
    if (reply.statusCode < 500) log.debug(fields, "HTTP request answered");
    else log.warn(fields, "HTTP request failed");
  });
}
