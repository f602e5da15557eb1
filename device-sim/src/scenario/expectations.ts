import { z } from "zod";
import { caseRef, duration, id, problemRef, scalar } from "./fields.ts";

const about = { device: id, rule: id };
const words = z
  .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
  .transform((given) => (typeof given === "string" ? [given] : given));

/** Words that the explanation must contain, upper and lower case alike. */
const explains = z.strictObject({
  observed: words.optional(),
  expected: words.optional(),
  sure: words.optional(),
  disproof: words.optional(),
});
export type Explains = z.infer<typeof explains>;

const found = z.strictObject({ ...about, within: duration, explains: explains.optional() });
const timed = z.strictObject({ ...about, within: duration });
const anyOf = z.strictObject({ device: id, rule: id.optional() });
/** As it was then, after everything at that time; absent: at the end. */
const at = duration.optional();
const count = z.int().min(0);
const target = z.enum(["open", "warned", "met", "breached"]);

const EXPECTATIONS = {
  case: found,
  /** Also of a rule that only watches: it opens no case. */
  alert: found,
  fix: z.strictObject({ ...about, command: id.optional(), within: duration }),
  advice: timed,
  escalated: timed,
  resolved: timed,
  noCase: anyOf,
  noAlert: anyOf,
  /** How many cases there are. */
  cases: z.strictObject({ device: id, rule: id.optional(), count, at }),
  /** The newest case of device and rule. */
  state: z.strictObject({
    ...about,
    at,
    status: z.enum(["open", "acknowledged", "resolved"]).optional(),
    stage: z.string().optional(),
    /** `none`: it has none. */
    resolution: z.string().optional(),
    verdict: z.string().optional(),
    acknowledgedBy: z.string().optional(),
    callback: z.boolean().optional(),
    suppressed: z.boolean().optional(),
    refires: count.optional(),
    /** Whether it belongs to a problem. */
    inProblem: z.boolean().optional(),
    /** Whether the owner called before. */
    ownerCalled: z.boolean().optional(),
  }),
  /** A step of the newest case: words of what it does, and what became of it. */
  action: z.strictObject({
    ...about,
    what: z.string().min(1),
    at,
    state: z.string().optional(),
    proof: z.enum(["none", "pending", "proved", "not_proved"]).optional(),
    held: z.enum(["none", "pending", "held", "did_not_hold", "harmful"]).optional(),
    undoable: z.boolean().optional(),
  }),
  /** `contains`: kinds, or `kind: words of the reason`, in this order; `lacks`: at no place. */
  timeline: z
    .strictObject({
      case: caseRef.optional(),
      problem: problemRef.optional(),
      at,
      contains: z.array(z.string()).default([]),
      lacks: z.array(z.string()).default([]),
    })
    .refine((given) => (given.case === undefined) !== (given.problem === undefined), {
      error: "give one of case, problem",
    }),
  problem: problemRef.extend({
    at,
    status: z.enum(["open", "resolved", "dissolved"]).optional(),
    children: count.optional(),
    openCases: count.optional(),
  }),
  noProblem: z.strictObject({ rule: id.optional(), at }),
  /** The newest command of that name, as the gateway has it and as the device saw it. */
  command: z.strictObject({
    device: id,
    name: id,
    at,
    state: z.string().optional(),
    /** In this order; states that lasted less than a step of the simulation are not seen. */
    states: z.array(z.string()).optional(),
    /** Everything that the device answered to commands of that name, in this order. */
    answers: z.array(z.string()).optional(),
  }),
  /** Nothing of that name arrived at the device, and of nothing the gateway says that it did. */
  noCommand: z.strictObject({
    device: id,
    name: id.optional(),
    from: duration.default(0),
    to: duration.optional(),
  }),
  /** What the device reports; `wanted`: what the gateway wants. */
  setting: z.strictObject({
    device: id,
    name: id,
    at,
    value: scalar.optional(),
    wanted: scalar.optional(),
  }),
  /** Statistics of a step: words of what it does. */
  fixes: z.strictObject({
    product: id,
    rule: id,
    what: z.string().min(1),
    at,
    tried: count.optional(),
    proved: count.optional(),
    held: count.optional(),
    failed: count.optional(),
    harmful: count.optional(),
    withdrawn: z.boolean().optional(),
  }),
  /** Figures of `GET /api/value` for a rule, by their place in the answer, e.g. `verdicts.falseAlarm`. */
  value: z.strictObject({
    product: id,
    rule: id,
    at,
    is: z.record(z.string(), z.union([z.number(), z.null()])),
  }),
  targets: z.strictObject({
    ...about,
    at,
    level: z.string().optional(),
    team: z.string().optional(),
    firstResponse: target.optional(),
    solution: target.optional(),
  }),
} as const;

export type ExpectationKind = keyof typeof EXPECTATIONS;
/** What is expected, by its kind. */
export type Wanted = { readonly [K in ExpectationKind]: z.infer<(typeof EXPECTATIONS)[K]> };
/** Exactly one kind. */
export type Expectation = { readonly [K in ExpectationKind]?: Wanted[K] | undefined };

const KINDS = Object.keys(EXPECTATIONS) as readonly ExpectationKind[];

export const expectation = z
  .strictObject(
    Object.fromEntries(KINDS.map((kind) => [kind, EXPECTATIONS[kind].optional()])) as {
      readonly [K in ExpectationKind]: z.ZodOptional<(typeof EXPECTATIONS)[K]>;
    },
  )
  .refine((item) => Object.keys(item).length === 1, {
    error: `give exactly one of ${KINDS.join(", ")}`,
  });

export function kindOf(item: Expectation): ExpectationKind {
  const kind = KINDS.find((candidate) => item[candidate] !== undefined);
  // The schema has seen to it.
  if (kind === undefined) throw new TypeError("an expectation without a kind");
  return kind;
}
