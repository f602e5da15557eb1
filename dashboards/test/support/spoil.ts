import type { ClassicDashboard, QueryPanel } from "../../src/classic-model.ts";

export const panelOf = (
  dashboard: ClassicDashboard,
  type: QueryPanel["type"] = "timeseries",
): QueryPanel => {
  const found = dashboard.panels.find((panel) => panel.type === type);
  if (found === undefined || found.type === "row") throw new Error(`no ${type}`);
  return found;
};

export const inPanel =
  (spoil: (panel: QueryPanel) => void, type?: QueryPanel["type"]) =>
  (dashboard: ClassicDashboard): void =>
    spoil(panelOf(dashboard, type));

export const inQuery = (
  change: (query: string) => string,
): ((dashboard: ClassicDashboard) => void) =>
  inPanel(({ targets }) => {
    const [first] = targets;
    if (first !== undefined) first.query = change(first.query);
  });

/** What the lint wants, what it says otherwise, and how to spoil a dashboard so that it does. */
export type Plant = readonly [
  rule: string,
  says: RegExp,
  spoil: (dashboard: ClassicDashboard) => void,
];
