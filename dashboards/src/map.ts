import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import * as common from "@grafana/grafana-foundation-sdk/common";
import type { ThresholdsConfig, ValueMapping } from "@grafana/grafana-foundation-sdk/dashboard";
import * as geomap from "@grafana/grafana-foundation-sdk/geomap";
import { BY_THRESHOLD } from "./look.ts";
import type { About, Placed } from "./panels.ts";
import { CHART_HEIGHT, placed } from "./panels.ts";
import { DATASOURCE } from "./target.ts";

/** Devices on a map by the fields `lat` and `lon`, coloured by `worst`. */
export function map(
  about: About & {
    readonly mappings: ValueMapping[];
    readonly thresholds: Builder<ThresholdsConfig>;
  },
): Placed {
  const panel = new geomap.PanelBuilder()
    .title(about.title)
    .description(about.description)
    .datasource(DATASOURCE)
    .targets([...about.targets])
    .mappings(about.mappings)
    .thresholds(about.thresholds)
    .colorScheme(BY_THRESHOLD)
    .view(new geomap.MapViewConfigBuilder().id("fit").allLayers(true))
    .basemap(new common.MapLayerOptionsBuilder().type("default").name("Map"))
    .controls(
      new geomap.ControlsOptionsBuilder()
        .showZoom(true)
        // The page is scrolled over it.
        .mouseWheelZoom(false)
        .showAttribution(true),
    )
    .layers([
      new common.MapLayerOptionsBuilder()
        .type("markers")
        .name("Devices")
        .location(
          new common.FrameGeometrySourceBuilder()
            .mode(common.FrameGeometrySourceMode.Coords)
            .latitude("lat")
            .longitude("lon"),
        )
        .tooltip(true)
        .config({
          showLegend: true,
          style: {
            color: { field: "worst", fixed: "blue" },
            size: { fixed: 7, min: 4, max: 12 },
            opacity: 0.8,
          },
        }),
    ]);
  return placed(panel, about, CHART_HEIGHT);
}
