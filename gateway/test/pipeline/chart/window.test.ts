import { describe, expect, it } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "#domain/units.ts";
import { evidenceMarks, plotData } from "#pipeline/chart/plot-data.ts";
import { usePlot } from "#pipeline/chart/use-plot.ts";
import { chartWindow, evidenceWindow, windowOf, windowQuery } from "#pipeline/chart/window.ts";
import { caseView, deviceView, espresso, NOW } from "../../support/http-samples.ts";

describe("the window of a case's charts", () => {
  const view = caseView("c");
  const { onsetAt, detectedAt } = view.evidence;

  it("reaches from well before the onset to the newest time, at most a day after the finding", () => {
    expect(chartWindow(view, NOW)).toEqual({ from: onsetAt - 42 * MINUTE_MS, to: NOW });
    expect(chartWindow(view, NOW + 9 * DAY_MS).to).toBe(detectedAt + DAY_MS);
    expect(chartWindow(view, null).to).toBe(detectedAt + 5 * MINUTE_MS);
    expect(chartWindow({ ...view, resolvedAt: NOW - 10 * MINUTE_MS }, NOW).to).toBe(
      NOW - 10 * MINUTE_MS,
    );
  });

  it("of a link depends on the evidence alone, so that the same evidence has the same link", () => {
    const window = evidenceWindow(view.evidence);
    expect(window).toEqual({ from: onsetAt - 30 * MINUTE_MS, to: detectedAt + 30 * MINUTE_MS });
    const slow = {
      onsetAt: detectedAt - 9 * DAY_MS,
      detectedAt,
      basedFrom: detectedAt - 40 * DAY_MS,
    };
    expect(evidenceWindow(slow)).toEqual({
      from: detectedAt - 40 * DAY_MS,
      to: detectedAt + DAY_MS,
    });
  });

  it("goes into an address and back, and nonsense in an address is no window", () => {
    const window = evidenceWindow(view.evidence);
    expect(windowOf(Object.fromEntries(new URLSearchParams(windowQuery(window))))).toEqual(window);
    for (const query of [
      {},
      { from: "yesterday", to: "today" },
      { from: "2026-11-24T20:00:00Z" },
      { from: "2026-11-24T20:00:00Z", to: "2026-11-24T19:00:00Z" },
      { from: "1900-01-01", to: "2026-01-01" },
    ]) {
      expect(windowOf(query)).toBeUndefined();
    }
  });
});

describe("what is drawn of a signal", () => {
  const about = {
    product: espresso,
    limits: [],
    marks: evidenceMarks({ onsetAt: 0, detectedAt: 1 }),
  };

  it("is broken where a gauge was silent, and holds for states", () => {
    const points = [0, 1, 2, 9, 10].map((n) => ({ at: n * HOUR_MS, value: n }));
    expect(plotData({ ...about, signal: "boiler_temp" }, points).values).toEqual([
      0,
      1,
      2,
      null,
      9,
      10,
    ]);
    const states = points.map(({ at }, i) => ({ at, value: i % 2 === 0 ? "idle" : "odd" }));
    const state = plotData({ ...about, signal: "state" }, states);
    expect(state).toMatchObject({
      stepped: true,
      categories: ["off", "idle", "brewing", "odd"],
      values: [1, 3, 1, 3, 1],
    });
  });

  it("of use is a step per day, the last day as wide as the others", () => {
    const plot = usePlot(deviceView("d").use.slice(-2), espresso);
    expect(plot?.seconds.map((second) => second - (plot.seconds[0] ?? 0))).toEqual([
      0, 86_400, 172_800,
    ]);
    expect(plot?.values).toHaveLength(3);
    expect(usePlot([], espresso)).toBeUndefined();
  });
});
