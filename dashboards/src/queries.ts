import type { Condition } from "./influxql.ts";
import { Column, isNot, Select, within } from "./influxql.ts";

export const ofProduct = within("product", "product");
export const ofDevice = within("device", "device");
export const ofKind = within("kind", "kind");

/** A count that is written per group, added up; `by` is what it is shown by. */
export function total(field: string, { from, groups, where = [], by = [] }: TotalOptions): Select {
  const every = "$__interval" as const;
  const newest = new Select([Column.of("last", field).as(field)], {
    from,
    where: [ofProduct, ...where],
    every,
    by: groups,
  });
  return new Select([Column.of("sum", field).as(field)], { from: newest, every, by });
}

interface TotalOptions {
  readonly from: string;
  /** All tags of the measurement. */
  readonly groups: readonly string[];
  readonly where?: readonly Condition[];
  readonly by?: readonly string[];
}

export const fleetTotal = (field: string): Select =>
  total(field, { from: "vz.fleet", groups: ["product"] });

export const openTotal = (field: string, by: readonly string[] = []): Select =>
  total(field, { from: "vz.case_open", groups: ["product", "kind", "severity"], by });

interface NewestOptions {
  readonly from: string;
  readonly where: readonly Condition[];
  readonly by: readonly string[];
  /** Of the newest values, by the names of the answer. */
  readonly only?: readonly Condition[];
}

/**
 * What each device (or rule) said last about each column, as one series: a series per device would meet the
 * limit that Grafana sets to their number.
 */
export function newestOf(fields: readonly string[], options: NewestOptions): Select {
  const { from, where, by, only = [] } = options;
  const newest = new Select(
    fields.map((field) => Column.of("last", field).as(nameOf(field))),
    { from, where, by },
  );
  return new Select([...fields.map(nameOf), ...by].map(Column.field), {
    from: newest,
    where: only,
  });
}

/** Without the suffixes of the schema, as columns are called in tables and links. */
const nameOf = (field: string): string => field.replace(/_(s|code)$/, "");

const STEP = ["id_s", "title_s", "status_s", "stage_s", "open_ms"];

/** Newest step of the case of each device and rule that is not resolved, with its own time. */
export function openCases(where: readonly Condition[]): Select {
  return new Select([...CASE_COLUMNS, ...CASE_TAGS].map(Column.field), {
    from: newestSteps(where),
    where: [isNot("status", "resolved")],
  });
}

/** Newest step of the case of each device and rule. */
const newestSteps = (where: readonly Condition[]): Select =>
  new Select(
    [Column.of("last", "n").as("n"), ...STEP.map((field) => Column.field(field).as(nameOf(field)))],
    { from: "vz.case", where, by: CASE_TAGS },
  );

const CASE_TAGS = ["product", "device", "rule", "kind", "severity"];
const CASE_COLUMNS = ["id", "title", "status", "stage", "open_ms"];

/** How many steps of one kind there were. */
export const steps = (event: string, { where = [], by = [], every }: StepOptions = {}): Select =>
  new Select([Column.of("sum", "n").as(event)], {
    from: "vz.case",
    where: [ofProduct, `"event" = '${event}'`, ...where],
    by,
    ...(every !== undefined && { every, fill: 0 }),
  });

interface StepOptions {
  readonly where?: readonly Condition[];
  readonly by?: readonly string[];
  readonly every?: "$__interval";
}
