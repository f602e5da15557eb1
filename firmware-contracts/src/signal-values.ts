import { LIMITS } from "./limits.ts";
import type { Decoded, SignalValue, SignalValues } from "./messages.ts";
import type { ProductModel, SettingModel, SignalModel } from "./product-model.ts";
import type { Refused } from "./refusal.ts";
import { accept, hint, refuse, show } from "./refusal.ts";

/**
 * The value as the service keeps it: `null` stays null, a flag sent as 0 or 1 becomes a boolean.
 * A number outside `range` passes: a fault may cause it, and rules must see it.
 */
export function checkSignal(
  name: string,
  value: unknown,
  signal: SignalModel,
): SignalValue | Refused {
  if (value === null) return null;
  switch (signal.kind) {
    case "gauge":
      // Minus zero becomes zero: JSON could not keep it.
      return typeof value === "number" ? value + 0 : badValue(name, value, wantedNumber(signal));
    case "counter":
      return typeof value === "number" && value >= 0
        ? value
        : badValue(name, value, `${wantedNumber(signal)} that is not negative`);
    case "flag":
      if (typeof value === "boolean") return value;
      return value === 0 || value === 1
        ? value === 1
        : badValue(name, value, "true, false, 0 or 1");
    case "state":
      return checkState(name, value, signal.values ?? []);
    case "text":
      return typeof value === "string" && value.length <= LIMITS.textLength
        ? value
        : badValue(name, value, `text of at most ${LIMITS.textLength} characters`);
  }
}

export const isRefused = (outcome: SignalValue | Refused): outcome is Refused =>
  typeof outcome === "object" && outcome !== null;

function checkState(
  name: string,
  value: unknown,
  states: readonly string[],
): SignalValue | Refused {
  if (typeof value !== "string") {
    return badValue(name, value, `one of ${states.join(", ")}`);
  }
  if (states.includes(value)) return value;
  return refuse(
    "unknown_state",
    `signal "${name}" is ${show(value)}; expected one of ${states.join(", ")}, or null`,
  );
}

const wantedNumber = (signal: SignalModel): string =>
  signal.unit === undefined || signal.unit === "1" ? "a number" : `a number in ${signal.unit}`;

const badValue = (name: string, value: unknown, wanted: string): Refused =>
  refuse("bad_value", `signal "${name}" is ${show(value)}; expected ${wanted}, or null`);

export const unknownSignal = (name: string, product: ProductModel): Refused =>
  refuse(
    "unknown_signal",
    `signal ${show(name)} is not declared for product "${product.id}"${hint(name, Object.keys(product.signals))}`,
  );

/** Lookups by a name that a device chose go through `hasOwn`: "toString" is no signal. */
export function ownEntry<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

/** Map of signal name to value as sent; `m` of the envelope. */
export function checkSignals(
  sent: Readonly<Record<string, unknown>>,
  product: ProductModel,
): Decoded<SignalValues> {
  const values: Record<string, SignalValue> = {};
  for (const name in sent) {
    const signal = ownEntry(product.signals, name);
    if (signal === undefined) return unknownSignal(name, product);
    const value = checkSignal(name, sent[name], signal);
    if (isRefused(value)) return value;
    values[name] = value;
  }
  return accept(values);
}

/** `set` of birth and rep: only declared settings, of the declared kind. */
export function checkSettings(
  sent: Readonly<Record<string, unknown>>,
  product: ProductModel,
): Decoded<SignalValues> {
  const values: Record<string, SignalValue> = {};
  for (const [name, value] of Object.entries(sent)) {
    const setting = ownEntry(product.settings, name);
    if (setting === undefined) {
      return refuse(
        "unknown_setting",
        `setting ${show(name)} is not declared for product "${product.id}"${hint(name, Object.keys(product.settings))}`,
      );
    }
    if (value !== null && typeof value !== setting.kind) {
      return refuse(
        "bad_value",
        `setting "${name}" is ${show(value)}; expected ${wantedSetting(setting)}, or null`,
      );
    }
    values[name] = value as SignalValue;
  }
  return accept(values);
}

function wantedSetting(setting: SettingModel): string {
  switch (setting.kind) {
    case "number":
      return setting.unit === undefined ? "a number" : `a number in ${setting.unit}`;
    case "string":
      return "text";
    case "boolean":
      return "true or false";
  }
}
