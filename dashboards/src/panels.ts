import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import * as common from "@grafana/grafana-foundation-sdk/common";
import type {
  DashboardLink,
  DynamicConfigValue,
  GridPos,
  Panel,
  ThresholdsConfig,
  ValueMapping,
} from "@grafana/grafana-foundation-sdk/dashboard";
import * as stat from "@grafana/grafana-foundation-sdk/stat";
import * as statetimeline from "@grafana/grafana-foundation-sdk/statetimeline";
import * as timeseries from "@grafana/grafana-foundation-sdk/timeseries";
import type { Named } from "./look.ts";
import { BY_NAME, BY_THRESHOLD, COLORS, thresholds } from "./look.ts";
import type { Target } from "./target.ts";
import { DATASOURCE } from "./target.ts";

/** What the kinds of panel have in common and the dashboard needs to place one. */
export interface PanelBuilder extends Builder<Panel> {
  id(id: number): this;
  gridPos(gridPos: GridPos): this;
  interval(interval: string): this;
  timeFrom(timeFrom: string): this;
  overrideByName(name: string, properties: DynamicConfigValue[]): this;
}

export interface Placed {
  readonly panel: PanelBuilder;
  /** Of 24. */
  readonly width: number;
  readonly height: number;
}

export interface About {
  readonly title: string;
  /** What it shows, what is good, and what to do when it is not. */
  readonly description: string;
  readonly targets: readonly Target[];
  readonly width: number;
  readonly height?: number;
  /** Groups are not shorter: no more often than points are written. */
  readonly interval?: string;
  /** Instead of the beginning of the dashboard's range, where that is relative to now. */
  readonly timeFrom?: string;
  /** Curves or values by name, with their own text and colour. */
  readonly names?: readonly Named[];
}

interface Valued extends About {
  readonly unit: string;
  readonly decimals?: number;
  readonly mappings?: ValueMapping[];
  readonly thresholds?: Builder<ThresholdsConfig>;
  readonly links?: readonly Builder<DashboardLink>[];
  readonly noValue?: string;
}

/** With what all kinds have in common. */
export function placed(panel: PanelBuilder, about: About, usualHeight: number): Placed {
  if (about.interval !== undefined) panel.interval(about.interval);
  if (about.timeFrom !== undefined) panel.timeFrom(about.timeFrom);
  for (const { name, title, color, more = [] } of about.names ?? []) {
    panel.overrideByName(name, [
      { id: "displayName", value: title },
      { id: "color", value: { mode: "fixed", fixedColor: COLORS[color] } },
      ...more,
    ]);
  }
  return { panel, width: about.width, height: about.height ?? usualHeight };
}

const STAT_HEIGHT = 4;
export const CHART_HEIGHT = 8;

/** One number, the newest, with its course behind it. */
export function number(
  about: Valued & { readonly sparkline?: boolean; readonly text?: boolean },
): Placed {
  const panel = new stat.PanelBuilder()
    .title(about.title)
    .description(about.description)
    .datasource(DATASOURCE)
    .targets([...about.targets])
    .unit(about.unit)
    .reduceOptions(
      new common.ReduceDataOptionsBuilder()
        .calcs(["lastNotNull"])
        .values(false)
        // Numbers only, unless it is a text.
        .fields(about.text === true ? "/^(?!Time$).*$/" : ""),
    )
    .graphMode(
      about.sparkline === false ? common.BigValueGraphMode.None : common.BigValueGraphMode.Area,
    )
    .colorMode(common.BigValueColorMode.Value)
    .textMode(common.BigValueTextMode.Auto)
    .colorScheme(BY_THRESHOLD)
    // Without any, Grafana paints what is above 80 red.
    .thresholds(about.thresholds ?? thresholds([]))
    .noValue(about.noValue ?? "–");
  if (about.decimals !== undefined) panel.decimals(about.decimals);
  if (about.mappings !== undefined) panel.mappings(about.mappings);
  if (about.links !== undefined) panel.dataLinks([...about.links]);
  return placed(panel, about, STAT_HEIGHT);
}

export interface Curves extends Valued {
  readonly stacked?: boolean;
  readonly bars?: boolean;
  readonly min?: number;
  readonly max?: number;
  /** Thresholds are drawn as lines: the limits of rules. */
  readonly limitLines?: boolean;
  /** A gap longer than this is shown as one. */
  readonly connectWithinMs?: number;
}

/** Values over time. */
export function curves(about: Curves): Placed {
  const panel = new timeseries.PanelBuilder()
    .title(about.title)
    .description(about.description)
    .datasource(DATASOURCE)
    .targets([...about.targets])
    .unit(about.unit)
    .colorScheme(BY_NAME)
    .drawStyle(about.bars === true ? common.GraphDrawStyle.Bars : common.GraphDrawStyle.Line)
    .lineWidth(about.bars === true ? 0 : 1)
    .fillOpacity(about.bars === true ? 80 : about.stacked === true ? 25 : 5)
    .showPoints(common.VisibilityMode.Auto)
    .spanNulls(about.connectWithinMs ?? false)
    .legend(
      new common.VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(common.LegendDisplayMode.List)
        .placement(common.LegendPlacement.Bottom)
        .calcs(["lastNotNull"]),
    )
    .tooltip(
      new common.VizTooltipOptionsBuilder()
        .mode(common.TooltipDisplayMode.Multi)
        .sort(common.SortOrder.Descending),
    );
  if (about.stacked === true) {
    panel.stacking(new common.StackingConfigBuilder().mode(common.StackingMode.Normal));
  }
  if (about.limitLines === true) {
    panel.thresholdsStyle(
      new common.GraphThresholdsStyleConfigBuilder().mode(common.GraphThresholdsStyleMode.Dashed),
    );
  }
  if (about.min !== undefined) panel.min(about.min);
  if (about.max !== undefined) panel.max(about.max);
  if (about.decimals !== undefined) panel.decimals(about.decimals);
  if (about.mappings !== undefined) panel.mappings(about.mappings);
  if (about.thresholds !== undefined) panel.thresholds(about.thresholds);
  if (about.links !== undefined) panel.dataLinks([...about.links]);
  return placed(panel, about, CHART_HEIGHT);
}

/** States over time, a row each. */
export function states(
  about: About & {
    readonly mappings: ValueMapping[];
    readonly rows?: number;
    readonly links?: readonly Builder<DashboardLink>[];
  },
): Placed {
  const panel = new statetimeline.PanelBuilder()
    .title(about.title)
    .description(about.description)
    .datasource(DATASOURCE)
    .targets([...about.targets])
    .mappings(about.mappings)
    .colorScheme(BY_THRESHOLD)
    .thresholds(thresholds([]))
    .mergeValues(true)
    .showValue(common.VisibilityMode.Auto)
    .rowHeight(0.85)
    .fillOpacity(85)
    .legend(
      new common.VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(common.LegendDisplayMode.List)
        .placement(common.LegendPlacement.Bottom),
    );
  if (about.rows !== undefined) panel.perPage(about.rows);
  if (about.links !== undefined) panel.dataLinks([...about.links]);
  return placed(panel, about, CHART_HEIGHT);
}
