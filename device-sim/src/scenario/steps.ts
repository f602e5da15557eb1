import { z } from "zod";
import { caseRef, duration, id, problemRef, scalar, settings } from "./fields.ts";

/** What happens to devices; `at` counts from the start. */
export const happening = z
  .strictObject({
    at: duration,
    device: id,
    trouble: id.optional(),
    /** Ends by itself after this time; absent: only a cure ends it. */
    lasts: duration.optional(),
    /** With a group: from the first device to the last. */
    spread: duration.optional(),
    /** Somebody goes through it with the owner, who does at once what the advice asked for. */
    owner: z.literal("helped").optional(),
    /** The device gets this firmware and restarts. */
    firmware: z.string().min(1).optional(),
  })
  .refine(({ trouble, owner, firmware }) => countOf([trouble, owner, firmware]) === 1, {
    error: "give one of trouble, owner, firmware",
  });
export type Happening = z.infer<typeof happening>;

const countOf = (values: readonly unknown[]): number =>
  values.filter((value) => value !== undefined).length;

export const NETWORK_STATES = {
  offline: "offline_backfill",
  duplicates: "duplicates",
  reordering: "reordering",
  flapping: "flapping",
  acks_lost: "acks_lost",
  power_fails: "power_fails",
  answers_late: "answers_late",
} as const;

/** A bad network for a while. */
export const networkStep = z
  .strictObject({
    device: id,
    state: z
      .enum(Object.keys(NETWORK_STATES) as [keyof typeof NETWORK_STATES])
      .default("offline" as keyof typeof NETWORK_STATES),
    from: duration,
    to: duration,
  })
  .refine(({ from, to }) => from < to, { error: "`from` must come before `to`" });

const when = {
  at: duration,
  /** Name of the person, as it stands on the timeline. */
  who: z.string().min(1).max(64),
  /** The gateway must refuse it, and say these words. */
  refused: z.string().optional(),
};
const comment = z.string().default("");
const onCase = { ...when, case: caseRef };
const onProblem = { ...when, problem: problemRef, comment };

/** What people do, through the gateway's API. */
export const agentStep = z.discriminatedUnion("do", [
  z.strictObject({ do: z.enum(["acknowledge", "give_back"]), ...onCase }),
  z.strictObject({ do: z.enum(["reopen", "comment", "approve", "decline"]), ...onCase, comment }),
  z.strictObject({
    do: z.literal("resolve"),
    ...onCase,
    comment,
    as: z.enum(["done", "wont_fix"]).default("done"),
  }),
  z.strictObject({
    do: z.literal("verdict"),
    ...onCase,
    comment,
    verdict: z.enum(["confirmed", "false_alarm", "sensor_fault", "duplicate", "deferred"]),
  }),
  /** `step`: number of the step in the playbook, from 1. */
  z.strictObject({ do: z.literal("undo"), ...onCase, step: z.int().min(1) }),
  z.strictObject({ do: z.literal("owner_called"), ...onCase, source: z.string().default("") }),
  z.strictObject({
    do: z.enum(["problem_resolve", "problem_dissolve", "problem_comment"]),
    ...onProblem,
  }),
  z.strictObject({
    do: z.literal("remedies"),
    ...when,
    enabled: z.boolean(),
    product: z.string().default(""),
    comment: z.string().min(1),
  }),
  z.strictObject({
    do: z.literal("reinstate"),
    ...when,
    product: id,
    rule: id,
    /** Words of what the step does. */
    what: z.string().min(1),
    comment: z.string().min(1),
  }),
  z.strictObject({ do: z.literal("settings"), ...when, device: id, settings }),
  z.strictObject({
    do: z.literal("command"),
    ...when,
    device: id,
    name: id,
    args: z.record(id, scalar).default({}),
    expiresIn: duration.default(600_000),
  }),
]);
export type AgentStep = z.infer<typeof agentStep>;
