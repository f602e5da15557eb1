import type { Builder, Dataquery } from "@grafana/grafana-foundation-sdk/cog";
import type { AnnotationQuery } from "@grafana/grafana-foundation-sdk/dashboard";
import { AnnotationQueryBuilder } from "@grafana/grafana-foundation-sdk/dashboard";
import type { Select } from "./influxql.ts";
import type { Color } from "./look.ts";
import { COLORS } from "./look.ts";
import { DATASOURCE } from "./target.ts";

export interface Mark {
  readonly name: string;
  readonly color: Color;
  readonly select: Select;
  /** Columns of the answer. */
  readonly text: string;
  readonly tags: readonly string[];
  /** Of ranges: the column with their end. */
  readonly end?: string;
  /** False: off until somebody switches it on. */
  readonly shown?: boolean;
}

/** Moments or ranges that are marked in every chart of a dashboard. */
export function mark(about: Mark): Builder<AnnotationQuery> {
  const { name, color, select, text, tags, end = "", shown = true } = about;
  const target = {
    refId: "Anno",
    datasource: DATASOURCE,
    rawQuery: true,
    query: select.sql,
    queryType: "tags",
    fromAnnotations: true,
    resultFormat: "table",
    textColumn: text,
    tagsColumn: tags.join(","),
    timeEndColumn: end,
    titleColumn: "",
    name,
    _implementsDataqueryVariant: () => undefined,
  };
  const query: Builder<Dataquery> = { build: () => target };
  return new AnnotationQueryBuilder()
    .name(name)
    .datasource(DATASOURCE)
    .enable(shown)
    .iconColor(COLORS[color])
    .target(query);
}
