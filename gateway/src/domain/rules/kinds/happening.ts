import { z } from "zod";
import type { Predicate } from "#domain/detect/detector.ts";
import type { KindContext } from "#domain/rules/kinds/kind.ts";
import { conditionSchema } from "#domain/rules/kinds/kind.ts";
import type { Happening } from "#domain/rules/kinds/usage-test.ts";
import type { YamlPath } from "#domain/rules/yaml-source.ts";

/** `{ event: CODE }` or `{ when: CEL }`. */
export const happeningSchema = z.union(
  [
    z.strictObject({ event: z.string().min(1) }),
    z.strictObject({ when: conditionSchema("Happens when this becomes true.") }),
  ],
  "needs exactly one of event, when",
);

/** Reports an unknown code or a wrong condition; gives the condition if it is one and right. */
export function checkHappening(
  happening: Happening,
  path: YamlPath,
  context: KindContext,
): Predicate | undefined {
  if ("when" in happening) return context.predicate(happening.when, [...path, "when"]);
  context.eventCode(happening.event, [...path, "event"]);
  return undefined;
}
