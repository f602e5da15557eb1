import { zoneFormat } from "#pipeline/wording/zone-format.ts";
import type { ChartPicture, PlotData } from "#ports/chart-drawer.ts";
import { COLOURS } from "./colours.ts";
import { heightOf, leftOf, plotSvg, WIDTH } from "./plot-svg.ts";
import { text } from "./svg.ts";

const HEAD = 34;
const FOOT = 26;
/** A picture of more charts is as long as nobody scrolls. */
const MAX_PLOTS = 6;

export interface Svg {
  readonly text: string;
  readonly width: number;
  readonly height: number;
}

/** All charts of a case, one below the other, on the same time axis; undefined when there is nothing. */
export function pictureSvg({ title, plots, timeZone }: ChartPicture): Svg | undefined {
  const drawn = plots.filter(hasValues).slice(0, MAX_PLOTS);
  if (drawn.length === 0) return undefined;
  const { from, to } = timeSpan(drawn);
  const left = leftOf(drawn);
  const parts: string[] = [];
  let top = title === "" ? 4 : HEAD;
  for (const plot of drawn) {
    parts.push(plotSvg(plot, { top, left, timeZone, from, to }));
    top += heightOf(plot);
  }
  const height = top + FOOT;
  const days = dayRange(from, to, timeZone);
  return {
    width: WIDTH,
    height,
    text: `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="DejaVu Sans">
<rect width="${WIDTH}" height="${height}" fill="${COLOURS.card}"/>
${title === "" ? "" : text(14, 22, title, { size: 15, bold: true, room: WIDTH - 28 })}
${parts.join("\n")}
${text(14, height - 10, days, { size: 12, colour: COLOURS.faint })}
</svg>`,
  };
}

const hasValues = (plot: PlotData): boolean => plot.values.some((value) => value !== null);

function timeSpan(plots: readonly PlotData[]): { readonly from: number; readonly to: number } {
  const from = Math.min(...plots.map(({ seconds }) => seconds[0] ?? Number.POSITIVE_INFINITY));
  const to = Math.max(...plots.map(({ seconds }) => seconds.at(-1) ?? Number.NEGATIVE_INFINITY));
  const marks = plots[0]?.marks.map(({ second }) => second) ?? [];
  // A moment without samples around it is shown nevertheless.
  return { from: Math.min(from, ...marks), to: Math.max(to, ...marks) };
}

function dayRange(from: number, to: number, timeZone: string): string {
  const format = zoneFormat("en-GB", { timeZone, dateStyle: "medium" });
  const [first, last] = [format.format(from * 1_000), format.format(to * 1_000)];
  return `${first === last ? first : `${first} to ${last}`}, times of ${timeZone}`;
}
