import type { ScalePoint } from "./scale.ts";
import { STAGES } from "./scale-pipeline.ts";

const WIDTH = 460;
const HEIGHT = 260;
const MARGIN = { left: 60, right: 20, top: 20, bottom: 45 } as const;
const COLOURS: Readonly<Record<string, string>> = {
  journal: "#3b6ea8",
  decide: "#b5542b",
  series: "#5c8a3a",
};

interface Curve {
  readonly title: string;
  readonly axis: string;
  readonly points: readonly ScalePoint[];
  readonly x: (point: ScalePoint) => number;
}

/** A page with a chart and a table per curve: microseconds per message of each stage, stacked. */
export function scaleReport(curves: readonly Curve[]): string {
  const sections = curves.map((curve) => `<h2>${curve.title}</h2>${chart(curve)}${table(curve)}`);
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>How the gateway scales</title>
<style>body{font:15px system-ui;max-width:60rem;margin:2rem auto;padding:0 1rem}table{border-collapse:collapse}td,th{padding:.3rem .7rem;border-bottom:1px solid #ddd;text-align:right}th:first-child,td:first-child{text-align:left}</style>
<h1>How the gateway scales</h1>
<p>CPU time per message of the three stages that have threads of their own.</p>
${sections.join("\n")}
</html>
`;
}

function chart({ axis, points, x }: Curve): string {
  const total = (point: ScalePoint) => STAGES.reduce((sum, s) => sum + point.microseconds[s], 0);
  const most = Math.max(...points.map(total)) * 1.1;
  const inner = WIDTH - MARGIN.left - MARGIN.right;
  const high = HEIGHT - MARGIN.top - MARGIN.bottom;
  const width = inner / points.length;
  const bars = points.map((point, index) => {
    const left = MARGIN.left + index * width + width * 0.2;
    let bottom = HEIGHT - MARGIN.bottom;
    const parts = STAGES.map((stage) => {
      const size = (point.microseconds[stage] / most) * high;
      bottom -= size;
      return `<rect x="${left}" y="${bottom.toFixed(1)}" width="${(width * 0.6).toFixed(1)}" height="${size.toFixed(1)}" fill="${COLOURS[stage]}"><title>${stage} ${point.microseconds[stage]} µs</title></rect>`;
    });
    const middle = left + width * 0.3;
    const label = `<text x="${middle}" y="${HEIGHT - MARGIN.bottom + 16}" text-anchor="middle">${x(point)}</text>`;
    const sum = `<text x="${middle}" y="${bottom - 5}" text-anchor="middle">${total(point).toFixed(0)}</text>`;
    return parts.join("") + label + sum;
  });
  const legend = STAGES.map(
    (stage, index) =>
      `<rect x="${MARGIN.left + index * 90}" y="${HEIGHT - 14}" width="10" height="10" fill="${COLOURS[stage]}"/><text x="${MARGIN.left + 14 + index * 90}" y="${HEIGHT - 5}">${stage}</text>`,
  );
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" font-size="11" role="img" aria-label="Microseconds per message by ${axis}">
<text x="10" y="14">µs</text>${bars.join("")}${legend.join("")}<text x="${WIDTH - MARGIN.right}" y="${HEIGHT - 5}" text-anchor="end">${axis}</text></svg>`;
}

function table({ axis, points, x }: Curve): string {
  const head = [axis, ...STAGES.map((s) => `${s} µs`), "messages/s", "most CPU"];
  const rows = points.map((point) => [
    String(x(point)),
    ...STAGES.map((stage) => String(point.microseconds[stage])),
    String(point.msgPerSecond),
    point.hot.map(({ name, percent }) => `${escaped(name)} ${percent} %`).join(", "),
  ]);
  const cells = (tag: string, row: readonly string[]) =>
    `<tr>${row.map((text) => `<${tag}>${text}</${tag}>`).join("")}</tr>`;
  return `<table>${cells("th", head)}${rows.map((row) => cells("td", row)).join("")}</table>`;
}

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
