import type { Detector, DetectorInput } from "#domain/detect/detector.ts";
import type { compileRuleset } from "#domain/rules/compile.ts";
import { replaceDetectors } from "../../support/failing-rules.ts";

/** Parts that are broken on purpose, to prove that the simulation would notice. */
export const MUTANTS = [
  "acknowledges before it appends",
  "acknowledges before the disk has it",
  "a snapshot is ahead of its effects",
  "forgets what the series needs to go on",
  "trims what nobody has read",
  "gives every attempt an id of its own",
  "the receiver forgets ids",
  "devices forget which commands they have run",
  "decides by chance",
  "one device speaks for the others",
  "a silent device is taken for a healthy one",
  "quarantine is not written",
] as const;
export type Broken = (typeof MUTANTS)[number];

type Compile = typeof compileRuleset;

/** Mutants that live in a rule. */
export function brokenCompiler(compile: Compile, broken: Broken | undefined): Compile {
  const change = (swap: (real: Detector) => Detector): Compile => {
    return (sources) => {
      const compiled = compile(sources);
      return compiled.ok ? replaceDetectors(compiled, { "too-hot": swap }) : compiled;
    };
  };
  switch (broken) {
    case "decides by chance": {
      let calls = 0;
      return change((real) =>
        withStep(real, (state, input, active) => {
          calls += 1;
          const step = real.step(state, input, active);
          return calls % 29 === 0 ? { ...step, verdict: { kind: "unknown", why: "chance" } } : step;
        }),
      );
    }
    case "one device speaks for the others": {
      let last: ReturnType<Detector["step"]> | undefined;
      return change((real) =>
        withStep(real, (state, input, active) => {
          const step = real.step(state, input, active);
          const other = last;
          if (input.kind === "samples") last = step;
          return step.verdict.kind === "ok" && other?.verdict.kind === "breach"
            ? { ...step, verdict: { kind: "breach", since: input.at } }
            : step;
        }),
      );
    }
    case "a silent device is taken for a healthy one":
      return change((real) =>
        withStep(real, (state, input, active) => {
          const step = real.step(state, input, active);
          if (step.verdict.kind !== "unknown") return { ...step, deadline: soon(input) };
          return { ...step, verdict: { kind: "ok" }, deadline: undefined };
        }),
      );
    default:
      return compile;
  }
}

const soon = (input: DetectorInput): number => input.at + 4 * 60_000;

const withStep = (real: Detector, step: Detector["step"]): Detector => {
  const { rule, wants, clock } = real;
  return {
    rule,
    wants,
    clock,
    step,
    start: () => real.start(),
    explain: (state, input) => real.explain(state, input),
  };
};
