import type { Problem } from "@voorzorg/firmware-contracts";
import { show } from "@voorzorg/firmware-contracts";
import { z } from "zod";
import { nearest, whatIsThere } from "#domain/rules/nearest.ts";
import type { RuleSource } from "#domain/rules/rule-schema.ts";
import {
  knownKeys,
  ruleFileJsonSchema,
  ruleFileSchema,
  ruleSchema,
} from "#domain/rules/rule-schema.ts";
import type { YamlPath, YamlSource } from "#domain/rules/yaml-source.ts";

export interface FileShape {
  readonly product: string;
  /** Rules of the right form, each with its index in the file. */
  readonly rules: readonly (readonly [rule: RuleSource, index: number])[];
  readonly problems: readonly Problem[];
}

type Issue = z.core.$ZodIssue;

/**
 * Checks the form of a rule file: keys, types, durations; every problem with its place. Rules that
 * are in form are handed on even if others are not, so that their contents are checked in one go.
 */
export function fileShape(source: YamlSource): FileShape {
  if (source.problems.length > 0) return { product: "", rules: [], problems: source.problems };
  const value = source.value();
  const parsed = ruleFileSchema.safeParse(value, { reportInput: true });
  if (parsed.success) {
    const { product, rules } = parsed.data;
    return { product, rules: rules.map((rule, index) => [rule, index] as const), problems: [] };
  }
  const problems = formProblems(parsed.error.issues, source, ruleFileJsonSchema());
  return { ...inForm(value), problems };
}

/** Issues of a schema as problems of a YAML text; `schema` names the keys that would be right. */
export function formProblems(
  issues: readonly Issue[],
  source: YamlSource,
  schema: Readonly<Record<string, unknown>>,
): readonly Problem[] {
  return issues.flatMap((issue) => described(issue, { source, schema, prefix: [] }));
}

interface Place {
  readonly source: YamlSource;
  readonly schema: Readonly<Record<string, unknown>>;
  readonly prefix: YamlPath;
}

function inForm(value: unknown): Omit<FileShape, "problems"> {
  const outer = outerSchema.safeParse(value);
  if (!outer.success) return { product: "", rules: [] };
  const { product, rules } = outer.data;
  const good: (readonly [RuleSource, number])[] = [];
  rules.forEach((candidate, index) => {
    const parsed = ruleSchema.safeParse(candidate);
    if (parsed.success) good.push([parsed.data, index]);
  });
  return { product, rules: good };
}

const outerSchema = z.looseObject({ product: z.string(), rules: z.array(z.unknown()) });

function described(issue: Issue, { source, schema, prefix }: Place): readonly Problem[] {
  const path: YamlPath = [
    ...prefix,
    ...issue.path.map((p) => (typeof p === "number" ? p : String(p))),
  ];
  switch (issue.code) {
    case "unrecognized_keys": {
      const known = knownKeys(schema, path);
      return issue.keys.map((key) => {
        const message = `there is no key "${key}" here; ${whatIsThere(key, known, "key")}`;
        return source.keyProblem([...path, key], message);
      });
    }
    case "invalid_union": {
      // The branch that is wrong somewhere inside tells more than the one of another type.
      const inner = issue.errors.find((errors) => errors.some((error) => error.path.length > 0));
      const chosen = inner ?? issue.errors.find((errors) => errors[0]?.code !== "invalid_type");
      if (chosen !== undefined)
        return chosen.flatMap((error) => described(error, { source, schema, prefix: path }));
      return [source.problem(path, `${nameOf(path)}${issue.message}, not ${show(issue.input)}`)];
    }
    default:
      return [source.problem(path, `${nameOf(path)}${sentence(issue)}`)];
  }
}

const nameOf = (path: YamlPath): string => {
  const last = path.findLast((part) => typeof part === "string");
  return last === undefined ? "" : `\`${last}\` `;
};

function sentence(issue: Issue): string {
  if (issue.code === "invalid_type") {
    if (issue.input === undefined) return "is missing";
    if (issue.message.startsWith("must be")) return `${issue.message}, not ${show(issue.input)}`;
    return `must be a ${TYPES[issue.expected] ?? issue.expected}, not ${show(issue.input)}`;
  }
  if (issue.code === "invalid_value") {
    const allowed = issue.values.map(String);
    const near = typeof issue.input === "string" ? nearest(issue.input, allowed) : undefined;
    const hint = near === undefined ? "" : `; did you mean "${near}"?`;
    return `must be one of ${allowed.join(", ")}, not ${show(issue.input)}${hint}`;
  }
  if (issue.code === "too_small") return `must be at least ${issue.minimum}${counted(issue)}`;
  if (issue.code === "too_big") return `must be at most ${issue.maximum}${counted(issue)}`;
  return `${issue.message}, not ${show(issue.input)}`;
}

const TYPES: Readonly<Record<string, string>> = {
  string: "text",
  int: "whole number",
  object: "map of keys",
  record: "map of keys",
  array: "list",
  boolean: "true or false",
};

function counted(issue: Issue & { origin: string }): string {
  if (issue.origin === "string") return " characters long";
  if (issue.origin === "array") return " entries long";
  return `, not ${show(issue.input)}`;
}
