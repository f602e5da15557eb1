import type { ProductModel } from "@voorzorg/firmware-contracts";
import type { EvidenceLimit } from "#domain/case/case.ts";
import type { SignalView } from "#domain/detect/detector.ts";
import type { DurationMs } from "#domain/units.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "#domain/units.ts";

type Value = number | string | boolean;

/** `90 s`, `10 min`, `72 h`, `14 d`: the largest unit of which it is at least two, or exactly one. */
export function durationText(duration: DurationMs): string {
  const units = [
    [DAY_MS, "d"],
    [HOUR_MS, "h"],
    [MINUTE_MS, "min"],
    [SECOND_MS, "s"],
  ] as const;
  for (const [size, name] of units) {
    if (duration >= 2 * size || duration === size) return `${rounded(duration / size)} ${name}`;
  }
  return `${rounded(duration)} ms`;
}

/** At most one decimal from ten on, three digits below: what a person reads off a gauge. */
export function rounded(value: number): number {
  if (!Number.isFinite(value)) return value;
  return Math.abs(value) >= 10 ? Math.round(value * 10) / 10 : Number(value.toPrecision(3));
}

/** SenML symbols that people write otherwise. */
const SHOWN_UNITS: Readonly<Record<string, string>> = { Cel: "°C" };

export function quantity(value: Value, unit: string | undefined): string {
  if (typeof value !== "number") return String(value);
  return unit === undefined || unit === "1"
    ? `${rounded(value)}`
    : `${rounded(value)} ${SHOWN_UNITS[unit] ?? unit}`;
}

/** `boiler_temp 141.2 °C, state heating`. */
export function valuesText(values: Readonly<Record<string, Value>>, model: ProductModel): string {
  return Object.entries(values)
    .map(([signal, value]) => `${signal} ${quantity(value, model.signals[signal]?.unit)}`)
    .join(", ");
}

/** What the limit of a breach allows, said the other way round: `boiler_temp at most 135 °C`. */
export function allowedText(limit: EvidenceLimit, model: ProductModel): string {
  const words = {
    ">": "at most",
    ">=": "below",
    "<": "at least",
    "<=": "above",
    "==": "other than",
    "!=": "equal to",
  };
  return `${limit.signal} ${words[limit.op]} ${quantity(limit.value, model.signals[limit.signal]?.unit)}`;
}

/** The signals that are known now, in the given order. */
export function knownValues(
  signals: readonly string[],
  view: SignalView | undefined,
): Readonly<Record<string, Value>> {
  const values: Record<string, Value> = {};
  for (const signal of signals) {
    const value = view?.get(signal);
    if (value !== undefined) values[signal] = value;
  }
  return values;
}

/** Why a condition cannot be judged: names what is missing. */
export function whyUnknown(signals: readonly string[], view: SignalView): string {
  const missing = signals.filter((signal) => view.get(signal) === undefined);
  if (missing.length === 0) return "the calculation has no finite result";
  return `${missing.join(" and ")} ${missing.length === 1 ? "is" : "are"} unknown`;
}
