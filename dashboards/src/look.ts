import type { DynamicConfigValue, ValueMapping } from "@grafana/grafana-foundation-sdk/dashboard";
import {
  FieldColorBuilder,
  FieldColorModeId,
  MappingType,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from "@grafana/grafana-foundation-sdk/dashboard";

/**
 * Colours that readers with any kind of colour blindness tell apart (Okabe and Ito 2008). A colour never
 * stands alone: every mapping has its text.
 */
export const COLORS = {
  blue: "#0072B2",
  sky: "#56B4E9",
  green: "#009E73",
  yellow: "#F0E442",
  orange: "#E69F00",
  red: "#D55E00",
  purple: "#CC79A7",
  grey: "#999999",
} as const;
export type Color = keyof typeof COLORS;

/** What a value means: its text and its colour, in the order of a legend. */
export type Meaning = readonly [value: string | number, text: string, color: Color];

const mapping = (meanings: readonly Meaning[]): ValueMapping[] => [
  {
    type: MappingType.ValueToText,
    options: Object.fromEntries(
      meanings.map(([value, text, color], index) => [
        String(value),
        { text, color: COLORS[color], index },
      ]),
    ),
  },
];

/** A curve or value by its name in the answer, what people read instead, and its colour. */
export interface Named {
  readonly name: string;
  readonly title: string;
  readonly color: Color;
  readonly more?: readonly DynamicConfigValue[];
}

const named = (rows: readonly (readonly [string, string, Color])[]): readonly Named[] =>
  rows.map(([name, title, color]) => ({ name, title, color }));

export const SEVERITIES = named([
  ["normal", "Normal", "yellow"],
  ["urgent", "Urgent", "orange"],
  ["safety", "Safety", "red"],
]);

export const KINDS = named([
  ["fault", "Fault", "red"],
  ["misuse", "Misuse", "purple"],
  ["underuse", "Underuse", "sky"],
]);

export const LEVELS = named([
  ["watch", "Watch: shown only", "sky"],
  ["act", "Act: opens a case", "orange"],
]);

/** Counts of `vz.fleet`. */
export const PRESENCES = named([
  ["online", "Online", "blue"],
  ["sleeping", "Asleep", "sky"],
  ["offline", "Off, as planned", "grey"],
  ["unknown", "Not known", "yellow"],
  ["lost", "Lost", "red"],
  ["never_seen", "Never seen", "purple"],
]);

export const textsOf = (rows: readonly Named[]): ValueMapping[] =>
  mapping(rows.map(({ name, title, color }) => [name, title, color]));

/** `status_s` of a case. */
export const STATUS = mapping([
  ["open", "Open", "red"],
  ["acknowledged", "Taken", "orange"],
  ["resolved", "Resolved", "blue"],
]);

/** `stage_s` of a case. */
export const STAGE = mapping([
  ["acting", "Acting", "sky"],
  ["verifying", "Waiting for proof", "sky"],
  ["watching", "Proved, watching", "blue"],
  ["escalated", "A person must act", "red"],
  ["done", "Done", "grey"],
]);

/** `presence_code` of a device. */
export const PRESENCE = mapping([
  [5, "Online", "blue"],
  [3, "Asleep", "sky"],
  [4, "Off, as planned", "grey"],
  [2, "Not known", "yellow"],
  [1, "Lost", "red"],
  [0, "Never seen", "purple"],
]);

/** `worst_code` of the open cases of a device. */
export const WORST = mapping([
  [0, "No case", "blue"],
  [1, "Normal", "yellow"],
  [2, "Urgent", "orange"],
  [3, "Safety", "red"],
]);

/** `state_code` of the use of a device. */
export const USE = mapping([
  [0, "As usual", "blue"],
  [1, "Incompletely", "yellow"],
  [2, "Hardly, or much less", "orange"],
  [3, "No more", "red"],
  [4, "Never", "purple"],
]);

/** `status_s` of the gateway. */
export const HEALTH = mapping([
  ["ok", "Well", "blue"],
  ["degraded", "Degraded: see the health page", "orange"],
  ["starting", "Starting", "sky"],
  ["stopping", "Stopping", "grey"],
]);

export const YES_NO = mapping([
  [0, "No", "red"],
  [1, "Yes", "blue"],
]);

/** Texts of a state signal get colours in the order in which the product lists them. */
export const statesOf = (values: readonly string[]): ValueMapping[] => {
  const colors = Object.keys(COLORS) as Color[];
  return mapping(
    values.map((value, index) => [value, value, colors[index % colors.length] ?? "grey"]),
  );
};

export const FLAG = mapping([
  ["true", "Yes", "orange"],
  ["false", "No", "sky"],
]);

export interface Step {
  readonly from: number;
  readonly color: Color;
}

/** Blue below the first step. */
export const thresholds = (steps: readonly Step[]) =>
  new ThresholdsConfigBuilder()
    .mode(ThresholdsMode.Absolute)
    .steps([
      { value: null, color: COLORS.blue },
      ...steps.map(({ from, color }) => ({ value: from, color: COLORS[color] })),
    ]);

export const BY_THRESHOLD = new FieldColorBuilder().mode(FieldColorModeId.Thresholds);
export const BY_NAME = new FieldColorBuilder().mode(FieldColorModeId.PaletteClassicByName);
/** Grafana's unit for a unit of the product models (SenML, UCUM). */
const UNITS: Readonly<Record<string, string>> = {
  Cel: "celsius",
  W: "watt",
  kW: "kwatt",
  Wh: "watth",
  kWh: "kwatth",
  V: "volt",
  mV: "mvolt",
  A: "amp",
  mA: "mamp",
  Hz: "hertz",
  Pa: "pressurepa",
  bar: "pressurebar",
  "%": "percent",
  "%RH": "humidity",
  "%EL": "percent",
  l: "litre",
  ml: "mlitre",
  s: "s",
  ms: "ms",
  min: "m",
  h: "h",
  m: "lengthm",
  km: "lengthkm",
  "km/h": "velocitykmh",
  "m/s": "velocityms",
  dB: "dB",
  kg: "masskg",
  lm: "lumens",
  "1": "short",
};

export const unitOf = (unit: string | undefined): string =>
  unit === undefined ? "short" : (UNITS[unit] ?? `suffix: ${unit}`);
