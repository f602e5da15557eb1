import { isAbsolute, resolve } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { GatewayError } from "#domain/errors.ts";
import { StoreSettings, storeProblems } from "./store-settings.ts";
import { choice, numeric, shown } from "./values.ts";

/** The configuration is wrong; the message lists every problem with its place and what would be right. */
export class ConfigError extends GatewayError {
  readonly code = "VZ_CONFIG_INVALID";
  readonly problems: readonly string[];

  constructor(problems: readonly string[], options: ErrorOptions & { readonly source: string }) {
    const lines = problems.map((p) => `  - ${p}`).join("\n");
    super(`${options.source} has ${problems.length} problem(s):\n${lines}`, options);
    this.problems = problems;
  }
}

const notPort = ({ input }: { readonly input?: unknown }) =>
  `${shown(input)} is no port; write 0 (any free one) to 65535`;
const Port = z.preprocess(
  numeric,
  z
    .number({ error: notPort })
    .int({ error: notPort })
    .min(0, { error: notPort })
    .max(65_535, { error: notPort }),
);

/**
 * Every setting with its default and the reason for it. Paths are relative to the working folder.
 * Exported for docs/configuration.md, which a test keeps in step.
 */
export const Config = z.strictObject({
  /** Loopback: nothing is reachable from outside until TLS and credentials are set up. */
  host: z.string().min(1).default("127.0.0.1"),
  mqttPort: Port.default(1883),
  httpPort: Port.default(8080),
  dataDir: z.string().min(1).default("./data"),
  /** Added to the shipped ones. */
  rulesDirs: z.array(z.string().min(1)).default([]),
  productsDirs: z.array(z.string().min(1)).default([]),
  /** PEM files; both or none. */
  tlsCert: z.string().min(1).optional(),
  tlsKey: z.string().min(1).optional(),
  adminToken: z.string().min(1).optional(),
  adminTokenFile: z.string().min(1).optional(),
  ...StoreSettings.shape,
  clock: choice(["live", "event"]).default("live"),
  /** `auto`: open on loopback, where every process is trusted anyway; closed elsewhere. */
  registration: choice(["auto", "open", "closed"]).default("auto"),
  webhookUrl: z
    .url({ error: ({ input }) => `${shown(input)} is no URL; write https://…` })
    .optional(),
  /** `whsec_` and base64 of 24 to 64 random bytes, see standardwebhooks.com. */
  webhookSecretFile: z.string().min(1).optional(),
  /** Mail server for notices and digests, `smtps://user@host` or `smtp://host:587`; never with the password. */
  smtpUrl: z.string().min(1).optional(),
  smtpPasswordFile: z.string().min(1).optional(),
  /** Sender of all mails, `Name <box@example.com>`. */
  mailFrom: z.string().min(1).optional(),
  /** How people reach the console, for links in tickets and mails; absent: where it listens. */
  publicUrl: z
    .url({ error: ({ input }) => `${shown(input)} is no URL; write https://…` })
    .transform((url) => url.replace(/\/+$/, ""))
    .optional(),
  /** Folder with a file per desk. */
  desksDir: z.string().min(1).optional(),
  /** Teams, calendars and service levels; without it nothing is promised and no clock runs. */
  serviceFile: z.string().min(1).optional(),
  /** Days that samples are kept; a season and a month more, to compare with last year. */
  seriesKeepDays: z.preprocess(numeric, z.number().int().min(1)).default(400),
  /** Days that a resolved case is kept with its timeline; two years and a season, as warranties run. */
  casesKeepDays: z.preprocess(numeric, z.number().int().min(60)).default(800),
  /** Days that a message that nobody understood is kept; the newest 100,000 at most. */
  quarantineKeepDays: z.preprocess(numeric, z.number().int().min(1)).default(90),
  /** Devices connected at once; a process of 20,000 fits in 1 GB and in the usual limits of open files. */
  maxConnections: z.preprocess(numeric, z.number().int().min(1).max(1_000_000)).default(20_000),
  logLevel: choice(["debug", "info", "warn", "error", "silent"]).default("info"),
});
export type Config = z.output<typeof Config>;

/** Environment variable of each setting that has one. */
export const ENVIRONMENT = {
  VOORZORG_HOST: "host",
  VOORZORG_MQTT_PORT: "mqttPort",
  VOORZORG_HTTP_PORT: "httpPort",
  VOORZORG_DATA_DIR: "dataDir",
  VOORZORG_RULES_DIR: "rulesDirs",
  VOORZORG_PRODUCTS_DIR: "productsDirs",
  VOORZORG_TLS_CERT: "tlsCert",
  VOORZORG_TLS_KEY: "tlsKey",
  VOORZORG_ADMIN_TOKEN: "adminToken",
  VOORZORG_ADMIN_TOKEN_FILE: "adminTokenFile",
  VOORZORG_STORE: "store",
  VOORZORG_INFLUX_URL: "influxUrl",
  VOORZORG_INFLUX_ORG: "influxOrg",
  VOORZORG_INFLUX_BUCKET: "influxBucket",
  VOORZORG_INFLUX_TOKEN: "influxToken",
  VOORZORG_INFLUX_TOKEN_FILE: "influxTokenFile",
  VOORZORG_INFLUX_DATABASE: "influxDatabase",
  VOORZORG_INFLUX_RETENTION_POLICY: "influxRetentionPolicy",
  VOORZORG_INFLUX_USER: "influxUser",
  VOORZORG_INFLUX_PASSWORD: "influxPassword",
  VOORZORG_INFLUX_PASSWORD_FILE: "influxPasswordFile",
  VOORZORG_CLOCK: "clock",
  VOORZORG_REGISTRATION: "registration",
  VOORZORG_WEBHOOK_URL: "webhookUrl",
  VOORZORG_WEBHOOK_SECRET_FILE: "webhookSecretFile",
  VOORZORG_SMTP_URL: "smtpUrl",
  VOORZORG_SMTP_PASSWORD_FILE: "smtpPasswordFile",
  VOORZORG_MAIL_FROM: "mailFrom",
  VOORZORG_DESKS_DIR: "desksDir",
  VOORZORG_SERVICE_FILE: "serviceFile",
  VOORZORG_PUBLIC_URL: "publicUrl",
  VOORZORG_LOG_LEVEL: "logLevel",
} as const satisfies Readonly<Record<string, keyof Config>>;

const LISTS: ReadonlySet<string> = new Set(["rulesDirs", "productsDirs"]);
const LOOPBACK = new Set(["127.0.0.1", "::1", "localhost"]);

export const isLoopback = (host: string): boolean => LOOPBACK.has(host);

/**
 * Reads the YAML text of the configuration file ("" = none) and the environment, which wins.
 *
 * @throws ConfigError with all problems at once.
 */
export function readConfig(
  file: { readonly path: string; readonly text: string },
  env: Readonly<Record<string, string | undefined>>,
  folder: string,
): Config {
  const source = file.path === "" ? "The environment" : `${file.path} with the environment`;
  const merged: Record<string, unknown> = { ...yamlObject(file) };
  for (const [name, key] of Object.entries(ENVIRONMENT)) {
    const value = env[name];
    if (value === undefined || value === "") continue;
    merged[key] = LISTS.has(key) ? value.split(":").filter((part) => part !== "") : value;
  }
  const parsed = Config.safeParse(merged);
  if (!parsed.success) throw new ConfigError(parsed.error.issues.map(problem), { source });
  const config = withPaths(parsed.data, folder);
  const problems = crossChecks(config);
  if (problems.length > 0) throw new ConfigError(problems, { source });
  return config;
}

function yamlObject(file: { readonly path: string; readonly text: string }): object {
  if (file.text.trim() === "") return {};
  let content: unknown;
  try {
    content = parse(file.text);
  } catch (error) {
    throw new ConfigError([`not YAML: ${String(error)}`], { source: file.path, cause: error });
  }
  // Comments only.
  if (content === null) return {};
  if (typeof content === "object" && !Array.isArray(content)) return content;
  throw new ConfigError([`${shown(content)} is no mapping; write "key: value" lines`], {
    source: file.path,
  });
}

function problem(issue: z.core.$ZodIssue): string {
  const key = issue.path.join(".");
  const variable = variableOf(issue.path[0]);
  const name = key === "" ? "(top level)" : variable === undefined ? key : `${key} (${variable})`;
  const known = Object.keys(Config.shape).join(", ");
  const hint = issue.code === "unrecognized_keys" ? `; known keys are ${known}` : "";
  return `${name}: ${issue.message}${hint}`;
}

const variableOf = (key: unknown): string | undefined =>
  Object.entries(ENVIRONMENT).find(([, known]) => known === key)?.[0];

/** "key: text" becomes "key (VARIABLE): text". */
const withVariables = (text: string): string =>
  text.replace(/^\w+(?=:)/, (key) => {
    const variable = variableOf(key);
    return variable === undefined ? key : `${key} (${variable})`;
  });

function withPaths(config: Config, folder: string): Config {
  const full = (path: string): string => (isAbsolute(path) ? path : resolve(folder, path));
  const optional = (path: string | undefined) => (path === undefined ? undefined : full(path));
  return {
    ...config,
    dataDir: full(config.dataDir),
    rulesDirs: config.rulesDirs.map(full),
    productsDirs: config.productsDirs.map(full),
    tlsCert: optional(config.tlsCert),
    tlsKey: optional(config.tlsKey),
    adminTokenFile: optional(config.adminTokenFile),
    webhookSecretFile: optional(config.webhookSecretFile),
    serviceFile: optional(config.serviceFile),
    smtpPasswordFile: optional(config.smtpPasswordFile),
    desksDir: optional(config.desksDir),
    influxTokenFile: optional(config.influxTokenFile),
    influxPasswordFile: optional(config.influxPasswordFile),
  };
}

function crossChecks(config: Config): readonly string[] {
  const problems: string[] = [];
  const tls = config.tlsCert !== undefined;
  if (tls !== (config.tlsKey !== undefined)) {
    problems.push("tlsCert and tlsKey: set both VOORZORG_TLS_CERT and VOORZORG_TLS_KEY, or none");
  }
  const away = !isLoopback(config.host);
  if (away && !tls) {
    problems.push(
      `host: ${shown(config.host)} is reachable from outside and needs TLS; set VOORZORG_TLS_CERT and VOORZORG_TLS_KEY, or listen on 127.0.0.1`,
    );
  }
  if (away && config.registration === "open") {
    problems.push(
      `registration: "open" lets any device in and is refused on ${shown(config.host)}; write "closed"`,
    );
  }
  if (config.adminToken !== undefined && config.adminTokenFile !== undefined) {
    problems.push("adminToken and adminTokenFile: set only one of them");
  }
  if ((config.webhookUrl === undefined) !== (config.webhookSecretFile === undefined)) {
    problems.push("webhookUrl and webhookSecretFile: set both, or none");
  }
  if ((config.smtpUrl === undefined) !== (config.mailFrom === undefined)) {
    problems.push(
      "smtpUrl and mailFrom: set both VOORZORG_SMTP_URL and VOORZORG_MAIL_FROM, or none",
    );
  }
  if (config.smtpPasswordFile !== undefined && config.smtpUrl === undefined) {
    problems.push("smtpPasswordFile: it is the password of the user in smtpUrl, which is not set");
  }
  problems.push(...storeProblems(config).map(withVariables));
  return problems;
}
