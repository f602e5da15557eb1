import type { SignalModel, SignalValue } from "@voorzorg/firmware-contracts";
import { rounded } from "#domain/detect/wording.ts";

const UNITS: Readonly<Record<string, string>> = {
  "1": "",
  Cel: "°C",
  "/min": "per min",
  "%RH": "% RH",
  Ohm: "Ω",
  m3: "m³",
  "m/s2": "m/s²",
  "l/min": "l/min",
};

/** SenML and UCUM symbols as people write them. */
export const unitText = (unit: string | undefined): string =>
  unit === undefined ? "" : (UNITS[unit] ?? unit);

export function valueText(value: SignalValue, model?: Pick<SignalModel, "unit">): string {
  if (value === null) return "not available";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "string") return value;
  const unit = unitText(model?.unit);
  const number = Math.abs(value) >= 10_000 ? Math.round(value) : rounded(value);
  return unit === "" ? `${number}` : `${number} ${unit}`;
}
