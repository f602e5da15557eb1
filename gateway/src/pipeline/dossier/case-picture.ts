import { GatewayError } from "#domain/errors.ts";
import { evidenceMarks, plotData } from "#pipeline/chart/plot-data.ts";
import { usePlot } from "#pipeline/chart/use-plot.ts";
import type { Window } from "#pipeline/chart/window.ts";
import { CHART_POINTS, MAX_CHARTS } from "#pipeline/chart/window.ts";
import type { DossierDeps } from "#pipeline/dossier/deps.ts";
import type { CaseFacts } from "#pipeline/dossier/facts.ts";
import type { PlotData } from "#ports/chart-drawer.ts";
import type { Attachment } from "#ports/desk.ts";

export interface CasePictures {
  /** The signals, then the use per day: days and minutes do not share a time axis. */
  readonly pngs: readonly Attachment[];
  /** Why there is none, in a sentence; "" when there is one. */
  readonly why: string;
}

/** The charts of the case's page, drawn: the same signals, window, limits and moments. */
export async function casePictures(
  deps: DossierDeps,
  facts: CaseFacts,
  wanted: { readonly title: string; readonly timeZone: string; readonly window: Window },
): Promise<CasePictures> {
  const { view, device, product } = facts;
  const { title, timeZone } = wanted;
  const { plots, missing } = await signalPlots(deps, facts, wanted.window);
  const use =
    view.kind === "underuse" && device !== undefined ? usePlot(device.use, product) : undefined;
  const groups = [
    { name: pictureName(view.id, ""), plots },
    { name: pictureName(view.id, "-use"), plots: use === undefined ? [] : [use] },
  ];
  const pngs: Attachment[] = [];
  let broken = "";
  for (const group of groups) {
    try {
      const bytes = await deps.charts.draw({ title, plots: group.plots, timeZone });
      if (bytes !== undefined) pngs.push({ name: group.name, type: "image/png", bytes });
    } catch (error) {
      // Whatever it is: a ticket without its picture is worth more than none.
      broken = `The chart could not be drawn: ${String(error)}`;
    }
  }
  return { pngs, why: pngs.length > 0 ? "" : broken || whyNone(facts, missing) };
}

function whyNone({ view }: CaseFacts, missing: string): string {
  if (view.evidence.signals.length === 0) {
    return "This case rests on what did not happen, so there is no curve to draw.";
  }
  return missing === "" ? "No samples of this time are stored." : missing;
}

async function signalPlots(
  { series }: DossierDeps,
  { view, product }: CaseFacts,
  { from, to }: Window,
): Promise<{ readonly plots: readonly PlotData[]; readonly missing: string }> {
  const { signals, limits } = view.evidence;
  const marks = evidenceMarks(view.evidence);
  const plots: PlotData[] = [];
  let missing = "";
  for (const signal of signals.slice(0, MAX_CHARTS)) {
    try {
      const query = { device: view.device, signal, from, to, points: CHART_POINTS };
      const answer = await series.read(query);
      if (answer.points.length > 0) {
        plots.push(plotData({ signal, product, limits, marks }, answer.points));
      } else if (answer.missing !== null) missing = answer.missing;
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      missing = error.message;
    }
  }
  return { plots, missing };
}

const pictureName = (id: string, what: string): string =>
  `case-${id.replace(/[^A-Za-z0-9_-]/g, "-")}${what}.png`;
