import type { Aggregate } from "./influxql.ts";
import { Column, Select } from "./influxql.ts";
import type { Color, Named } from "./look.ts";
import { GATEWAY_POINTS } from "./periods.ts";
import { Target } from "./target.ts";

export interface Figure {
  readonly field: string;
  readonly aggregate: Aggregate;
  readonly title: string;
  readonly color: Color;
}

export const figure = (
  field: string,
  aggregate: Aggregate,
  title: string,
  color: Color,
): Figure => ({
  field,
  aggregate,
  title,
  color,
});

export const course = (figures: readonly Figure[]): readonly Target[] => [
  Target.series(
    "A",
    new Select(
      figures.map(({ field, aggregate }) => Column.of(aggregate, field).as(field)),
      { from: "vz.gateway", every: "$__interval" },
    ),
    "$col",
  ),
];

const namesOf = (figures: readonly Figure[]): readonly Named[] =>
  figures.map(({ field, title, color }) => ({ name: field, title, color }));

export const shown = (figures: readonly Figure[]) => ({
  targets: course(figures),
  names: namesOf(figures),
  interval: GATEWAY_POINTS,
});
