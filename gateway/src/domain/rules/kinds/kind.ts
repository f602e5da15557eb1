import type { ProductModel } from "@voorzorg/firmware-contracts";
import { parseDuration } from "@voorzorg/firmware-contracts";
import { z } from "zod";
import type { Detector, Predicate, Quantity } from "#domain/detect/detector.ts";
import type { RuleTest, RuleView } from "#domain/rules/rule.ts";
import type { YamlPath } from "#domain/rules/yaml-source.ts";
import type { DurationMs } from "#domain/units.ts";

/** What a kind may ask of the compiler; every complaint is reported with its place in the file. */
export interface KindContext {
  readonly model: ProductModel;
  /** Place of the rule in its file. */
  readonly path: YamlPath;
  /** Other rules of the product, in order; for kinds that build on rules. */
  readonly ruleIds: readonly string[];
  /** A problem at the value of `path`. */
  at(path: YamlPath, message: string): void;
  /** A problem at the key of `path`. */
  atKey(path: YamlPath, message: string): void;
  /** CEL over the product's signals; undefined when it is wrong, which is then reported. */
  predicate(source: string, path: YamlPath): Predicate | undefined;
  /** A CEL calculation over the product's signals; undefined when it is wrong, which is then reported. */
  calculation(source: string, path: YamlPath): Quantity | undefined;
  /** Reports a code that the product does not declare. */
  eventCode(code: string, path: YamlPath): void;
  /** Reports a signal that is no gauge or counter of the product. */
  numericSignal(signal: string, path: YamlPath): void;
}

/** One kind of rule that stands under its own YAML key: its form, its meaning, its detector. */
export interface RuleKind {
  readonly key: string;
  readonly type: RuleTest["type"];
  readonly schema: z.ZodType;
  /** True if a breach may be asked to last (`for`); kinds with their own time say no. */
  readonly takesFor: boolean;
  read(source: unknown): RuleTest;
  /** undefined when something is wrong, which is then reported. */
  compile(rule: RuleView, test: RuleTest, context: KindContext): Detector | undefined;
}

/** Ties form, test and detector of a kind together; outside of it only the erased RuleKind is seen. */
export function defineKind<S, T extends RuleTest>(kind: {
  readonly key: string;
  readonly type: T["type"];
  readonly schema: z.ZodType<S>;
  readonly takesFor: boolean;
  read(source: S): T;
  compile(rule: RuleView, test: T, context: KindContext): Detector | undefined;
}): RuleKind {
  return {
    ...kind,
    // The schema has checked the source, and `type` has chosen this kind for the test.
    read: (source) => kind.read(source as S),
    compile: (rule, test, context) => kind.compile(rule, test as T, context),
  };
}

const DURATION = /^\d+(?:\.\d+)?(?:ms|s|m|h|d)$/;
const DURATION_WANTED = 'must be a duration such as "30s", "10m", "72h" or "14d"';

export const durationSchema = (description: string) =>
  z
    .string(DURATION_WANTED)
    .regex(DURATION, DURATION_WANTED)
    .meta({ description: `${description} (30s, 10m, 72h, 14d)` });

export const conditionSchema = (description: string) =>
  z
    .string()
    .min(1)
    .meta({ description: `${description} CEL over the product's signals.` });

/** Duration text whose form the schema has checked. */
export const ms = (text: string): DurationMs => parseDuration(text) ?? 0;
