import type { PlotData } from "#ports/chart-drawer.ts";
import { COLOURS } from "./colours.ts";
import { path, px, text, widthOf } from "./svg.ts";
import type { Tick } from "./ticks.ts";
import { numberTicks, timeTicks } from "./ticks.ts";

export const WIDTH = 800;
const PLOT_HEIGHT = 260;
const SMALL = 12;
/** Place for the title above and the times below. */
const TOP = 34;
const BOTTOM = 30;
const RIGHT = 16;
/** Per name beside the axis, so that they never overlap. */
const CATEGORY_HEIGHT = 24;

/** Where the curve is drawn, and how moments and values become places. */
interface Area {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly from: number;
  readonly to: number;
  readonly low: number;
  readonly high: number;
}

export interface PlotPlace {
  readonly top: number;
  /** Where curves begin, the same for all charts of a picture. */
  readonly left: number;
  readonly timeZone: string;
  /** Seconds shown, the same for all charts of a picture. */
  readonly from: number;
  readonly to: number;
}

/** Chart of states: as high as it has names, at most as the others. */
export const heightOf = (plot: PlotData): number =>
  plot.categories.length === 0
    ? PLOT_HEIGHT
    : Math.min(PLOT_HEIGHT, TOP + BOTTOM + CATEGORY_HEIGHT * plot.categories.length);

export function plotSvg(plot: PlotData, place: PlotPlace): string {
  const area = areaOf(plot, place);
  const isState = plot.categories.length > 0;
  const unit = plot.unit === "" ? "" : ` in ${plot.unit}`;
  return [
    text(14, place.top + 20, `${plot.title}${unit}`, { size: 14, bold: true }),
    grid(plot, area, place.timeZone),
    isState ? filled(plot, area) : guesses(plot, area),
    path(line(plot, area), CURVE),
    isState ? "" : dots(plot, area),
    limits(plot, area),
    marks(plot, area),
  ].join("");
}

const CURVE = { colour: COLOURS.accent, width: 2 } as const;
/** Thin dots where there are no samples: what led where stays visible, and that it is a guess. */
const GUESS = { colour: COLOURS.faint, width: 1, dash: "2 4" } as const;
/** Fewer values than these are shown as dots as well. */
const FEW = 12;

const NARROWEST = 64;
const WIDEST = 150;

/** Room for the names beside the axis. */
export const leftOf = (plots: readonly PlotData[]): number =>
  Math.min(
    WIDEST,
    Math.max(
      NARROWEST,
      ...plots.flatMap(({ categories }) => categories.map((name) => widthOf(name, SMALL) + 14)),
    ),
  );

function areaOf(plot: PlotData, { top, left, from, to }: PlotPlace): Area {
  return {
    left,
    right: WIDTH - RIGHT,
    top: top + TOP,
    bottom: top + heightOf(plot) - BOTTOM,
    from,
    to: Math.max(to, from + 1),
    ...valueRange(plot),
  };
}

/** So that the difference of two of them is a number. */
const LARGEST = 1e300;

function valueRange(plot: PlotData): { readonly low: number; readonly high: number } {
  if (plot.categories.length > 0) {
    return { low: -0.35, high: Math.max(1, plot.categories.length - 1) + 0.35 };
  }
  const numbers = [
    ...plot.values.filter((value) => value !== null),
    ...plot.limits.map(({ value }) => value),
  ];
  const low = numbers.reduce((a, b) => Math.min(a, b), LARGEST);
  const high = numbers.reduce((a, b) => Math.max(a, b), -LARGEST);
  // Values that differ by nothing that can be drawn still need a range.
  const room = Math.max((high - low) * 0.1, high === low ? Math.abs(high) * 0.1 || 1 : 1e-9);
  return { low: low - room, high: high + room };
}

const xOf = (area: Area, second: number): number =>
  area.left + ((second - area.from) / (area.to - area.from)) * (area.right - area.left);

const yOf = (area: Area, value: number): number =>
  area.bottom - ((value - area.low) / (area.high - area.low)) * (area.bottom - area.top);

function grid(plot: PlotData, area: Area, timeZone: string): string {
  const colour = COLOURS.line;
  const rows: readonly Tick[] =
    plot.categories.length > 0
      ? plot.categories.map((name, value) => ({ value, text: name }))
      : numberTicks(area, Math.floor((area.bottom - area.top) / 34));
  const across = rows.map((tick) => {
    const y = yOf(area, tick.value);
    const label = {
      size: SMALL,
      colour: COLOURS.faint,
      anchor: "end",
      room: area.left - 12,
    } as const;
    return (
      path(`M${px(area.left)} ${px(y)}H${px(area.right)}`, { colour, width: 1 }) +
      text(area.left - 8, y + 4, tick.text, label)
    );
  });
  const down = timeTicks(area, 9, timeZone).map((tick) => {
    const x = xOf(area, tick.value);
    const half = widthOf(tick.text, SMALL) / 2;
    const middle = Math.min(Math.max(x, half), WIDTH - half - 2);
    return (
      path(`M${px(x)} ${px(area.top)}V${px(area.bottom + 4)}`, { colour, width: 1 }) +
      text(middle, area.bottom + 18, tick.text, {
        size: SMALL,
        colour: COLOURS.faint,
        anchor: "middle",
      })
    );
  });
  return across.join("") + down.join("");
}

/** The curve, broken where nothing is known; what is stepped holds its value until the next one. */
function line(plot: PlotData, area: Area): string {
  let d = "";
  let last: number | null = null;
  for (const [second, value] of pairs(plot)) {
    if (value === null) {
      last = null;
      continue;
    }
    const x = px(xOf(area, second));
    const y = px(yOf(area, value));
    if (last === null) d += `M${x} ${y}`;
    else if (!plot.stepped) d += `L${x} ${y}`;
    else d += last === value ? `H${x}` : `H${x}V${y}`;
    last = value;
  }
  return d;
}

const pairs = ({ seconds, values }: PlotData): readonly (readonly [number, number | null])[] =>
  seconds.map((second, i) => [second, values[i] ?? null] as const);

/** From the last value before each gap to the first one after it. */
function guesses(plot: PlotData, area: Area): string {
  let d = "";
  let before: readonly [number, number] | undefined;
  let isGap = false;
  for (const [second, value] of pairs(plot)) {
    if (value === null) {
      isGap = true;
      continue;
    }
    if (isGap && before !== undefined) {
      const [x, y] = [xOf(area, before[0]), yOf(area, before[1])];
      d += `M${px(x)} ${px(y)}L${px(xOf(area, second))} ${px(yOf(area, value))}`;
    }
    before = [second, value];
    isGap = false;
  }
  return path(d, GUESS);
}

/** What a state held, as an area below its line. */
function filled(plot: PlotData, area: Area): string {
  const ground = yOf(area, 0);
  let d = "";
  let start: readonly [number, number] | undefined;
  const close = (second: number): void => {
    if (start === undefined || start[1] === 0) return;
    const [x, y] = [xOf(area, start[0]), yOf(area, start[1])];
    d += `M${px(x)} ${px(y)}H${px(xOf(area, second))}V${px(ground)}H${px(x)}Z`;
  };
  for (const [second, value] of pairs(plot)) {
    if (start !== undefined && start[1] === value) continue;
    close(second);
    start = value === null ? undefined : [second, value];
  }
  close(plot.seconds.at(-1) ?? 0);
  return d === "" ? "" : `<path d="${d}" fill="${COLOURS.accent}" fill-opacity="0.13"/>`;
}

function dots(plot: PlotData, area: Area): string {
  if (plot.values.length >= FEW) return "";
  return plot.values
    .map((value, i) => {
      const second = plot.seconds[i];
      if (value === null || second === undefined) return "";
      return `<circle cx="${px(xOf(area, second))}" cy="${px(yOf(area, value))}" r="3" fill="${COLOURS.accent}"/>`;
    })
    .join("");
}

/** Lines across, each with its word. */
function limits(plot: PlotData, area: Area): string {
  return plot.limits
    .map((limit) => {
      const y = yOf(area, limit.value);
      const below = y - area.top < 20;
      return (
        path(`M${px(area.left)} ${px(y)}H${px(area.right)}`, {
          colour: COLOURS.bad,
          width: 1.5,
          dash: "6 4",
        }) +
        word(
          { x: area.left + 6, y: y + (below ? 15 : -5), anchor: "start" },
          limit.text,
          COLOURS.bad,
        )
      );
    })
    .join("");
}

/** Moments down, each with its word: at the bottom, or at the top if a limit is there. */
function marks(plot: PlotData, area: Area): string {
  const low = area.bottom - 10;
  const taken = plot.limits.some(({ value }) => Math.abs(yOf(area, value) - low) < 28);
  const y = taken ? area.top + 16 : low;
  return plot.marks
    .map(({ second, text: name, tone }, i) => {
      if (second < area.from || second > area.to) return "";
      const x = xOf(area, second);
      const colour = tone === "bad" ? COLOURS.bad : COLOURS.watch;
      // The first word stands left of its line, so that close moments stay readable.
      const room = x - area.left;
      const isLeft = (i === 0 && room > 50) || area.right - x < 50;
      return (
        path(`M${px(x)} ${px(area.top)}V${px(area.bottom)}`, { colour, width: 1.5 }) +
        word({ x: x + (isLeft ? -5 : 5), y, anchor: isLeft ? "end" : "start" }, name, colour)
      );
    })
    .join("");
}

/** A word over the curve: with a rim in the colour of the page, so that it stays readable. */
function word(
  at: { readonly x: number; readonly y: number; readonly anchor: "start" | "end" },
  content: string,
  colour: string,
): string {
  const style = { size: SMALL, anchor: at.anchor, room: 300 } as const;
  const rim = text(at.x, at.y, content, { ...style, colour: COLOURS.card }).replace(
    "<text ",
    `<text stroke="${COLOURS.card}" stroke-width="4" stroke-linejoin="round" `,
  );
  return rim + text(at.x, at.y, content, { ...style, colour });
}
