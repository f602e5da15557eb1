import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { MessageChannel } from "node:worker_threads";
import { schedule } from "node-cron";
import { GatewayError } from "#domain/errors.ts";
import type { CompiledRuleset } from "#domain/rules/ruleset.ts";
import type { EpochMs } from "#domain/units.ts";
import { DAY_MS } from "#domain/units.ts";
import type { Sources } from "#pipeline/load-sources.ts";
import { checkSources } from "#pipeline/load-sources.ts";
import { decodeRecord } from "#pipeline/record-codec.ts";
import type { CaseReader } from "#ports/case-store.ts";
import type { Clock } from "#ports/clock.ts";
import type { Log } from "#ports/log.ts";
import { openAuth } from "./adapters/auth/auth.ts";
import { SqliteCaseReader } from "./adapters/cases-sqlite/sqlite-case-reader.ts";
import type { DeviceCredentials } from "./adapters/credentials/device-credentials.ts";
import { openDeviceCredentials } from "./adapters/credentials/device-credentials.ts";
import { createHttpServer } from "./adapters/http/server.ts";
import { PromMetrics } from "./adapters/metrics/prom-metrics.ts";
import { createAedesLink } from "./adapters/mqtt/aedes-link.ts";
import { lockDataDir } from "./adapters/sqlite/data-lock.ts";
import { StorageClient } from "./adapters/storage-worker/client.ts";
import { SystemClock } from "./adapters/system-clock/system-clock.ts";
import { createWebhookSender } from "./adapters/webhook/webhook-sender.ts";
import type { Config } from "./config/config.ts";
import { ConfigError, isLoopback } from "./config/config.ts";
import { Core } from "./core.ts";

export interface AppOptions {
  readonly config: Config;
  readonly log: Log;
  readonly version: string;
  readonly sources: Pick<Sources, "products" | "rules">;
  readonly adminToken?: string;
  readonly webhookSecret?: string;
  /** PEM texts. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** A thread died; whoever started the app must end the process. */
  readonly onFailure: (error: GatewayError) => void;
  /** Of this process, for tools that look after it. */
  readonly pid: number;
  /** Wall clock; tests move their own by hand. */
  readonly clock?: Clock;
}

export interface Started {
  readonly http: string;
  readonly mqtt: string;
  readonly signInLink: string;
  readonly firstToken?: string;
  /** Unknown devices may register by connecting. */
  readonly open: boolean;
}

/** A week to notice and replay, or as much as a small disk spares. */
const JOURNAL_KEPT = { keepMs: 7 * DAY_MS, keepBytes: 20 * 1024 ** 3 } as const;
/** Hourly, off the full hour, when everybody's jobs run. */
const HOUSEKEEPING_CRON = "17 * * * *";
/** Devices per page when the directory is filled at the start. */
const DIRECTORY_PAGE = 1_000;

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
    const { core, storage } = await this.#openCore({ sources, ruleset, directory });
    const cases = this.#stack.use(new SqliteCaseReader(join(config.dataDir, "cases.db")));
    await fillDirectory(cases, directory);
    this.#keepHouse(storage);
    const started = await this.#listen({ core, storage, directory, cases, open });
    core.service.setStatus("ok");
    this.#writeAddresses(started);
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
  }): Promise<{ readonly core: Core; readonly storage: StorageClient }> {
    const { config, log, onFailure, version } = this.#options;
    const { dataDir } = config;
    const clock = this.#clock;
    const commits = new MessageChannel();
    const storage = this.#stack.use(
      await StorageClient.start({
        journalFolder: join(dataDir, "journal"),
        seriesFolder: join(dataDir, "series"),
        now: () => clock.now(),
        committedPort: commits.port1,
      }),
    );
    void storage.failed.then(onFailure);
    const { directory, ruleset } = parts;
    const core = this.#stack.use(
      new Core({
        clock,
        log,
        metrics: this.#metrics,
        storage,
        directory,
        ruleset,
        webhook: this.#webhook(),
        version,
        dataDir,
        commits: commits.port2,
        onFailure,
      }),
    );
    const lastAliveAt = await newestAppend(storage);
    await core.start(parts.sources, { clock: config.clock, lastAliveAt });
    return { core, storage };
  }

  async #listen(parts: {
    readonly core: Core;
    readonly storage: StorageClient;
    readonly directory: DeviceCredentials;
    readonly cases: CaseReader;
    readonly open: boolean;
  }): Promise<Started> {
    const { config, log, tls, adminToken, version } = this.#options;
    const { core, storage, directory, cases, open } = parts;
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
      }),
    );
    core.attach(link);
    const server = this.#stack.use(
      createHttpServer({
        api: core.service,
        cases,
        series: { read: (query) => storage.readSeries(query) },
        auth: opened.auth,
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

  #webhook() {
    const { config, webhookSecret } = this.#options;
    if (config.webhookUrl === undefined || webhookSecret === undefined) return undefined;
    return createWebhookSender({
      url: config.webhookUrl,
      secret: webhookSecret,
      clock: this.#clock,
    });
  }

  #keepHouse(storage: StorageClient): void {
    const { log, config } = this.#options;
    const task = schedule(HOUSEKEEPING_CRON, async () => {
      try {
        await storage.enforceRetention(JOURNAL_KEPT);
        // Recorded data may be of any year: its age says nothing about its use.
        if (config.clock === "live") {
          await storage.retainSeries(this.#clock.now() - config.seriesKeepDays * DAY_MS);
        }
      } catch (error) {
        log.warn({ reason: String(error) }, "old data stays until the next run");
      }
    });
    this.#stack.defer(() => task.destroy());
  }

  /** For tools that start a gateway on free ports: where it is. */
  #writeAddresses(started: Started): void {
    const { http, mqtt, signInLink } = started;
    const text = `${JSON.stringify({ pid: this.#options.pid, http, mqtt, signInLink })}\n`;
    writeFileSync(join(this.#options.config.dataDir, "gateway.json"), text, { mode: 0o600 });
  }
}

function takeDataDir(path: string): Disposable {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    return lockDataDir(path);
  } catch (error) {
    if (error instanceof GatewayError) throw error;
    const problem = `dataDir (VOORZORG_DATA_DIR): ${path} cannot be used (${String(error)}); name a folder that the gateway may write to`;
    throw new ConfigError([problem], { source: "The environment", cause: error });
  }
}

async function newestAppend(storage: StorageClient): Promise<EpochMs> {
  const [newest] = await storage.read(0, storage.newestKnown, 1);
  return newest === undefined ? 0 : decodeRecord(newest.bytes).appendedAt;
}

async function fillDirectory(cases: CaseReader, directory: DeviceCredentials): Promise<void> {
  for (let cursor: string | undefined; ; ) {
    const page = await cases.devices({
      limit: DIRECTORY_PAGE,
      ...(cursor === undefined ? {} : { cursor }),
    });
    for (const device of page.items) directory.setProduct(device.id, device.product);
    if (page.nextCursor === null) return;
    cursor = page.nextCursor;
  }
}
