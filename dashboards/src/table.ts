import * as common from "@grafana/grafana-foundation-sdk/common";
import type { DynamicConfigValue, ValueMapping } from "@grafana/grafana-foundation-sdk/dashboard";
import * as table from "@grafana/grafana-foundation-sdk/table";
import type { CellLink } from "./links.ts";
import type { About, Placed } from "./panels.ts";
import { CHART_HEIGHT, placed } from "./panels.ts";
import { DATASOURCE } from "./target.ts";

export interface TableColumn {
  /** As the query names it. */
  readonly name: string;
  readonly title: string;
  readonly unit?: string;
  readonly decimals?: number;
  readonly mappings?: ValueMapping[];
  readonly links?: readonly CellLink[];
}

/** Rows, sorted; what is not named among the columns is shown as it comes. */
export function rows(
  about: About & {
    readonly columns: readonly TableColumn[];
    /** Names of columns, the highest first; `-name`: the lowest first. */
    readonly sortBy: readonly string[];
    /** The queries answer about the same things: one row for each. */
    readonly merge?: boolean;
    /** A row per value of a column, with the count of another; it is called `<counted> (count)`. */
    readonly countBy?: { readonly name: string; readonly counted: string };
  },
): Placed {
  const { columns, sortBy } = about;
  const order = sortBy.map((entry) => {
    const name = entry.replace(/^-/, "");
    const title = columns.find((column) => column.name === name)?.title ?? name;
    return new common.TableSortByFieldStateBuilder().displayName(title).desc(name === entry);
  });
  const panel = new table.PanelBuilder()
    .title(about.title)
    .description(about.description)
    .datasource(DATASOURCE)
    .targets([...about.targets])
    .filterable(true)
    .sortBy(order)
    .noValue("");
  if (about.merge === true) panel.withTransformation({ id: "merge", options: {} });
  if (about.countBy !== undefined) {
    const { name, counted } = about.countBy;
    const fields = {
      [name]: { aggregations: [], operation: "groupby" },
      [counted]: { aggregations: ["count"], operation: "aggregate" },
    };
    panel.withTransformation({ id: "groupBy", options: { fields } });
  }
  const names = columns.map(({ name }) => name);
  panel.withTransformation({
    id: "organize",
    options: {
      // The time of a query that has no single moment is the beginning of the range.
      excludeByName: names.includes("Time") ? {} : { Time: true },
      indexByName: Object.fromEntries(names.map((name, index) => [name, index])),
      renameByName: {},
    },
  });
  for (const column of columns) panel.overrideByName(column.name, properties(column));
  return placed(panel, about, CHART_HEIGHT);
}

function properties(column: TableColumn): DynamicConfigValue[] {
  const { title, unit, decimals, mappings, links } = column;
  return [
    { id: "displayName", value: title },
    ...(unit === undefined ? [] : [{ id: "unit", value: unit }]),
    ...(decimals === undefined ? [] : [{ id: "decimals", value: decimals }]),
    ...(mappings === undefined
      ? []
      : [
          { id: "mappings", value: mappings },
          { id: "custom.cellOptions", value: { type: "color-text" } },
        ]),
    ...(links === undefined ? [] : [{ id: "links", value: links }]),
  ];
}
