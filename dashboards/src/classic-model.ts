import { z } from "zod";

/**
 * The part of Grafana's classic dashboard model (schema version 42) that file provisioning reads and
 * that our dashboards use. Strict where a wrong key would be ignored in silence.
 */
const dataSourceRef = z.strictObject({
  type: z.literal("influxdb"),
  uid: z.literal("${datasource}"),
});

const target = z.strictObject({
  refId: z.string().regex(/^[A-Z]$/),
  datasource: dataSourceRef,
  rawQuery: z.literal(true),
  query: z.string().min(1),
  resultFormat: z.enum(["time_series", "table"]),
  alias: z.string().min(1).optional(),
});

const gridPos = z.strictObject({
  x: z.int().min(0).max(23),
  y: z.int().min(0),
  w: z.int().min(1).max(24),
  h: z.int().min(1),
});

const property = z.strictObject({ id: z.string().min(1), value: z.unknown() });

const valueMapping = z.strictObject({
  type: z.literal("value"),
  options: z.record(
    z.string(),
    z.strictObject({ text: z.string(), color: z.string(), index: z.int() }),
  ),
});

const fieldConfig = z.strictObject({
  defaults: z.looseObject({
    unit: z.string().optional(),
    decimals: z.number().optional(),
    min: z.number().optional(),
    max: z.number().optional(),
    mappings: z.array(valueMapping).optional(),
    thresholds: z
      .strictObject({
        mode: z.enum(["absolute", "percentage"]),
        steps: z.array(z.strictObject({ value: z.number().nullable(), color: z.string() })),
      })
      .optional(),
    color: z.strictObject({ mode: z.string(), fixedColor: z.string().optional() }).optional(),
    links: z.array(z.looseObject({ title: z.string(), url: z.string() })).optional(),
    noValue: z.string().optional(),
    custom: z.record(z.string(), z.unknown()).optional(),
  }),
  overrides: z.array(
    z.strictObject({
      matcher: z.strictObject({ id: z.string(), options: z.unknown() }),
      properties: z.array(property),
    }),
  ),
});

const rowPanel = z.strictObject({
  type: z.literal("row"),
  id: z.int().min(1),
  title: z.string(),
  collapsed: z.literal(false),
  gridPos,
  panels: z.tuple([]),
});

const queryPanel = z.strictObject({
  type: z.enum(["geomap", "stat", "state-timeline", "table", "timeseries"]),
  id: z.int().min(1),
  title: z.string(),
  description: z.string(),
  datasource: dataSourceRef,
  gridPos,
  targets: z.array(target),
  interval: z.string().optional(),
  timeFrom: z.string().optional(),
  transparent: z.boolean().optional(),
  repeatDirection: z.literal("h").optional(),
  transformations: z
    .array(z.strictObject({ id: z.string(), options: z.record(z.string(), z.unknown()) }))
    .optional(),
  options: z.record(z.string(), z.unknown()).optional(),
  fieldConfig,
});

const variable = z.looseObject({
  type: z.enum(["constant", "datasource", "query"]),
  name: z.string().regex(/^[a-z_]+$/),
  label: z.string().optional(),
  description: z.string().optional(),
  query: z.union([z.string(), z.record(z.string(), z.unknown())]).optional(),
  datasource: dataSourceRef.optional(),
  refresh: z.int().optional(),
  multi: z.boolean().optional(),
  includeAll: z.boolean().optional(),
  allValue: z.string().optional(),
  regex: z.string().optional(),
});

const annotation = z.looseObject({
  name: z.string(),
  datasource: dataSourceRef,
  enable: z.boolean(),
  iconColor: z.string(),
  target: z.looseObject({
    query: z.string(),
    textColumn: z.string().min(1),
    tagsColumn: z.string().min(1),
    timeEndColumn: z.string(),
  }),
});

export const classicDashboard = z.strictObject({
  uid: z.string().regex(/^vz-[a-z0-9-]{1,37}$/),
  title: z.string().min(1),
  description: z.string().min(1),
  tags: z.array(z.string()),
  timezone: z.literal("browser"),
  editable: z.boolean(),
  graphTooltip: z.int().min(0).max(2),
  time: z.strictObject({ from: z.string(), to: z.literal("now") }),
  timepicker: z.looseObject({ refresh_intervals: z.array(z.string()) }),
  fiscalYearStartMonth: z.int(),
  refresh: z.string(),
  schemaVersion: z.int().min(36),
  panels: z.array(z.union([rowPanel, queryPanel])),
  templating: z.strictObject({ list: z.array(variable) }),
  annotations: z.strictObject({ list: z.array(annotation) }),
  links: z.array(
    z.looseObject({
      title: z.string(),
      type: z.string(),
      keepTime: z.boolean(),
      includeVars: z.boolean(),
    }),
  ),
});

export type ClassicDashboard = z.infer<typeof classicDashboard>;
export type QueryPanel = z.infer<typeof queryPanel>;

export const queryPanels = ({ panels }: ClassicDashboard): readonly QueryPanel[] =>
  panels.filter((panel) => panel.type !== "row");
