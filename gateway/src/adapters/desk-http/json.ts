import type { z } from "zod";
import { plainText } from "./plain-text.ts";

export type Decoded<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: string };

/** undefined = no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Checks what a desk sent. The reason names fields, never values: those may be a customer's. */
export function decode<T>(schema: z.ZodType<T>, value: unknown): Decoded<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return { ok: true, value: parsed.data };
  const issues = parsed.error.issues
    .slice(0, 3)
    .map(
      (issue) => `${issue.path.length === 0 ? "answer" : issue.path.join(".")}: ${issue.message}`,
    );
  return { ok: false, reason: issues.join("; ") };
}

const SHOWN_CHARS = 300;

/**
 * What a desk says is wrong, on one line: the strings of a JSON answer, or the text of a
 * page without its markup.
 */
export function wordsOf(body: unknown, text: string): string {
  const words = body === undefined ? plainText(text) : [...strings(body)].join("; ");
  return words.replace(/[\p{C}\s]+/gu, " ").trim();
}

export const shortened = (line: string): string =>
  line.length > SHOWN_CHARS ? `${line.slice(0, SHOWN_CHARS).toWellFormed()}…` : line;

function* strings(value: unknown, name = ""): Generator<string> {
  if (typeof value === "string") {
    if (value.trim() !== "") yield name === "" ? value : `${name}: ${value}`;
  } else if (Array.isArray(value)) {
    for (const item of value) yield* strings(item, name);
  } else if (typeof value === "object" && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      yield* strings(item, GENERIC.has(key) ? name : key);
    }
  }
}

/** Names that say nothing beside their text. */
const GENERIC: ReadonlySet<string> = new Set([
  "message",
  "messages",
  "error",
  "errors",
  "errorMessage",
  "errorMessages",
  "description",
  "details",
]);
