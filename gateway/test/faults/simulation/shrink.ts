import { iso } from "#domain/units.ts";
import { START } from "../../support/records.ts";
import type { Violation } from "./oracle.ts";
import { INVARIANTS } from "./oracle.ts";
import type { Plan, Step } from "./plan.ts";
import { planOf } from "./plan.ts";
import type { Outcome, RunOptions } from "./simulation.ts";
import { simulate } from "./simulation.ts";

/** Runs that the search for a shorter plan may take. */
const MAX_RUNS = 60;

/** Leaves out steps of the plan, in ever smaller groups, as long as the same thing goes wrong. */
export async function shrink(
  seed: number,
  invariant: Violation["invariant"],
  { broken }: Pick<RunOptions, "broken"> = {},
): Promise<Plan> {
  let plan = planOf(seed);
  let runs = 0;
  const fails = async (steps: readonly Step[]): Promise<boolean> => {
    runs += 1;
    const options = { plan: { ...plan, steps } };
    const outcome = await simulate(seed, broken === undefined ? options : { ...options, broken });
    return outcome.violations[0]?.invariant === invariant;
  };
  for (let size = Math.ceil(plan.steps.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let from = 0; from < plan.steps.length && runs < MAX_RUNS; ) {
      const rest = plan.steps.toSpliced(from, size);
      if (await fails(rest)) plan = { ...plan, steps: rest };
      else from += size;
    }
  }
  return plan;
}

/** Undefined when all went well. */
export async function failureText(
  { seed, violations }: Outcome,
  options: Pick<RunOptions, "broken"> = {},
): Promise<string | undefined> {
  const [first] = violations;
  if (first === undefined) return undefined;
  const { steps } = await shrink(seed, first.invariant, options);
  const lines = steps.map(({ at, ...step }) => `  ${iso(START + at)} ${JSON.stringify(step)}`);
  return [
    `seed ${seed}: it does not hold that ${INVARIANTS[first.invariant]}`,
    `  ${first.detail}`,
    `What is needed for it (replay: npm run test:faults -- --seed ${seed}):`,
    ...(lines.length === 0 ? ["  no fault at all"] : lines),
  ].join("\n");
}
