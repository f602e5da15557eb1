import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import type { VariableModel } from "@grafana/grafana-foundation-sdk/dashboard";
import {
  ConstantVariableBuilder,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { DATASOURCE } from "./target.ts";

type Variable = Builder<VariableModel>;

export const datasource = (): Variable =>
  new DatasourceVariableBuilder("datasource").label("Data source").type("influxdb");

/** Where the console is. Grafana cannot hand its environment to dashboards, so the generator is told. */
export const consoleAt = (url: string): Variable =>
  new ConstantVariableBuilder("console").label("Console").value(url);

interface Asked {
  readonly name: string;
  readonly label: string;
  readonly description: string;
  readonly query: string;
  /** Of the values that are found, those that match. */
  readonly regex?: string;
}

const asked = ({ name, label, description, query, regex }: Asked): QueryVariableBuilder => {
  const variable = new QueryVariableBuilder(name)
    .label(label)
    .description(description)
    .datasource(DATASOURCE)
    .query(query)
    // With the time range: names come and go.
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.NaturalAsc);
  return regex === undefined ? variable : variable.regex(regex);
};

/** Exactly one value; queries say `= '$name'`. */
export const one = (about: Asked): Variable => asked(about).multi(false).includeAll(false);

/**
 * Any number of values, all at first; queries say `=~ /^$name$/`. All is one pattern instead of the list of
 * all names, which for thousands of devices would be too long, and it matches an absent tag as well.
 */
export const any = (about: Asked): Variable =>
  asked(about)
    .multi(true)
    .includeAll(true)
    .allValue(".*")
    .current({ selected: true, text: "All", value: "$__all" });
