import * as units from "@grafana/grafana-foundation-sdk/units";
import type { ClassicDashboard, QueryPanel } from "./classic-model.ts";
import { queryPanels } from "./classic-model.ts";
import { TAG } from "./dashboard.ts";
import { lintLinks } from "./lint-links.ts";
import { lintQueries } from "./lint-queries.ts";
import { COLORS } from "./look.ts";

type Rule = (dashboard: ClassicDashboard) => readonly string[];
type PanelRule = (panel: QueryPanel) => readonly string[];

const KNOWN_UNITS = new Set<unknown>(Object.values(units));
const WITH_UNIT: readonly string[] = ["stat", "timeseries"];
const LEAST_REFRESH_S = 30;

const named: PanelRule = ({ title, description }) => [
  ...(title.trim() === "" ? ["has no title"] : []),
  ...(description.trim() === "" ? ["has no description"] : []),
];

const withUnit: PanelRule = ({ type, fieldConfig }) => {
  const { unit } = fieldConfig.defaults;
  const others = fieldConfig.overrides
    .flatMap(({ properties }) => properties)
    .filter(({ id }) => id === "unit")
    .map(({ value }) => value);
  const wrong = [...(unit === undefined ? [] : [unit]), ...others].filter((one) => !isUnit(one));
  return [
    ...(WITH_UNIT.includes(type) && unit === undefined ? ["has no unit"] : []),
    ...wrong.map((one) => `${String(one)} is no unit of Grafana`),
  ];
};

const isUnit = (unit: unknown): boolean =>
  KNOWN_UNITS.has(unit) || (typeof unit === "string" && /^(suffix|prefix):./.test(unit));

const withQueries: PanelRule = ({ targets }) => {
  const ids = targets.map(({ refId }) => refId);
  return [
    ...(ids.length === 0 ? ["asks nothing"] : []),
    ...(new Set(ids).size < ids.length ? ["has two queries of one refId"] : []),
  ];
};

/** One table of colours and texts; a colour that has no text says nothing to some readers. */
const readable: PanelRule = ({ fieldConfig }) => {
  const { defaults, overrides } = fieldConfig;
  const properties = overrides.flatMap((override) => override.properties);
  const mappings = [
    ...(defaults.mappings ?? []),
    ...properties.filter(({ id }) => id === "mappings").flatMap(({ value }) => mappingsIn(value)),
  ].flatMap(({ options }) => Object.values(options));
  const used = [
    ...mappings.map(({ color }) => color),
    ...(defaults.thresholds?.steps ?? []).map(({ color }) => color),
    ...properties.filter(({ id }) => id === "color").map(({ value }) => fixedColor(value)),
  ].filter((color) => color !== undefined);
  const silent = overrides.filter(
    (override) =>
      override.properties.some(({ id }) => id === "color") &&
      !override.properties.some(({ id, value }) => id === "displayName" && value !== ""),
  );
  return [
    ...mappings.filter(({ text }) => text.trim() === "").map(() => "has a colour without a text"),
    ...silent.map(() => "has a coloured curve without a text"),
    ...used.filter((color) => !PALETTE.has(color)).map((color) => `${color} is not in the palette`),
  ];
};

const PALETTE = new Set<string>(Object.values(COLORS));
type Mappings = NonNullable<QueryPanel["fieldConfig"]["defaults"]["mappings"]>;
const mappingsIn = (value: unknown): Mappings => (Array.isArray(value) ? value : []);
const fixedColor = (value: unknown): string | undefined =>
  typeof value === "object" && value !== null && "fixedColor" in value
    ? String(value.fixedColor)
    : undefined;

const PANEL_RULES: readonly PanelRule[] = [named, withUnit, withQueries, readable];

const panels: Rule = (dashboard) =>
  queryPanels(dashboard).flatMap((panel) =>
    PANEL_RULES.flatMap((rule) => rule(panel)).map(
      (problem) => `panel ${panel.id} "${panel.title}": ${problem}`,
    ),
  );

const sections: Rule = ({ panels: all }) =>
  all
    .filter(({ type, title }) => type === "row" && title.trim() === "")
    .map(({ id }) => `row ${id}: has no title`);

const uniqueIds: Rule = ({ panels: all }) =>
  doubles(
    all.map(({ id }) => id),
    "panel id",
  );

const places: Rule = ({ panels: all }) =>
  all.flatMap(({ id, gridPos }, index) => {
    const { x, w } = gridPos;
    const over = all.slice(index + 1).filter((other) => overlap(gridPos, other.gridPos));
    return [
      ...(x + w > 24 ? [`panel ${id}: ends beyond the 24 columns`] : []),
      ...over.map((other) => `panel ${id}: lies over panel ${other.id}`),
    ];
  });

type Place = QueryPanel["gridPos"];
const overlap = (a: Place, b: Place): boolean =>
  a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;

const dataSource: Rule = ({ templating }) => {
  const found = templating.list.find(({ type }) => type === "datasource");
  return found?.name === "datasource" && found.label === "Data source"
    ? []
    : ['needs a data source variable "datasource" with the label "Data source"'];
};

const ALWAYS = new Set(["datasource"]);

const variables: Rule = (dashboard) => {
  const { templating, panels: shown, annotations } = dashboard;
  const known = templating.list.map(({ name }) => name);
  const elsewhere = (name: string): string =>
    JSON.stringify([
      shown,
      annotations,
      templating.list.filter((one) => one.name !== name).map(({ query }) => query),
    ]);
  const unused = known.filter((name) => {
    const use = new RegExp(`\\$(?:${name}\\b|\\{${name}[:}])`);
    return !(ALWAYS.has(name) || use.test(elsewhere(name)));
  });
  const used = [...JSON.stringify([shown, annotations, templating]).matchAll(/\$\{?([a-zA-Z_]+)/g)]
    .map(([, name = ""]) => name)
    .filter((name) => !(name.startsWith("__") || MACROS.has(name)));
  const strange = [...new Set(used)].filter((name) => !known.includes(name));
  const stale = templating.list.filter(({ type, refresh }) => type === "query" && refresh !== 2);
  return [
    ...doubles(known, "variable"),
    ...unused.map((name) => `variable ${name}: nothing uses it`),
    ...strange.map((name) => `$${name}: there is no such variable`),
    ...stale.map(({ name }) => `variable ${name}: is not asked again when the range changes`),
    ...templating.list
      .filter(({ label = "" }) => label.trim() === "")
      .map(({ name }) => `variable ${name}: has no label`),
  ];
};

/** Of the data source: in queries, and in names of curves. */
const MACROS = new Set(["timeFilter", "col", "tag_kind", "tag_severity", "tag_device"]);
for (const tag of ["product", "level", "rule", "cohort", "thread"]) MACROS.add(`tag_${tag}`);

const settings: Rule = ({ editable, graphTooltip, refresh, tags, links }) => {
  const [, count = "0", unit = ""] = /^(\d+)([smh])$/.exec(refresh) ?? [];
  const seconds = Number(count) * (unit === "s" ? 1 : 60);
  const onward = links.find(({ type }) => type === "dashboards");
  return [
    ...(editable ? ["is editable: changes would be lost"] : []),
    ...(graphTooltip === 0 ? ["charts do not share their cross-hair"] : []),
    ...(seconds < LEAST_REFRESH_S ? [`refresh ${refresh}: at least ${LEAST_REFRESH_S}s`] : []),
    ...(tags.includes(TAG) ? [] : [`has no tag ${TAG}`]),
    ...(onward?.keepTime === true && onward.includeVars
      ? []
      : ["needs a link to the others that keeps the time range and the variables"]),
  ];
};

const RULES: readonly Rule[] = [
  panels,
  sections,
  uniqueIds,
  places,
  dataSource,
  variables,
  settings,
  lintQueries,
];

function doubles(values: readonly (string | number)[], what: string): readonly string[] {
  const twice = values.filter((value, index) => values.indexOf(value) !== index);
  return [...new Set(twice)].map((value) => `${what} ${value} is there twice`);
}

/** What is wrong with dashboards that belong together; none: they may be provisioned. */
export function lint(dashboards: readonly ClassicDashboard[]): readonly string[] {
  const uids = dashboards.map(({ uid }) => uid);
  return [
    ...doubles(uids, "uid"),
    ...doubles(
      dashboards.map(({ title }) => title),
      "title",
    ),
    ...dashboards.flatMap((dashboard) =>
      [...RULES.flatMap((rule) => rule(dashboard)), ...lintLinks(dashboard, uids)].map(
        (problem) => `${dashboard.uid}: ${problem}`,
      ),
    ),
  ];
}
