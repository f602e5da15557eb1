/** Runs seeds and prints one JSON line per seed: `node seeds-child.ts FROM STEP COUNT`. */
import { failureText } from "./shrink.ts";
import { simulate } from "./simulation.ts";

const [from = 1, step = 1, count = 1] = process.argv.slice(2).map(Number);
let shrunk = 0;
for (let i = 0; i < count; i += 1) {
  const outcome = await simulate(from + i * step);
  const { seed, violations, ...rest } = outcome;
  const [first] = violations;
  // The first few are worth the search for a shorter plan.
  const failure = first !== undefined && shrunk < 3 ? await failureText(outcome) : undefined;
  if (failure !== undefined) shrunk += 1;
  const line = { seed, failure: failure ?? (first && JSON.stringify(first)), ...rest };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
