import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import type {
  AnnotationQuery,
  Dashboard,
  VariableModel,
} from "@grafana/grafana-foundation-sdk/dashboard";
import {
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  RowBuilder,
  TimePickerBuilder,
} from "@grafana/grafana-foundation-sdk/dashboard";
import type { Placed } from "./panels.ts";

export interface Section {
  readonly title: string;
  readonly panels: readonly Placed[];
}

export interface DashboardSpec {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly tags?: readonly string[];
  /** How far back it looks at first, e.g. `24h`. */
  readonly range: string;
  readonly refresh: "30s" | "1m" | "5m";
  readonly variables: readonly Builder<VariableModel>[];
  readonly annotations?: readonly Builder<AnnotationQuery>[];
  readonly sections: readonly Section[];
}

/** All of ours have it: what links them with each other. */
export const TAG = "voorzorg";
const COLUMNS = 24;
const ROW_HEIGHT = 1;
const REFRESH_CHOICES = ["30s", "1m", "5m", "15m", "1h"];

/** Panels from left to right in sections, each with an id and a place that do not depend on Grafana. */
export function dashboard(spec: DashboardSpec): Dashboard {
  const builder = new DashboardBuilder(spec.title)
    .uid(spec.uid)
    .description(spec.description)
    .tags([TAG, ...(spec.tags ?? [])])
    .readonly()
    .timezone("browser")
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from: `now-${spec.range}`, to: "now" })
    .timepicker(new TimePickerBuilder().refreshIntervals(REFRESH_CHOICES))
    .refresh(spec.refresh)
    .variables([...spec.variables])
    .annotations([...(spec.annotations ?? [])])
    .link(
      new DashboardLinkBuilder("Dashboards")
        .type(DashboardLinkType.Dashboards)
        .tags([TAG])
        .asDropdown(true)
        .keepTime(true)
        .includeVars(true),
    );
  const place = new Places();
  for (const { title, panels } of spec.sections) {
    const row = new RowBuilder(title).id(place.nextId());
    builder.withRow(row.gridPos(place.line(COLUMNS, ROW_HEIGHT)));
    for (const { panel, width, height } of panels) {
      builder.withPanel(panel.id(place.nextId()).gridPos(place.line(width, height)));
    }
    place.newLine();
  }
  return builder.build();
}

/** Fills lines of 24 columns; a line is as high as its highest panel. */
class Places {
  #id = 0;
  #x = 0;
  #y = 0;
  #height = 0;

  nextId(): number {
    this.#id += 1;
    return this.#id;
  }

  line(w: number, h: number): { x: number; y: number; w: number; h: number } {
    if (this.#x + w > COLUMNS) this.newLine();
    const at = { x: this.#x, y: this.#y, w, h };
    this.#x += w;
    this.#height = Math.max(this.#height, h);
    return at;
  }

  newLine(): void {
    this.#x = 0;
    this.#y += this.#height;
    this.#height = 0;
  }
}
