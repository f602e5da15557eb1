import type { ProductModel } from "@voorzorg/firmware-contracts";
import type { DetectorInput, Predicate } from "#domain/detect/detector.ts";
import type { Happening } from "#domain/rules/kinds/usage-test.ts";

/** Something that a rule waits for: an event, or a condition that becomes true. */
export interface Occurrence {
  /** For people: what happened, as the product calls it. */
  readonly text: string;
  readonly event: string | undefined;
  readonly when: Predicate | undefined;
}

export function occurrenceOf(
  happening: Happening,
  when: Predicate | undefined,
  model: ProductModel,
): Occurrence {
  if ("when" in happening) return { text: `"${happening.when.trim()}"`, event: undefined, when };
  const title = model.events[happening.event]?.title;
  const text = title === undefined ? happening.event : `${happening.event} (${title})`;
  return { text, event: happening.event, when: undefined };
}

export const signalsOf = (occurrences: readonly (Occurrence | undefined)[]): readonly string[] => [
  ...new Set(occurrences.flatMap((one) => one?.when?.signals ?? [])),
];

export const eventsOf = (occurrences: readonly (Occurrence | undefined)[]): readonly string[] => [
  ...new Set(occurrences.flatMap((one) => (one?.event === undefined ? [] : [one.event]))),
];

/** Last known value of a condition; null = never known, or not a condition. */
export type Was = boolean | null;

/**
 * Whether it happens with this input, and the condition's value to remember. A condition happens
 * when it becomes true after it was known to be false.
 */
export function happens(
  occurrence: Occurrence | undefined,
  was: Was,
  input: DetectorInput,
): readonly [happened: boolean, was: Was] {
  if (occurrence === undefined) return [false, was];
  if (input.kind === "event") return [occurrence.event === input.code, was];
  if (input.kind !== "samples") return [false, was];
  const value = occurrence.when?.test(input.view);
  if (value === undefined) return [false, was];
  return [value && was === false, value];
}
