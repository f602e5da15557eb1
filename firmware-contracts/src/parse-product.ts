import { LineCounter, parseDocument } from "yaml";
import type { z } from "zod";
import { parseDuration } from "./duration.ts";
import { wanted } from "./field-check.ts";
import type {
  CommandModel,
  FeatureModel,
  ProductModel,
  SettingModel,
  SignalModel,
  UseModel,
} from "./product-model.ts";
import type { Finding } from "./product-references.ts";
import { referenceFindings } from "./product-references.ts";
import type { ProductFile } from "./product-schema.ts";
import { productSchema } from "./product-schema.ts";
import { show } from "./refusal.ts";
import type { Problem } from "./yaml-position.ts";
import { YamlPositions } from "./yaml-position.ts";

export type ParsedProduct =
  | { readonly ok: true; readonly model: ProductModel }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * A product file (YAML) to its model. Refused whole: every problem at once, each with its place in
 * the file, the path, the value and what would be right. `path` is only shown.
 */
export function parseProduct(path: string, text: string): ParsedProduct {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    // Its warnings would go to the process; what they are about is refused with a place in the file.
    logLevel: "error",
  });
  const positions = new YamlPositions(document, lines);
  if (document.errors.length > 0) {
    const problems = document.errors.map((error) => ({
      file: path,
      ...positions.atOffset(error.pos[0]),
      message: `not valid YAML: ${cut(error.message)}`,
    }));
    return { ok: false, problems };
  }
  const raw = plainValue(document);
  const parsed = productSchema.safeParse(raw);
  const findings = [
    ...(parsed.success ? [] : parsed.error.issues.flatMap((issue) => issueFindings(issue, raw))),
    ...referenceFindings(raw),
  ];
  if (parsed.success && findings.length === 0) return { ok: true, model: modelOf(parsed.data) };
  const problems = findings.map(({ path: at, spot, message }) => ({
    file: path,
    ...positions.of(at, spot),
    message,
  }));
  return { ok: false, problems: problems.toSorted(byPlace) };
}

const byPlace = (a: Problem, b: Problem): number => a.line - b.line || a.column - b.column;

const MESSAGE_LENGTH = 200;

/** The parser quotes all the text that it did not understand. */
const cut = (message: string): string =>
  message.length > MESSAGE_LENGTH ? `${message.slice(0, MESSAGE_LENGTH)}…` : message;

/** Undefined for a file that only expands endlessly (YAML aliases): the schema then refuses it. */
function plainValue(document: { toJS(): unknown }): unknown {
  try {
    return document.toJS();
  } catch (error) {
    if (error instanceof ReferenceError) return undefined;
    throw error;
  }
}

function issueFindings(issue: z.core.$ZodIssue, raw: unknown): readonly Finding[] {
  const { path } = issue;
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      path: [...path, key],
      spot: "key",
      message: `${dotted([...path, key])} is not known here; expected no such key`,
    }));
  }
  if (issue.code === "invalid_key") {
    const reason = issue.issues[0]?.message ?? "expected another name";
    return [{ path, spot: "key", message: `${dotted(path)} has a bad name; ${reason}` }];
  }
  const value = valueAt(raw, path);
  const state = value === undefined ? "is missing" : `is ${showYaml(value)}`;
  return [{ path, message: `${dotted(path)} ${state}; ${wanted(issue)}` }];
}

const showYaml = (value: unknown): string =>
  Array.isArray(value) && value.length <= 4 ? JSON.stringify(value) : show(value);

const dotted = (path: readonly PropertyKey[]): string =>
  path.length === 0 ? "the file" : path.map(String).join(".");

function valueAt(raw: unknown, path: readonly PropertyKey[]): unknown {
  let value = raw;
  for (const key of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}

/** The schema has checked every duration. */
const durationMs = (text: string): number => parseDuration(text) ?? 0;

function modelOf(file: ProductFile): ProductModel {
  const expectedPeriodMs = durationMs(file.expectedPeriod);
  return {
    id: file.id,
    title: file.title,
    version: file.version,
    expectedPeriodMs,
    signals: mapValues(file.signals, (signal) => signalOf(signal, expectedPeriodMs)),
    events: file.events,
    settings: mapValues(file.settings, settingOf),
    commands: mapValues(file.commands, commandOf),
    features: mapValues(file.features, featureOf),
    ...(file.use !== undefined && { use: useOf(file.use) }),
    ...(file.adviceCommand !== undefined && { adviceCommand: file.adviceCommand }),
  };
}

function signalOf(signal: ProductFile["signals"][string], expectedPeriodMs: number): SignalModel {
  const { kind, title } = signal;
  const period = signal.period === undefined ? {} : { periodMs: durationMs(signal.period) };
  switch (signal.kind) {
    case "gauge":
      return {
        kind: "gauge",
        title,
        unit: signal.unit,
        ...(signal.range !== undefined && { range: signal.range }),
        periodMs: expectedPeriodMs,
        ...period,
      };
    case "counter":
      return { kind: "counter", title, unit: signal.unit, ...period };
    case "state":
      return { kind: "state", title, values: signal.values, ...period };
    case "flag":
    case "text":
      return { kind, title, ...period };
  }
}

const settingOf = (setting: ProductFile["settings"][string]): SettingModel => ({
  title: setting.title,
  kind: setting.kind,
  ...(setting.unit !== undefined && { unit: setting.unit }),
  ...(setting.range !== undefined && { range: setting.range }),
  default: setting.default,
});

const commandOf = (command: ProductFile["commands"][string]): CommandModel => ({
  number: command.number,
  title: command.title,
  args: mapValues(command.args, (arg) => ({
    kind: arg.kind,
    ...(arg.unit !== undefined && { unit: arg.unit }),
    ...(arg.range !== undefined && { range: arg.range }),
    ...(arg.values !== undefined && { values: arg.values }),
    ...(arg.maxLength !== undefined && { maxLength: arg.maxLength }),
    required: arg.required,
    ...(arg.default !== undefined && { default: arg.default }),
  })),
  ...(command.safeWhen !== undefined && { safeWhen: command.safeWhen }),
  needsConsent: command.needsConsent,
});

/** `exactlyOne` in the schema guarantees that one of the keys is set. */
const featureOf = ({ title, usedBy }: ProductFile["features"][string]): FeatureModel => ({
  title,
  usedBy: usedBy.event === undefined ? { when: usedBy.when ?? "" } : { event: usedBy.event },
});

function useOf(use: NonNullable<ProductFile["use"]>): UseModel {
  const { title, unit, counter, event, when } = use;
  const inUse = use.while === undefined ? {} : { while: use.while };
  if (counter !== undefined) return { title, unit, counter, ...inUse };
  if (event !== undefined) return { title, unit, event, ...inUse };
  return { title, unit, when: when ?? "" };
}

const mapValues = <T, R>(
  record: Readonly<Record<string, T>>,
  to: (value: T) => R,
): Readonly<Record<string, R>> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, to(value)]));
