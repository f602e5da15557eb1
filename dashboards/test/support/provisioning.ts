import { readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { z } from "zod";

/** The documented shape of Grafana's provisioning files, as far as ours use it. */
const FOLDER = path.join(import.meta.dirname, "..", "..", "provisioning");

export const readYaml = (file: string): unknown =>
  parse(readFileSync(path.join(FOLDER, file), "utf8"));

export const readText = (file: string): string => readFileSync(path.join(FOLDER, file), "utf8");

/** Grafana replaces it by a variable of its environment. */
const fromEnvironment = z.string().regex(/^([A-Za-z]+ )?\$[A-Z_]+$/);
const duration = z.string().regex(/^\d+[smh]$/);

export const dataSources = z.strictObject({
  apiVersion: z.literal(1),
  datasources: z.array(
    z.strictObject({
      name: z.string().min(1),
      uid: z.string().regex(/^[a-z0-9-]{1,40}$/),
      type: z.literal("influxdb"),
      access: z.literal("proxy"),
      isDefault: z.boolean(),
      url: fromEnvironment,
      jsonData: z.strictObject({
        version: z.literal("InfluxQL"),
        dbName: fromEnvironment,
        httpMode: z.enum(["GET", "POST"]),
        timeInterval: duration,
        httpHeaderName1: z.literal("Authorization"),
      }),
      secureJsonData: z.strictObject({ httpHeaderValue1: fromEnvironment }),
      editable: z.literal(false),
    }),
  ),
});

export const providers = z.strictObject({
  apiVersion: z.literal(1),
  providers: z.array(
    z.strictObject({
      name: z.string().min(1),
      type: z.literal("file"),
      updateIntervalSeconds: z.int().min(10),
      allowUiUpdates: z.literal(false),
      disableDeletion: z.boolean(),
      // With folders from the structure of files, `folder` must be empty.
      options: z.strictObject({
        path: z.string().startsWith("/"),
        foldersFromFilesStructure: z.literal(true),
      }),
    }),
  ),
});

const range = z.strictObject({ from: z.int().positive(), to: z.literal(0) });

const influxQuery = z.strictObject({
  refId: z.string(),
  relativeTimeRange: range,
  datasourceUid: z.literal("influxdb-telemetry"),
  model: z.strictObject({
    refId: z.string(),
    rawQuery: z.literal(true),
    resultFormat: z.literal("time_series"),
    query: z.string().min(1),
  }),
});

const reduce = z.strictObject({
  refId: z.string(),
  type: z.literal("reduce"),
  expression: z.string(),
  reducer: z.enum(["last", "max", "mean", "min", "sum"]),
  settings: z.strictObject({ mode: z.literal("dropNN") }),
});

const threshold = z.strictObject({
  refId: z.string(),
  type: z.literal("threshold"),
  expression: z.string(),
  conditions: z.tuple([
    z.strictObject({
      evaluator: z.strictObject({ type: z.enum(["gt", "lt"]), params: z.tuple([z.number()]) }),
    }),
  ]),
});

const expression = z.strictObject({
  refId: z.string(),
  relativeTimeRange: range,
  datasourceUid: z.literal("__expr__"),
  model: z.union([reduce, threshold]),
});

export const alertRules = z.strictObject({
  apiVersion: z.literal(1),
  groups: z.array(
    z.strictObject({
      orgId: z.literal(1),
      name: z.string().min(1),
      folder: z.string().min(1),
      interval: duration,
      rules: z.array(
        z.strictObject({
          uid: z.string().regex(/^[a-z0-9-]{1,40}$/),
          title: z.string().min(1).max(190),
          condition: z.string(),
          for: duration,
          noDataState: z.enum(["Alerting", "NoData", "OK", "KeepLast"]),
          execErrState: z.enum(["Alerting", "Error", "OK", "KeepLast"]),
          dashboardUid: z.string(),
          panelId: z.int(),
          labels: z.strictObject({ severity: z.enum(["warning", "critical"]) }),
          annotations: z.strictObject({
            summary: z.string().min(1),
            description: z.string().min(1),
          }),
          data: z.tuple([influxQuery, expression, expression]),
        }),
      ),
    }),
  ),
});

export const contactPoints = z.strictObject({
  apiVersion: z.literal(1),
  contactPoints: z.array(
    z.strictObject({
      orgId: z.literal(1),
      name: z.string().min(1),
      receivers: z.array(
        z.strictObject({
          uid: z.string().regex(/^[a-z0-9-]{1,40}$/),
          type: z.union([fromEnvironment, z.enum(["email", "webhook"])]),
          settings: z.strictObject({ addresses: fromEnvironment, url: fromEnvironment }),
          disableResolveMessage: z.boolean(),
        }),
      ),
    }),
  ),
});

export const policies = z.strictObject({
  apiVersion: z.literal(1),
  policies: z.array(
    z.strictObject({
      orgId: z.literal(1),
      receiver: z.string(),
      group_by: z.array(z.string()),
      group_wait: duration,
      group_interval: duration,
      repeat_interval: duration,
    }),
  ),
});

export type AlertRule = z.infer<typeof alertRules>["groups"][number]["rules"][number];
export const readAlertRules = (): readonly AlertRule[] =>
  alertRules.parse(readYaml("alerting/rules.yaml")).groups.flatMap((group) => group.rules);
