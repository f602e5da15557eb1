import { createHash } from "node:crypto";
import { join } from "node:path";
import { checkSources } from "#pipeline/load-sources.ts";
import type { CaseReader } from "#ports/case-store.ts";
import type { Clock } from "#ports/clock.ts";
import type { DeskSide } from "#ports/desk-side.ts";
import type { ValueReader } from "#ports/value-store.ts";
import { loadAnswerSecret } from "./adapters/answer-links/answer-secret.ts";
import { createAnswerLinks } from "./adapters/answer-links/sign-answer.ts";
import { openAuth } from "./adapters/auth/auth.ts";
import { SqliteCaseReader } from "./adapters/cases-sqlite/sqlite-case-reader.ts";
import { SqliteValueReader } from "./adapters/cases-sqlite/sqlite-value-reader.ts";
import type { DeviceCredentials } from "./adapters/credentials/device-credentials.ts";
import { openDeviceCredentials } from "./adapters/credentials/device-credentials.ts";
import { createHttpServer } from "./adapters/http/server.ts";
import { PromMetrics } from "./adapters/metrics/prom-metrics.ts";
import { createAedesLink } from "./adapters/mqtt/aedes-link.ts";
import type { SeriesClient } from "./adapters/series-worker/client.ts";
import { SystemClock } from "./adapters/system-clock/system-clock.ts";
import type { AppOptions } from "./app-options.ts";
import { isLoopback } from "./config/config.ts";
import type { Core } from "./core.ts";
import { fillDirectory, takeDataDir } from "./data-dir.ts";
import { startDesks } from "./desks.ts";
import { keepHouse } from "./housekeeping.ts";
import { createMailer, startDigests } from "./mail.ts";
import { openCore } from "./open-core.ts";
import type { Started } from "./started.ts";
import { writeAddresses } from "./started.ts";
import { startTelling } from "./telling.ts";

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
    const opened = { options: this.#options, clock: this.#clock, metrics: this.#metrics };
    const mailer = createMailer(this.#options, this.#clock);
    const given = { ...opened, sources, ruleset, directory, mailer };
    const { core, journal, series } = await openCore(this.#stack, given);
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
    const desks = await startDesks(this.#stack, { ...opened, sources, core, series });
    const value = this.#stack.use(new SqliteValueReader(casesPath));
    await startDigests(this.#stack, { ...opened, mailer, core, cases, value });
    const started = await this.#listen({ core, series, directory, cases, value, desks, open });
    core.service.setStatus("ok");
    writeAddresses(config.dataDir, { pid: this.#options.pid, ...started });
    const { http, mqtt } = started;
    log.info(
      { http, mqtt, clock: config.clock, rulesetHash: sources.hash },
      "the gateway is ready",
    );
    return started;
  }

  async #listen(parts: {
    readonly core: Core;
    readonly series: SeriesClient;
    readonly directory: DeviceCredentials;
    readonly cases: CaseReader;
    readonly value: ValueReader;
    readonly desks: DeskSide;
    readonly open: boolean;
  }): Promise<Started> {
    const { config, log, tls, adminToken, version } = this.#options;
    const { core, series, directory, cases, value, desks, open } = parts;
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
        value,
        auth: opened.auth,
        desks,
        answers: createAnswerLinks(await loadAnswerSecret(config.dataDir)),
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
}
