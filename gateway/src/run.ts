import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { GatewayError } from "#domain/errors.ts";
import { createPinoLog } from "./adapters/pino-log/pino-log.ts";
import { App } from "./app.ts";
import type { Config } from "./config/config.ts";
import { ConfigError, ENVIRONMENT, isLoopback } from "./config/config.ts";
import type { StoreConfig } from "./config/store-settings.ts";
import { storeConfigOf } from "./config/store-settings.ts";
import { readDesks } from "./desk-files.ts";
import { loadConfig, readService, readSources } from "./given-files.ts";

/** A clean stop takes less; past this the process ends anyway: acknowledged data is durable already. */
const STOP_WITHIN_MS = 9_000;

/** Where `npm start` was typed: npm itself changes to the package's folder. */
const folder = process.env.INIT_CWD ?? process.cwd();

interface Secrets {
  readonly adminToken?: string;
  readonly webhookSecret?: string;
  readonly smtpPassword?: string;
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly store: StoreConfig;
}

/** @throws ConfigError with all files that cannot be read or used. */
function readSecrets(config: Config): Secrets {
  const problems: string[] = [];
  const text = (variable: string, path: string | undefined): string | undefined => {
    if (path === undefined) return undefined;
    try {
      const content = readFileSync(path, "utf8").trim();
      if (content !== "") return content;
      problems.push(`${variable}: ${path} is empty; write the secret into it`);
      return undefined;
    } catch (error) {
      problems.push(`${variable}: ${String(error)}; name a file that the gateway may read`);
      return undefined;
    }
  };
  const adminToken = config.adminToken ?? text("VOORZORG_ADMIN_TOKEN_FILE", config.adminTokenFile);
  const webhookSecret = text("VOORZORG_WEBHOOK_SECRET_FILE", config.webhookSecretFile);
  const smtpPassword = text("VOORZORG_SMTP_PASSWORD_FILE", config.smtpPasswordFile);
  const cert = text("VOORZORG_TLS_CERT", config.tlsCert);
  const key = text("VOORZORG_TLS_KEY", config.tlsKey);
  const influxToken = text("VOORZORG_INFLUX_TOKEN_FILE", config.influxTokenFile);
  const influxPassword = text("VOORZORG_INFLUX_PASSWORD_FILE", config.influxPasswordFile);
  const tls = cert === undefined || key === undefined ? undefined : { cert, key };
  if (tls !== undefined) {
    try {
      createSecureContext(tls);
    } catch (error) {
      problems.push(
        `VOORZORG_TLS_CERT and VOORZORG_TLS_KEY: ${String(error)}; name a certificate chain and its key, both PEM`,
      );
    }
  }
  if (problems.length > 0) throw new ConfigError(problems, { source: "The environment" });
  return {
    store: storeConfigOf(config, { influxToken, influxPassword }),
    ...(adminToken === undefined ? {} : { adminToken }),
    ...(webhookSecret === undefined ? {} : { webhookSecret }),
    ...(smtpPassword === undefined ? {} : { smtpPassword }),
    ...(tls === undefined ? {} : { tls }),
  };
}

function warnUnknown(log: ReturnType<typeof createPinoLog>): void {
  for (const name of Object.keys(process.env)) {
    if (!name.startsWith("VOORZORG_") || name === "VOORZORG_CONFIG" || name in ENVIRONMENT)
      continue;
    log.warn({ variable: name }, "this environment variable is not known and has no effect");
  }
}

async function run(): Promise<void> {
  const config = loadConfig(process.env, folder);
  const log = createPinoLog(config.logLevel, "main");
  warnUnknown(log);
  const service = readService(config.serviceFile);
  const app = new App({
    config,
    ...(service && { service }),
    log,
    version: packageVersion(),
    pid: process.pid,
    sources: readSources(config),
    ...readSecrets(config),
    desks: config.desksDir === undefined ? [] : readDesks(config.desksDir),
    onFailure: (error) => {
      log.error({ reason: error.message, code: error.code }, "the gateway cannot go on");
      process.exit(1);
    },
  });
  let stopping = false;
  const stop = (signal: string): void => {
    if (stopping) return;
    stopping = true;
    log.info({ signal }, "stopping: no new messages, what is accepted is finished");
    setTimeout(() => process.exit(0), STOP_WITHIN_MS).unref();
    app[Symbol.asyncDispose]().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error(
          { reason: String(error) },
          "the stop was not clean; acknowledged data is durable",
        );
        process.exit(1);
      },
    );
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  const started = await app.start();
  announce(config, started);
}

function packageVersion(): string {
  const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

/** For people: where the console is and how to get in. Logs stay machine-readable. */
function announce(config: Config, started: Awaited<ReturnType<App["start"]>>): void {
  const lines = [
    "",
    `  Console   ${started.http}`,
    `  Sign in   ${started.signInLink}   (once, within 30 minutes)`,
    ...(started.firstToken === undefined
      ? []
      : [`  Token     ${started.firstToken}   (admin, shown only now)`]),
    `  Devices   ${started.mqtt}`,
  ];
  if (started.open) {
    lines.push(
      "",
      "  REGISTRATION IS OPEN: any process on this machine may connect as any new device.",
      "  Write registration: closed in the configuration to require credentials.",
    );
  }
  if (!isLoopback(config.host))
    lines.push("", `  Reachable from outside on ${config.host}, with TLS.`);
  process.stderr.write(`${lines.join("\n")}\n\n`);
}

try {
  await run();
} catch (error) {
  // What was thrown on purpose explains itself; a stack would only hide it.
  process.stderr.write(
    error instanceof GatewayError
      ? `${error.code}: ${error.message}\n`
      : `The gateway could not start: ${error instanceof Error ? error.stack : String(error)}\n`,
  );
  process.exit(1);
}
