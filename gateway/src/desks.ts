import { randomUUID } from "node:crypto";
import type { Sources } from "#pipeline/load-sources.ts";
import type { Clock } from "#ports/clock.ts";
import type { DeskSide } from "#ports/desk-side.ts";
import { NO_DESKS } from "#ports/desk-side.ts";
import type { Metrics } from "#ports/metrics.ts";
import type { SeriesReader } from "#ports/series-store.ts";
import { DeskClient } from "./adapters/desk-worker/client.ts";
import type { AppOptions } from "./app-options.ts";
import type { Config } from "./config/config.ts";
import type { Core } from "./core.ts";

interface DesksParts {
  readonly options: AppOptions;
  readonly sources: Pick<Sources, "products" | "rules">;
  readonly core: Core;
  readonly series: SeriesReader;
  readonly metrics: Metrics;
  readonly clock: Clock;
}

/** From now on until the stack ends, cases become tickets and agents' work comes back. */
export async function startDesks(
  stack: AsyncDisposableStack,
  { options, core, series, metrics, clock, sources }: DesksParts,
): Promise<DeskSide> {
  const { desks = [], log, onFailure, config } = options;
  if (desks.length === 0) return NO_DESKS;
  const { products, rules } = sources;
  const { dataDir } = config;
  const { service } = core;
  const publicUrl = consoleUrl(config);
  const client = stack.use(
    new DeskClient({
      data: { dataDir, desks, products, rules, publicUrl, worker: randomUUID() },
      act: ({ id, by, action }) => service.act(action, by, id),
      series,
      log,
      metrics,
      clock,
      onTrouble: (desk, reason) => {
        const sentence = reason && `Desk ${desk} takes no tickets now, they wait: ${reason}`;
        service.impaired(`desk-${desk}`, sentence);
        if (sentence === undefined) log.info({ desk }, "the desk can be worked with");
        else log.error({ desk, reason }, "the desk cannot be worked with, tickets wait");
      },
      onFailure,
    }),
  );
  service.onChange(({ kind }) => {
    if (kind === "case" || kind === "problem") client.changed();
  });
  await client.start();
  return client;
}

/** How people reach the console: as configured, or where it listens. */
function consoleUrl({ publicUrl, tlsCert, host, httpPort }: Config): string {
  return publicUrl ?? `http${tlsCert === undefined ? "" : "s"}://${host}:${httpPort}`;
}
