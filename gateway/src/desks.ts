import { randomUUID } from "node:crypto";
import type { GatewayError } from "#domain/errors.ts";
import type { Sources } from "#pipeline/load-sources.ts";
import type { Clock } from "#ports/clock.ts";
import type { Log } from "#ports/log.ts";
import type { Metrics } from "#ports/metrics.ts";
import type { SeriesReader } from "#ports/series-store.ts";
import { DeskClient } from "./adapters/desk-worker/client.ts";
import type { Core } from "./core.ts";
import type { ConfiguredDesk } from "./desk-files.ts";

interface DesksOptions {
  readonly desks: readonly ConfiguredDesk[];
  readonly dataDir: string;
  readonly publicUrl: string;
  readonly sources: Pick<Sources, "products" | "rules">;
  readonly core: Core;
  readonly series: SeriesReader;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly clock: Clock;
  readonly onFailure: (error: GatewayError) => void;
}

/** From now on until it is disposed, cases become tickets and agents' work comes back. */
export async function startDesks(options: DesksOptions): Promise<DeskClient> {
  const { core, series, metrics, log, clock, onFailure, desks, dataDir, publicUrl } = options;
  const { products, rules } = options.sources;
  const { service } = core;
  const client = new DeskClient({
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
  });
  service.onChange(({ kind }) => {
    if (kind === "case" || kind === "problem") client.changed();
  });
  await client.start();
  return client;
}
