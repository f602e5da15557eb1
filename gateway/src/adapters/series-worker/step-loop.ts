import type { StepOutcome } from "./series-consumer.ts";

/** A step after the other, with a pause after each that depends on its outcome, until aborted. */
export async function runSteps(
  signal: AbortSignal,
  step: () => Promise<StepOutcome>,
  pause: (outcome: StepOutcome) => Promise<void>,
): Promise<void> {
  while (!signal.aborted) {
    const outcome = await step();
    try {
      await pause(outcome);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}
