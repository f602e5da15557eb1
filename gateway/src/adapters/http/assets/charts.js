// Draws every [data-plot] with uPlot. The words and the table beside it say the same.
import uPlot from "./uPlot.esm.js";

/**
 * @typedef {object} PlotData
 * @property {string} title
 * @property {string} unit
 * @property {boolean} stepped
 * @property {string[]} categories
 * @property {number[]} seconds
 * @property {(number | null)[]} values
 * @property {{ value: number, text: string }[]} limits
 * @property {{ second: number, text: string, tone: string }[]} marks
 */

const HEIGHT = 200;
/** Per name beside the axis, so that they never overlap. */
const CATEGORY_HEIGHT = 24;
const CATEGORY_BASE = 46;
const DAY_S = 86_400;

/** @type {Map<Element, uPlot>} */
const drawn = new Map();
const resized = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const plot = drawn.get(target);
    const width = Math.floor(target.clientWidth);
    if (plot !== undefined && width > 0 && plot.width !== width) {
      plot.setSize({ width, height: plot.height });
    }
  }
});

drawAll();
document.addEventListener("region-updated", drawAll);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  forget(() => true);
  drawAll();
});

function drawAll() {
  forget((element) => !element.isConnected);
  for (const element of document.querySelectorAll("[data-plot]")) {
    if (element instanceof HTMLElement && !drawn.has(element)) draw(element);
  }
}

/** @param {(element: Element) => boolean} which */
function forget(which) {
  for (const [element, plot] of drawn) {
    if (!which(element)) continue;
    resized.unobserve(element);
    plot.destroy();
    drawn.delete(element);
  }
}

/** @param {HTMLElement} element */
function draw(element) {
  /** @type {PlotData} */
  const data = JSON.parse(element.dataset.plot ?? "{}");
  const colours = coloursOf(element);
  const plot = new uPlot(
    options(data, colours, element.clientWidth),
    [data.seconds, data.values, data.values],
    element,
  );
  drawn.set(element, plot);
  resized.observe(element);
}

/** @param {Element} element */
function coloursOf(element) {
  const style = getComputedStyle(element);
  const of = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
  return {
    line: of("--accent"),
    fill: of("--accent-faint"),
    text: of("--faint"),
    grid: of("--line"),
    bad: of("--bad"),
    watch: of("--watch"),
    font: `12px ${style.fontFamily}`,
  };
}

/**
 * @param {PlotData} data
 * @param {ReturnType<typeof coloursOf>} colours
 * @param {number} width
 */
function options(data, colours, width) {
  const isCategory = data.categories.length > 0;
  const axis = {
    stroke: colours.text,
    font: colours.font,
    grid: { stroke: colours.grid, width: 1 },
    ticks: { stroke: colours.grid, width: 1 },
  };
  return {
    width,
    height: isCategory ? CATEGORY_BASE + CATEGORY_HEIGHT * data.categories.length : HEIGHT,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false } },
    scales: { y: { range: () => range(data) } },
    axes: [
      { ...axis, size: 32, space: 84, values: timeLabels },
      {
        ...axis,
        size: isCategory ? 72 : 60,
        ...(isCategory && {
          splits: () => data.categories.map((_, i) => i),
          values: () => data.categories,
        }),
      },
    ],
    series: [
      {},
      // Thin dots where there are no samples: what led where stays visible, and that it is a guess.
      {
        show: !isCategory,
        stroke: colours.text,
        width: 1,
        dash: [2, 4],
        spanGaps: true,
        points: { show: false },
      },
      {
        label: data.title,
        stroke: colours.line,
        fill: isCategory ? colours.fill : undefined,
        width: 2,
        points: { show: data.seconds.length < 12 },
        ...(data.stepped && { paths: uPlot.paths.stepped?.({ align: 1 }) }),
      },
    ],
    hooks: { draw: [(/** @type {uPlot} */ plot) => annotate(plot, data, colours)] },
    plugins: [reading(data)],
  };
}

/** @param {PlotData} data */
function range(data) {
  if (data.categories.length > 0) return [-0.2, Math.max(1, data.categories.length - 1) + 0.2];
  const numbers = [
    ...data.values.filter((value) => value !== null),
    ...data.limits.map(({ value }) => value),
  ];
  const low = Math.min(...numbers);
  const high = Math.max(...numbers);
  const room = (high - low || Math.abs(high) || 1) * 0.1;
  return [low - room, high + room];
}

/**
 * @param {uPlot} _plot
 * @param {number[]} splits
 */
function timeLabels(_plot, splits) {
  const span = (splits.at(-1) ?? 0) - (splits[0] ?? 0);
  const format = new Intl.DateTimeFormat(
    undefined,
    span > 2 * DAY_S ? { day: "numeric", month: "short" } : { hour: "2-digit", minute: "2-digit" },
  );
  return splits.map((second) => format.format(new Date(second * 1_000)));
}

/**
 * Limit lines across, moments down, each with its word.
 * @param {uPlot} plot
 * @param {PlotData} data
 * @param {ReturnType<typeof coloursOf>} colours
 */
function annotate(plot, data, colours) {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.font = `${12 * ratio}px ${colours.font.slice(5)}`;
  ctx.lineWidth = 1.5 * ratio;
  ctx.setLineDash([6 * ratio, 4 * ratio]);
  for (const { value, text } of data.limits) {
    const y = plot.valToPos(value, "y", true);
    ctx.strokeStyle = colours.bad;
    ctx.fillStyle = colours.bad;
    stroke(ctx, [bbox.left, y], [bbox.left + bbox.width, y]);
    ctx.textAlign = "left";
    ctx.textBaseline = y - bbox.top < 20 * ratio ? "top" : "bottom";
    ctx.fillText(text, bbox.left + 6 * ratio, y + (ctx.textBaseline === "top" ? 4 : -4) * ratio);
  }
  ctx.setLineDash([]);
  data.marks.forEach(({ second, text, tone }, i) => {
    const x = plot.valToPos(second, "x", true);
    ctx.strokeStyle = tone === "bad" ? colours.bad : colours.watch;
    ctx.fillStyle = ctx.strokeStyle;
    stroke(ctx, [x, bbox.top], [x, bbox.top + bbox.height]);
    // The first word stands left of its line, so that close moments stay readable.
    const isLeft = i === 0 && x - bbox.left > 50 * ratio;
    ctx.textAlign = isLeft ? "right" : "left";
    ctx.textBaseline = "middle";
    ctx.fillText(text, x + (isLeft ? -5 : 5) * ratio, wordsY(plot, data));
  });
  ctx.restore();
}

/**
 * Height of the words beside the moments: at the bottom, or at the top if a limit is there.
 * @param {uPlot} plot
 * @param {PlotData} data
 */
function wordsY({ bbox, valToPos }, data) {
  const room = 14 * devicePixelRatio;
  const low = bbox.top + bbox.height - room;
  const taken = data.limits.some(
    ({ value }) => Math.abs(valToPos(value, "y", true) - low) < 2 * room,
  );
  return taken ? bbox.top + room : low;
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {[number, number]} from
 * @param {[number, number]} to
 */
function stroke(ctx, from, to) {
  ctx.beginPath();
  ctx.moveTo(...from);
  ctx.lineTo(...to);
  ctx.stroke();
}

/**
 * Value and time under the pointer.
 * @param {PlotData} data
 */
function reading(data) {
  const label = document.createElement("div");
  label.className = "plot-reading";
  label.hidden = true;
  const format = new Intl.DateTimeFormat(undefined, { dateStyle: "short", timeStyle: "medium" });
  return {
    hooks: {
      init: (/** @type {uPlot} */ plot) => plot.over.append(label),
      setCursor: (/** @type {uPlot} */ plot) => {
        const i = plot.cursor.idx;
        const value = i == null ? null : data.values[i];
        label.hidden = i == null || value == null;
        if (i == null || value == null) return;
        const shown = data.categories[value] ?? `${value} ${data.unit}`;
        label.textContent = `${shown} · ${format.format(new Date((data.seconds[i] ?? 0) * 1_000))}`;
        label.classList.toggle("right", (plot.cursor.left ?? 0) < plot.over.clientWidth / 2);
      },
    },
  };
}
