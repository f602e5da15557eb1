import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import fastifyStatic from "@fastify/static";
import type { App } from "./context.ts";

const OWN = join(import.meta.dirname, "assets");
/** uPlot's files are served from its package, so that its version is the lock file's. */
const UPLOT = dirname(createRequire(import.meta.url).resolve("uplot"));

/** Closed list: what is not here is not served. */
const FILES: Readonly<Record<string, string>> = {
  "console.css": OWN,
  "pieces.css": OWN,
  "lists.css": OWN,
  "charts-and-forms.css": OWN,
  "console.js": OWN,
  "live.js": OWN,
  "charts.js": OWN,
  "times.js": OWN,
  "favicon.svg": OWN,
  "uPlot.esm.js": UPLOT,
  "uPlot.min.css": UPLOT,
};

export function assetRoutes(app: App): void {
  void app.register(fastifyStatic, { root: [OWN, UPLOT], serve: false });
  for (const [name, root] of Object.entries(FILES)) {
    app.get(
      `/assets/${name}`,
      { config: { access: "public" }, schema: { hide: true } },
      async (_request, reply) => {
        // Revalidated by ETag each time: an upgraded gateway never runs old scripts.
        reply.header("cache-control", "no-cache");
        return reply.sendFile(name, root, { cacheControl: false });
      },
    );
  }
}
