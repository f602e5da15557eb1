import type { EvidenceLimit } from "#domain/case/case.ts";
import type { EpochMs } from "#domain/units.ts";
import { escaped, shownNumber } from "#pipeline/backtest/report/markup.ts";
import type { Slice, Window } from "#pipeline/backtest/report/window.ts";

const WIDTH = 1_000;
const HEIGHT = 120;

export interface Band {
  readonly tone: "label" | "watch" | "act";
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly text: string;
}

const shareOf = (window: Window, at: EpochMs): number =>
  Math.min(1, Math.max(0, (at - window.from) / Math.max(1, window.to - window.from)));

/** One line of bars above the plots: what stood when, in words. */
export function lane(window: Window, band: Band): string {
  const left = Math.min(99.2, 100 * shareOf(window, band.from));
  const width = Math.max(0.8, 100 * shareOf(window, band.to) - left);
  return `<div class="lane"><span class="bar ${band.tone}" style="left:${left.toFixed(2)}%;width:${width.toFixed(2)}%"></span><span class="lane-text">${escaped(band.text)}</span></div>`;
}

/** Events as ticks, with the number of each code. */
export function eventLane(window: Window): string {
  if (window.events.size === 0) return "";
  const ticks = [...window.ticks]
    .map((share) => `<span class="tick" style="left:${(100 * share).toFixed(2)}%"></span>`)
    .join("");
  const counts = [...window.events].map(([code, n]) => `${code} ${n}`).join(", ");
  return `<div class="lane events">${ticks}</div><p class="small">Events: ${escaped(counts)}</p>`;
}

/** One signal over the window, with the rule's limits on it and the bands behind it. */
export function plot(
  window: Window,
  signal: string,
  marks: {
    readonly limits: readonly EvidenceLimit[];
    readonly bands: readonly Band[];
    readonly onsetAt: EpochMs | undefined;
    readonly unit: string;
  },
): string {
  const slices = window.slices(signal);
  const limits = marks.limits.flatMap((limit) =>
    limit.signal === signal && typeof limit.value === "number" ? [limit.value] : [],
  );
  const known = slices.flatMap((slice) => slice ?? []);
  const low = Math.min(...known.map((slice) => slice.low), ...limits);
  const high = Math.max(...known.map((slice) => slice.high), ...limits);
  const span = high - low || Math.abs(high) || 1;
  const y = (value: number) => (HEIGHT * (1 - 0.06 - (0.88 * (value - low)) / span)).toFixed(1);
  const x = (at: EpochMs) => (WIDTH * shareOf(window, at)).toFixed(1);
  const bands = marks.bands.map(({ tone, from, to }) =>
    from === to
      ? `<path class="moment ${tone}" d="M${x(from)} 0V${HEIGHT}"/>`
      : `<rect class="${tone}" x="${x(from)}" y="0" width="${Math.max(2, Number(x(to)) - Number(x(from))).toFixed(1)}" height="${HEIGHT}"/>`,
  );
  const lines = limits.map((value) => `<path class="limit" d="M0 ${y(value)}H${WIDTH}"/>`);
  const onset =
    marks.onsetAt === undefined ? "" : `<path class="onset" d="M${x(marks.onsetAt)} 0V${HEIGHT}"/>`;
  const values =
    known.length === 0 ? "nothing known" : `${shownNumber(low)} to ${shownNumber(high)}`;
  const unit = marks.unit === "" || marks.unit === "1" ? "" : ` ${marks.unit}`;
  const limitText = limits.length === 0 ? "" : `; limit ${limits.map(shownNumber).join(", ")}`;
  const caption = `${signal}: ${values}${unit}${limitText}`;
  return `<figure><figcaption>${escaped(caption)}</figcaption><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${escaped(caption)}">${bands.join("")}${lines.join("")}${onset}<path class="signal" d="${pathOf(slices, y)}"/></svg></figure>`;
}

/** A line through the slices; the whole range of a slice is drawn, so that no spike is lost. */
function pathOf(slices: readonly (Slice | undefined)[], y: (value: number) => string): string {
  const step = WIDTH / Math.max(1, slices.length);
  // Sparse series leave slices empty between two readings; a real gap is longer than usual.
  const gap = 4 * usualDistance(slices);
  let path = "";
  let newest = Number.NEGATIVE_INFINITY;
  for (const [index, slice] of slices.entries()) {
    if (slice === undefined) continue;
    const x = (step * (index + 0.5)).toFixed(1);
    const pen = index - newest > gap ? "M" : "L";
    path += `${pen}${x} ${y(slice.low)}`;
    if (slice.high !== slice.low) path += `V${y(slice.high)}L${x} ${y(slice.last)}`;
    newest = index;
  }
  return path;
}

function usualDistance(slices: readonly (Slice | undefined)[]): number {
  const filled = slices.flatMap((slice, index) => (slice === undefined ? [] : [index]));
  const distances = filled.slice(1).map((index, i) => index - (filled[i] ?? index));
  return distances.sort((a, b) => a - b)[distances.length >> 1] ?? 1;
}
