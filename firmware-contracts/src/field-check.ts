import type { z } from "zod";
import type { Decoded } from "./messages.ts";
import type { RefusalCode } from "./refusal.ts";
import { accept, refuse, show } from "./refusal.ts";

const ENVELOPE_FIELDS: ReadonlySet<PropertyKey> = new Set(["boot", "seq", "ts", "up"]);

/** Checks against a schema; the first problem becomes a refusal that names field and value. */
export function checkFields<T>(
  schema: z.ZodType<T>,
  body: unknown,
  code: RefusalCode = "bad_field",
): Decoded<T> {
  const outcome = schema.safeParse(body);
  if (outcome.success) return accept(outcome.data);
  const issue = outcome.error.issues[0];
  const path = issue?.path ?? [];
  const [first] = path;
  const inEnvelope = first !== undefined && path.length === 1 && ENVELOPE_FIELDS.has(first);
  return refuse(
    inEnvelope ? "bad_envelope" : code,
    `${nameOf(path)} is ${show(valueAt(body, path))}; ${wanted(issue)}`,
  );
}

const nameOf = (path: readonly PropertyKey[]): string =>
  path.length === 0 ? "the payload" : `field ${show(path.map(String).join("."))}`;

function valueAt(body: unknown, path: readonly PropertyKey[]): unknown {
  let value = body;
  for (const key of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}

const WORDS: Readonly<Record<string, string>> = {
  array: "a list",
  boolean: "true or false",
  int: "a whole number",
  number: "a number",
  object: "an object",
  record: "an object",
  string: "text",
};

/** What would be right, from zod's sentence: without its preamble and what was received. */
export function wanted(issue: z.core.$ZodIssue | undefined): string {
  if (issue === undefined) return "expected something else";
  if (issue.code === "invalid_type" && issue.message.startsWith("Invalid input")) {
    return `expected ${WORDS[issue.expected] ?? issue.expected}`;
  }
  if (issue.code === "invalid_value" && issue.message.startsWith("Invalid option")) {
    return `expected one of ${issue.values.map((value) => JSON.stringify(value)).join(", ")}`;
  }
  if (issue.code === "invalid_union" && issue.message === "Invalid input") {
    return "expected a number, text, true, false or null";
  }
  if (issue.code === "invalid_format" && issue.message.startsWith("Invalid string")) {
    return `expected text that matches ${String(issue.pattern)}`;
  }
  return issue.message.replace(/^Too (?:big|small): /, "");
}
