import { join } from "node:path";
import type { MessagePort } from "node:worker_threads";
import { MessageChannel } from "node:worker_threads";
import type { CompiledRuleset } from "#domain/rules/ruleset.ts";
import { forJournal } from "#domain/service/parse-service.ts";
import type { EpochMs } from "#domain/units.ts";
import { DAY_MS } from "#domain/units.ts";
import type { Sources } from "#pipeline/load-sources.ts";
import type { Clock } from "#ports/clock.ts";
import type { Mailer } from "#ports/mailer.ts";
import type { WebhookSender } from "#ports/webhook-sender.ts";
import type { DeviceCredentials } from "./adapters/credentials/device-credentials.ts";
import { DecideClient } from "./adapters/decide-worker/client.ts";
import { JournalClient } from "./adapters/journal-worker/client.ts";
import type { PromMetrics } from "./adapters/metrics/prom-metrics.ts";
import { SeriesClient } from "./adapters/series-worker/client.ts";
import { createWebhookSender } from "./adapters/webhook/webhook-sender.ts";
import type { AppOptions } from "./app-options.ts";
import { Core } from "./core.ts";
import { recordingSpan } from "./data-dir.ts";
import { noticesOf } from "./mail.ts";

interface CoreParts {
  readonly options: AppOptions;
  readonly clock: Clock;
  readonly metrics: PromMetrics;
  readonly sources: Sources;
  readonly ruleset: CompiledRuleset;
  readonly directory: DeviceCredentials;
  readonly mailer: Mailer | undefined;
}

export interface OpenedCore {
  readonly core: Core;
  readonly journal: JournalClient;
  readonly series: SeriesClient;
}

/** Opens the threads and decides what is in the journal; all of it is closed with the stack. */
export async function openCore(stack: AsyncDisposableStack, parts: CoreParts): Promise<OpenedCore> {
  const { options, clock, metrics, directory, ruleset, mailer } = parts;
  const { config, log, onFailure, version, service, limits = {}, store } = options;
  const { dataDir } = config;
  const toDecide = new MessageChannel();
  const toSeries = new MessageChannel();
  const journal = stack.use(
    await JournalClient.start({
      journalFolder: join(dataDir, "journal"),
      now: () => clock.now(),
      committedPorts: [toDecide.port1, toSeries.port1],
      segmentBytes: limits.segmentBytes,
      onCommit: ({ bytes, oldestSeconds }) => {
        metrics.count("journal_bytes_total", {}, bytes);
        metrics.observe("journal_append_seconds", oldestSeconds);
      },
    }),
  );
  void journal.failed.then(onFailure);
  const points = store.kind !== "embedded";
  const { snapshotEveryMs } = limits;
  const given = { dataDir, points, snapshotEveryMs, onFailure };
  const core = stack.use(
    new Core({
      clock,
      log,
      metrics,
      journal,
      directory,
      ruleset,
      webhook: webhookOf(options, clock),
      notices: noticesOf(options, mailer),
      version,
      decide: (told) =>
        new DecideClient({ ...given, ...told, build: version, commits: toDecide.port2 }),
    }),
  );
  void core.load();
  const recording = await recordingSpan(journal, clock.now());
  const series = await openSeries(stack, parts, {
    core,
    commits: toSeries.port2,
    since: recording.since,
  });
  await core.start(parts.sources, {
    clock: config.clock,
    lastAliveAt: recording.newest,
    service: service && forJournal(service),
  });
  return { core, journal, series };
}

async function openSeries(
  stack: AsyncDisposableStack,
  { options, clock }: CoreParts,
  { core, commits, since }: { core: Core; commits: MessagePort; since: EpochMs },
): Promise<SeriesClient> {
  const { config, onFailure, store } = options;
  const localMs = config.seriesLocalDays * DAY_MS;
  // Recorded data may be of any year and is never dropped: it is all here.
  const recentFrom = () => (config.clock === "event" ? 0 : Math.max(clock.now() - localMs, since));
  const series = stack.use(
    await SeriesClient.start({
      journalFolder: join(config.dataDir, "journal"),
      seriesFolder: join(config.dataDir, "series"),
      store,
      commits,
      recentFrom,
      onRejected: core.onSeriesRejected,
      onState: core.onSeriesState,
      onPointsTold: core.onPointsTold,
      onPointsRejected: core.onPointsRejected,
      onFailure,
    }),
  );
  core.attachSeries(series);
  return series;
}

function webhookOf({ config, webhookSecret }: AppOptions, clock: Clock): WebhookSender | undefined {
  if (config.webhookUrl === undefined || webhookSecret === undefined) return undefined;
  return createWebhookSender({ url: config.webhookUrl, secret: webhookSecret, clock });
}
