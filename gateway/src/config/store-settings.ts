import { z } from "zod";
import { choice, numeric, shown } from "./values.ts";

/**
 * Where samples go, complete and without any file left to read. Plain data: it is handed to the
 * thread that writes. The secrets in it are never logged.
 */
export type StoreConfig =
  | { readonly kind: "embedded" }
  | {
      readonly kind: "influx1";
      /** Scheme, host, port and perhaps a path; no credentials. */
      readonly url: string;
      readonly database: string;
      /** The database's default policy if it is not named. */
      readonly retentionPolicy?: string;
      readonly user?: string;
      readonly password?: string;
    }
  | {
      readonly kind: "influx2";
      readonly url: string;
      readonly org: string;
      readonly bucket: string;
      readonly token: string;
    };

export interface StoreSecrets {
  readonly influxToken?: string | undefined;
  readonly influxPassword?: string | undefined;
}

const Text = z.string().min(1).optional();

/** Settings of the stores, a part of `Config`. */
export const StoreSettings = z.strictObject({
  store: choice(["embedded", "influx1", "influx2"]).default("embedded"),
  influxUrl: z
    .url({
      protocol: /^https?$/,
      error: ({ input }) =>
        // What cannot be taken apart may hold a password.
        typeof input === "string" && input.includes("@")
          ? "this is no URL; write https://host:8086"
          : `${shown(input)} is no URL; write http://host:8086 or https://…`,
    })
    .optional(),
  influxOrg: Text,
  influxBucket: Text,
  influxToken: Text,
  influxTokenFile: Text,
  influxDatabase: Text,
  influxRetentionPolicy: Text,
  influxUser: Text,
  influxPassword: Text,
  influxPasswordFile: Text,
  /** Two weeks answer what an engineer looks at first, also while the remote store is down. */
  seriesLocalDays: z.preprocess(numeric, z.number().int().min(1)).default(14),
});
export type StoreSettings = z.output<typeof StoreSettings>;

type InfluxKey = Exclude<keyof StoreSettings, "store" | "seriesLocalDays">;

const ONLY_2: readonly InfluxKey[] = [
  "influxOrg",
  "influxBucket",
  "influxToken",
  "influxTokenFile",
];
const ONLY_1: readonly InfluxKey[] = [
  "influxDatabase",
  "influxRetentionPolicy",
  "influxUser",
  "influxPassword",
  "influxPasswordFile",
];

/** What is missing, contradicts itself or has no effect, each with what would be right. */
export function storeProblems(settings: StoreSettings): readonly string[] {
  if (settings.store === "embedded") {
    return foreign(settings, ["influxUrl", ...ONLY_1, ...ONLY_2], 'store: "influx1" or "influx2"');
  }
  const missing = (key: InfluxKey, what: string): readonly string[] =>
    settings[key] === undefined ? [`${key}: store "${settings.store}" needs ${what}`] : [];
  const problems = [...missing("influxUrl", "the address, http://host:8086")];
  if (settings.influxUrl !== undefined) problems.push(...urlProblems(settings.influxUrl));
  if (settings.store === "influx2") {
    problems.push(
      ...missing("influxOrg", "the organisation's name or id"),
      ...missing("influxBucket", "the bucket's name"),
      ...oneOf(settings, { value: "influxToken", file: "influxTokenFile", needed: true }),
      ...foreign(settings, ONLY_1, 'store: "influx1"'),
    );
    return problems;
  }
  problems.push(
    ...missing("influxDatabase", "the database's name"),
    ...oneOf(settings, { value: "influxPassword", file: "influxPasswordFile", needed: false }),
    ...foreign(settings, ONLY_2, 'store: "influx2"'),
  );
  const withPassword =
    settings.influxPassword !== undefined || settings.influxPasswordFile !== undefined;
  if (withPassword !== (settings.influxUser !== undefined)) {
    problems.push(
      "influxUser and influxPassword: set both (the password by value or file), or none",
    );
  }
  return problems;
}

/** The secrets may come from files, which the caller has read. */
export function storeConfigOf(settings: StoreSettings, secrets: StoreSecrets = {}): StoreConfig {
  const { influxUrl: url = "" } = settings;
  if (settings.store === "influx2") {
    const { influxOrg: org = "", influxBucket: bucket = "" } = settings;
    const token = secrets.influxToken ?? settings.influxToken ?? "";
    return { kind: "influx2", url, org, bucket, token };
  }
  if (settings.store === "influx1") {
    const { influxDatabase: database = "", influxRetentionPolicy, influxUser } = settings;
    const password = secrets.influxPassword ?? settings.influxPassword;
    return {
      kind: "influx1",
      url,
      database,
      ...(influxRetentionPolicy === undefined ? {} : { retentionPolicy: influxRetentionPolicy }),
      ...(influxUser === undefined ? {} : { user: influxUser }),
      ...(password === undefined ? {} : { password }),
    };
  }
  return { kind: "embedded" };
}

function foreign(
  settings: StoreSettings,
  keys: readonly InfluxKey[],
  where: string,
): readonly string[] {
  return keys
    .filter((key) => settings[key] !== undefined)
    .map(
      (key) =>
        `${key}: has no effect with store "${settings.store}"; leave it out or write ${where}`,
    );
}

function oneOf(
  settings: StoreSettings,
  pair: { readonly value: InfluxKey; readonly file: InfluxKey; readonly needed: boolean },
): readonly string[] {
  const given = [pair.value, pair.file].filter((key) => settings[key] !== undefined);
  if (given.length > 1) return [`${pair.value} and ${pair.file}: set only one of them`];
  if (given.length === 1 || !pair.needed) return [];
  return [`${pair.value}: store "${settings.store}" needs it, or ${pair.file}`];
}

function urlProblems(text: string): readonly string[] {
  const url = new URL(text);
  const problems: string[] = [];
  if (url.username !== "" || url.password !== "") {
    problems.push(
      "influxUrl: holds credentials, which would be logged; use influxToken, or influxUser and influxPassword",
    );
  }
  if (url.search !== "" || url.hash !== "") {
    problems.push(`influxUrl: ends in ${shown(url.search + url.hash)}; leave that out`);
  }
  return problems;
}
