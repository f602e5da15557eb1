import type { SignalValue } from "./messages.ts";

export type SignalKind = "gauge" | "counter" | "state" | "flag" | "text";

export interface SignalModel {
  readonly kind: SignalKind;
  readonly title: string;
  /** SenML/UCUM symbol, e.g. `Cel`, `W`, `/min`; "1" for plain counts and ratios. Absent for state, flag and text. */
  readonly unit?: string;
  /** Plausible values, inclusive. A value outside is kept: a fault may cause it, and rules must see it. */
  readonly range?: readonly [number, number];
  /** Allowed values of a state. */
  readonly values?: readonly string[];
  /** How often a sample is expected, in ms; a gauge is unknown after three of these without one. */
  readonly periodMs?: number;
}
export interface EventModel {
  /** Numeric code for the C header. */
  readonly number: number;
  readonly title: string;
  readonly severity: "info" | "warning" | "error";
}
export interface SettingModel {
  readonly title: string;
  readonly kind: "number" | "string" | "boolean";
  readonly unit?: string;
  readonly range?: readonly [number, number];
  readonly default: string | number | boolean;
}
export interface CommandArg {
  readonly kind: "number" | "string" | "boolean";
  readonly unit?: string;
  readonly range?: readonly [number, number];
  readonly values?: readonly string[];
  readonly maxLength?: number;
  readonly required: boolean;
  /** Filled in when the argument is absent. */
  readonly default?: string | number | boolean;
}
export interface CommandModel {
  readonly number: number;
  readonly title: string;
  readonly args: Readonly<Record<string, CommandArg>>;
  /** CEL over the product's signals: may be sent only while true. */
  readonly safeWhen?: string;
  readonly needsConsent: boolean;
}
export interface FeatureModel {
  readonly title: string;
  /** How to see that it was used: an event code, or CEL over signals that is true while in use. */
  readonly usedBy: { readonly event: string } | { readonly when: string };
}
/** What counts as use of the product. Exactly one way; `while`: CEL that is true while it is in use. */
export type UseModel =
  | {
      readonly title: string;
      readonly unit: string;
      readonly counter: string;
      readonly while?: string;
    }
  | {
      readonly title: string;
      readonly unit: string;
      readonly event: string;
      readonly while?: string;
    }
  | { readonly title: string; readonly unit: string; readonly when: string };

export interface ProductModel {
  readonly id: string;
  readonly title: string;
  /** Raised with every change of the contract. */
  readonly version: number;
  /** The device sends something at least this often while online, in ms. */
  readonly expectedPeriodMs: number;
  readonly signals: Readonly<Record<string, SignalModel>>;
  readonly events: Readonly<Record<string, EventModel>>;
  readonly settings: Readonly<Record<string, SettingModel>>;
  readonly commands: Readonly<Record<string, CommandModel>>;
  readonly features: Readonly<Record<string, FeatureModel>>;
  readonly use?: UseModel;
  /** The command that shows a text to the user, if the device has a display; args: `text`. */
  readonly adviceCommand?: string;
}

export type { SignalValue };
