import { createHash } from "node:crypto";
import { join } from "node:path";
import type { MessagePort } from "node:worker_threads";
import { MessageChannel } from "node:worker_threads";
import type { GatewayError } from "#domain/errors.ts";
import type { CompiledRuleset } from "#domain/rules/ruleset.ts";
import type { DurationMs, EpochMs } from "#domain/units.ts";
import { DAY_MS } from "#domain/units.ts";
import type { Sources } from "#pipeline/load-sources.ts";
import { checkSources } from "#pipeline/load-sources.ts";
import type { CaseReader } from "#ports/case-store.ts";
import type { Clock } from "#ports/clock.ts";
import type { DeskSide } from "#ports/desk-side.ts";
import { NO_DESKS } from "#ports/desk-side.ts";
import type { Log } from "#ports/log.ts";
import { openAuth } from "./adapters/auth/auth.ts";
import { SqliteCaseReader } from "./adapters/cases-sqlite/sqlite-case-reader.ts";
import { SqliteValueReader } from "./adapters/cases-sqlite/sqlite-value-reader.ts";
import type { DeviceCredentials } from "./adapters/credentials/device-credentials.ts";
import { openDeviceCredentials } from "./adapters/credentials/device-credentials.ts";
import { DecideClient } from "./adapters/decide-worker/client.ts";
import { createHttpServer } from "./adapters/http/server.ts";
import type { StoreConfig } from "./adapters/influx/create-remote-store.ts";
import { JournalClient } from "./adapters/journal-worker/client.ts";
import { PromMetrics } from "./adapters/metrics/prom-metrics.ts";
import { createAedesLink } from "./adapters/mqtt/aedes-link.ts";
import { SeriesClient } from "./adapters/series-worker/client.ts";
import { SystemClock } from "./adapters/system-clock/system-clock.ts";
import { createWebhookSender } from "./adapters/webhook/webhook-sender.ts";
import type { Config } from "./config/config.ts";
import { isLoopback } from "./config/config.ts";
import { Core } from "./core.ts";
import { fillDirectory, recordingSpan, takeDataDir } from "./data-dir.ts";
import type { ConfiguredDesk } from "./desk-files.ts";
import { startDesks } from "./desks.ts";
import { keepHouse } from "./housekeeping.ts";
import type { Started } from "./started.ts";
import { writeAddresses } from "./started.ts";
import { startTelling } from "./telling.ts";

export interface AppOptions {
  readonly config: Config;
  readonly log: Log;
  readonly version: string;
  readonly sources: Pick<Sources, "products" | "rules">;
  /** Where samples go besides the local store. */
  readonly store: StoreConfig;
  readonly desks?: readonly ConfiguredDesk[];
  readonly adminToken?: string;
  readonly webhookSecret?: string;
  /** Of the user in `smtpUrl`. */
  readonly smtpPassword?: string;
  /** PEM texts. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** A thread died; whoever started the app must end the process. */
  readonly onFailure: (error: GatewayError) => void;
  /** Of this process, for tools that look after it. */
  readonly pid: number;
  /** Wall clock; tests move their own by hand. */
  readonly clock?: Clock;
  readonly limits?: AppLimits;
}

/** Smaller and more often than in service: for tests that want to see a file end or a snapshot soon. */
export interface AppLimits {
  readonly segmentBytes?: number;
  readonly snapshotEveryMs?: DurationMs;
}

/**
 * The gateway. `start` opens its parts in the order in which they need each other; disposing closes
 * them in the reverse order, so that what was accepted is finished.
 */
export class App implements AsyncDisposable {
  readonly #options: AppOptions;
  readonly #clock: Clock;
  readonly #metrics = new PromMetrics({ process: true });
  readonly #stack = new AsyncDisposableStack();
  #stopAccepting: (() => Promise<void>) | undefined;

  constructor(options: AppOptions) {
    this.#options = options;
    this.#clock = options.clock ?? new SystemClock();
  }

  /** @throws GatewayError of whatever cannot be opened; then nothing stays open. */
  async start(): Promise<Started> {
    try {
      return await this.#open();
    } catch (error) {
      await this[Symbol.asyncDispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const stopAccepting = this.#stopAccepting;
    this.#stopAccepting = undefined;
    try {
      await stopAccepting?.();
    } finally {
      await this.#stack.disposeAsync();
    }
  }

  async #open(): Promise<Started> {
    const { config, log } = this.#options;
    const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
    const { sources, ruleset } = checkSources(this.#options.sources, sha256);
    this.#stack.use(takeDataDir(config.dataDir));
    const open =
      config.registration === "open" || (config.registration === "auto" && isLoopback(config.host));
    const directory = this.#stack.use(
      await openDeviceCredentials({ folder: config.dataDir, open, clock: this.#clock }),
    );
    const { core, journal, series } = await this.#openCore({ sources, ruleset, directory });
    const casesPath = join(config.dataDir, "cases.db");
    const cases = this.#stack.use(new SqliteCaseReader(casesPath));
    fillDirectory(cases, directory);
    const { store } = this.#options;
    const house = { journal, series, clock: this.#clock, log, config, dropCases: core.dropOld };
    this.#stack.use(keepHouse(house));
    if (store.kind !== "embedded") {
      const parts = { core, journal, series, ruleset, casesPath, metrics: this.#metrics, log };
      this.#stack.use(await startTelling({ ...parts, clock: this.#clock }));
    }
    const desks = await this.#startDesks(core, series, sources);
    const started = await this.#listen({ core, series, directory, cases, desks, open });
    core.service.setStatus("ok");
    writeAddresses(config.dataDir, { pid: this.#options.pid, ...started });
    const { http, mqtt } = started;
    log.info(
      { http, mqtt, clock: config.clock, rulesetHash: sources.hash },
      "the gateway is ready",
    );
    return started;
  }

  async #openCore(parts: {
    readonly sources: Sources;
    readonly ruleset: CompiledRuleset;
    readonly directory: DeviceCredentials;
  }): Promise<{
    readonly core: Core;
    readonly journal: JournalClient;
    readonly series: SeriesClient;
  }> {
    const { config, log, onFailure, version } = this.#options;
    const { dataDir } = config;
    const clock = this.#clock;
    const toDecide = new MessageChannel();
    const toSeries = new MessageChannel();
    const journal = this.#stack.use(
      await JournalClient.start({
        journalFolder: join(dataDir, "journal"),
        now: () => clock.now(),
        committedPorts: [toDecide.port1, toSeries.port1],
        segmentBytes: this.#options.limits?.segmentBytes,
        onCommit: ({ bytes, oldestSeconds }) => {
          this.#metrics.count("journal_bytes_total", {}, bytes);
          this.#metrics.observe("journal_append_seconds", oldestSeconds);
        },
      }),
    );
    void journal.failed.then(onFailure);
    const { directory, ruleset } = parts;
    const points = this.#options.store.kind !== "embedded";
    const { snapshotEveryMs } = this.#options.limits ?? {};
    const given = { dataDir, points, snapshotEveryMs, onFailure };
    const core = this.#stack.use(
      new Core({
        clock,
        log,
        metrics: this.#metrics,
        journal,
        directory,
        ruleset,
        webhook: this.#webhook(),
        version,
        decide: (told) =>
          new DecideClient({ ...given, ...told, build: version, commits: toDecide.port2 }),
      }),
    );
    void core.load();
    const recording = await recordingSpan(journal, clock.now());
    const series = await this.#openSeries(core, toSeries.port2, recording.since);
    await core.start(parts.sources, { clock: config.clock, lastAliveAt: recording.newest });
    return { core, journal, series };
  }

  async #openSeries(core: Core, commits: MessagePort, since: EpochMs): Promise<SeriesClient> {
    const { config, onFailure } = this.#options;
    const localMs = config.seriesLocalDays * DAY_MS;
    // Recorded data may be of any year and is never dropped: it is all here.
    const recentFrom = () =>
      config.clock === "event" ? 0 : Math.max(this.#clock.now() - localMs, since);
    const series = this.#stack.use(
      await SeriesClient.start({
        journalFolder: join(config.dataDir, "journal"),
        seriesFolder: join(config.dataDir, "series"),
        store: this.#options.store,
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

  async #listen(parts: {
    readonly core: Core;
    readonly series: SeriesClient;
    readonly directory: DeviceCredentials;
    readonly cases: CaseReader;
    readonly desks: DeskSide;
    readonly open: boolean;
  }): Promise<Started> {
    const { config, log, tls, adminToken, version } = this.#options;
    const { core, series, directory, cases, desks, open } = parts;
    const clock = this.#clock;
    const metrics = this.#metrics;
    const { host } = config;
    const given = adminToken === undefined ? {} : { adminToken };
    const opened = await openAuth({ dir: config.dataDir, clock, ...given });
    const link = this.#stack.use(
      createAedesLink({
        handler: core.ingress,
        directory,
        metrics,
        log,
        clock,
        host,
        port: config.mqttPort,
        tls,
        limits: { maxConnections: config.maxConnections },
      }),
    );
    core.attach(link);
    const server = this.#stack.use(
      createHttpServer({
        api: core.service,
        cases,
        series,
        value: this.#stack.use(new SqliteValueReader(join(config.dataDir, "cases.db"))),
        auth: opened.auth,
        desks,
        clock,
        log,
        metrics,
        version,
        host,
        port: config.httpPort,
        ...(tls === undefined ? {} : { tls }),
      }),
    );
    const mqttPort = (await link.start()).port;
    this.#stopAccepting = async () => {
      core.service.setStatus("stopping");
      await link.stopAccepting();
      const reason = "asked to stop";
      try {
        await core.ingress.append({ kind: "service", event: "stopping", reason, lastAliveAt: 0 });
      } catch (error) {
        // Nothing depends on it: the next start takes the newest record for the end of this run.
        log.warn({ reason: String(error) }, "the stop could not be written to the journal");
      }
    };
    const httpPort = (await server.start()).port;
    const s = tls === undefined ? "" : "s";
    const http = `http${s}://${host}:${httpPort}`;
    return {
      http,
      mqtt: `mqtt${s}://${host}:${mqttPort}`,
      signInLink: `${http}/sign-in?code=${opened.signInLink()}`,
      open,
      ...(opened.firstToken === undefined ? {} : { firstToken: opened.firstToken }),
    };
  }

  async #startDesks(core: Core, series: SeriesClient, sources: Sources): Promise<DeskSide> {
    const { desks = [], log, onFailure, config } = this.#options;
    if (desks.length === 0) return NO_DESKS;
    const { dataDir, publicUrl = "" } = config;
    const parts = { desks, dataDir, publicUrl, sources, core, series, log, onFailure };
    const clock = this.#clock;
    return this.#stack.use(await startDesks({ ...parts, metrics: this.#metrics, clock }));
  }

  #webhook() {
    const { config, webhookSecret } = this.#options;
    if (config.webhookUrl === undefined || webhookSecret === undefined) return undefined;
    return createWebhookSender({
      url: config.webhookUrl,
      secret: webhookSecret,
      clock: this.#clock,
    });
  }
}
