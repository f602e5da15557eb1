import type { ProductModel } from "@voorzorg/firmware-contracts";
import type { DayOfUse } from "#domain/device-view.ts";
import { DAY_MS } from "#domain/units.ts";
import { unitText } from "#pipeline/wording/value-text.ts";
import type { PlotData } from "#ports/chart-drawer.ts";

const DAY_S = DAY_MS / 1_000;

/** Use per day as a curve of steps; undefined without a day. */
export function usePlot(
  use: readonly DayOfUse[],
  product: ProductModel | undefined,
): PlotData | undefined {
  const last = use.at(-1);
  if (last === undefined) return undefined;
  const starts = use.map(({ day }) => Date.parse(`${day}T00:00:00Z`) / 1_000);
  return {
    title: `${product?.use?.title ?? "Use"} per day`,
    unit: unitText(product?.use?.unit),
    stepped: true,
    categories: [],
    seconds: [...starts, (starts.at(-1) ?? 0) + DAY_S],
    values: [...use.map(({ amount }) => amount), last.amount],
    limits: [],
    marks: [],
  };
}
