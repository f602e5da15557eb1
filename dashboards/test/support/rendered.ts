import type { ClassicDashboard } from "../../src/classic-model.ts";
import { queryPanels } from "../../src/classic-model.ts";

/** What Grafana knows when it writes a query out. */
export interface Scene {
  readonly fromMs: number;
  readonly toMs: number;
  readonly intervalMs: number;
  readonly values: ReadonlyMap<string, string>;
}

const SOURCE_INTERVAL_MS = 10_000;
const MAX_DATA_POINTS = 1_000;

const UNITS: Readonly<Record<string, number>> = { s: 1e3, m: 60e3, h: 3600e3, d: 86_400e3 };

function durationMs(text: string): number {
  const [, count = "", unit = ""] = /^(\d+)([smhd])$/.exec(text) ?? [];
  const ms = Number(count) * (UNITS[unit] ?? Number.NaN);
  if (!(ms > 0)) throw new Error(`"${text}" is no duration`);
  return ms;
}

/** Range and interval as Grafana takes them for a panel that is 1,000 pixels wide. */
export function sceneOf(
  dashboard: ClassicDashboard,
  panel: { readonly interval?: string | undefined; readonly timeFrom?: string | undefined },
  { toMs, values }: Pick<Scene, "toMs" | "values">,
): Scene {
  const range = durationMs(panel.timeFrom ?? dashboard.time.from.replace("now-", ""));
  const least = panel.interval === undefined ? SOURCE_INTERVAL_MS : durationMs(panel.interval);
  const intervalMs = Math.max(least, SOURCE_INTERVAL_MS, Math.ceil(range / MAX_DATA_POINTS));
  return { fromMs: toMs - range, toMs, intervalMs, values };
}

/** Macros first, in Grafana's order; then variables, longest names first. */
export function render(query: string, scene: Scene): string {
  const { fromMs, toMs, intervalMs, values } = scene;
  let text = query
    .replaceAll("$timeFilter", `time >= ${fromMs}ms and time <= ${toMs}ms`)
    .replaceAll("$__interval", `${Math.ceil(intervalMs / 1000)}s`);
  for (const [name, value] of [...values].sort(([a], [b]) => b.length - a.length)) {
    text = text.replaceAll(`$${name}`, () => value);
  }
  if (/\$(?!\/)/.test(text)) throw new Error(`not everything was rendered: ${text}`);
  return text;
}

/** As Grafana writes several values into a pattern. */
export const alternatives = (values: readonly string[]): string =>
  `(${values.map((value) => value.replaceAll(/[\\^$*+?.()|[\]{}/]/g, "\\$&")).join("|")})`;

export interface Asked {
  readonly dashboard: string;
  readonly what: string;
  readonly query: string;
  readonly panel: {
    readonly interval?: string | undefined;
    readonly timeFrom?: string | undefined;
  };
}

/** Every query of a dashboard but those of its variables. */
export function queriesOf(dashboard: ClassicDashboard): readonly Asked[] {
  const panels = queryPanels(dashboard).flatMap((panel) =>
    panel.targets.map(({ refId, query }) => ({
      dashboard: dashboard.uid,
      what: `panel ${panel.id} ${panel.title} ${refId}`,
      query,
      panel,
    })),
  );
  const annotations = dashboard.annotations.list.map(({ name, target }) => ({
    dashboard: dashboard.uid,
    what: `annotation ${name}`,
    query: target.query,
    panel: {},
  }));
  return [...panels, ...annotations];
}
