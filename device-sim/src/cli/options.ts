import { parseArgs } from "node:util";
import { messageOf, UsageError } from "../errors.ts";

type OptionKind = "text" | "switch";
export type OptionKinds = Readonly<Record<string, OptionKind>>;

export interface GivenOptions {
  readonly positionals: readonly string[];
  /** The text given, or undefined. */
  text(name: string): string | undefined;
  is(name: string): boolean;
}

/** Reads `--name value` and `--switch`. @throws SimError on an unknown or incomplete option. */
export function readOptions(
  argv: readonly string[],
  kinds: OptionKinds,
  allowPositionals = false,
): GivenOptions {
  const options: Record<string, { readonly type: "string" | "boolean" }> = {};
  for (const [name, kind] of Object.entries(kinds)) {
    options[name] = { type: kind === "text" ? "string" : "boolean" };
  }
  try {
    const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals });
    return {
      positionals,
      text: (name) => (typeof values[name] === "string" ? values[name] : undefined),
      is: (name) => values[name] === true,
    };
  } catch (error) {
    throw new UsageError(messageOf(error), { cause: error });
  }
}

export interface NumberRange {
  readonly min: number;
  readonly max: number;
  readonly whole?: boolean;
}

/** A number option. @throws SimError that names the option, the value and what would be right. */
export function numberOption(
  given: GivenOptions,
  name: string,
  range: NumberRange & { readonly default: number },
): number {
  const text = given.text(name);
  if (text === undefined) return range.default;
  const value = text.trim() === "" ? Number.NaN : Number(text);
  const inRange = value >= range.min && value <= range.max;
  if (inRange && (range.whole !== true || Number.isInteger(value))) return value;
  const kind = range.whole === true ? "a whole number" : "a number";
  const limits = `from ${range.min} to ${range.max}`;
  throw new UsageError(`--${name} is "${text}"; it must be ${kind} ${limits}`);
}

/** Like numberOption, with the word `max` for "no limit", which is Infinity. */
export function numberOrMax(
  given: GivenOptions,
  name: string,
  range: NumberRange & { readonly default: number },
): number {
  return given.text(name) === "max" ? Number.POSITIVE_INFINITY : numberOption(given, name, range);
}

export function requiredText(given: GivenOptions, name: string, example: string): string {
  const text = given.text(name);
  if (text !== undefined && text !== "") return text;
  throw new UsageError(`--${name} is missing, e.g. --${name} ${example}`);
}

/** `--mqtt`, by default the broker of a gateway on this machine. */
export function mqttUrl(given: GivenOptions): string {
  const text = given.text("mqtt") ?? "mqtt://127.0.0.1:1883";
  if (/^mqtts?:\/\/[^/]+\/?$/.test(text)) return text;
  throw new UsageError(`--mqtt is "${text}"; it must be like mqtt://127.0.0.1:1883`);
}

/** `--http`, by default the API of a gateway on this machine. */
export function httpUrl(given: GivenOptions): string {
  const text = given.text("http") ?? "http://127.0.0.1:8080";
  if (/^https?:\/\/[^/]+\/?$/.test(text)) return text;
  throw new UsageError(`--http is "${text}"; it must be like http://127.0.0.1:8080`);
}

/** An ISO 8601 moment, ms since 1970. */
export function instantOption(given: GivenOptions, name: string, defaultMs: number): number {
  const text = given.text(name);
  if (text === undefined) return defaultMs;
  const instant = Date.parse(text);
  if (Number.isFinite(instant)) return instant;
  throw new UsageError(
    `--${name} is "${text}"; it must be an ISO 8601 time, e.g. 2026-03-02T00:00:00Z`,
  );
}
