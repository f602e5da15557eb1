import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Advanced, AlertState } from "#domain/alert/advance.ts";
import { advance, INACTIVE } from "#domain/alert/advance.ts";
import type { Verdict } from "#domain/detect/detector.ts";

const POLICY = { for: 120, keep: 300 };
const OK: Verdict = { kind: "ok" };
const UNKNOWN: Verdict = { kind: "unknown", why: "no sample" };
const breach = (since: number): Verdict => ({ kind: "breach", since });

/** Plays verdicts at instants and answers the changes. */
function play(
  steps: readonly (readonly [at: number, verdict: Verdict])[],
  policy = POLICY,
): Advanced[] {
  let alert: AlertState = INACTIVE;
  return steps.map(([at, verdict]) => {
    const done = advance(policy, alert, verdict, at);
    alert = done.alert;
    return done;
  });
}

describe("an alert", () => {
  test("waits out `for`, fires once, waits out `keep`, clears once", () => {
    const done = play([
      [1_000, breach(1_000)],
      [1_119, breach(1_000)],
      [1_120, breach(1_000)],
      [1_200, breach(1_000)],
      [1_300, OK],
      [1_599, OK],
      [1_600, OK],
    ]);
    expect(done.map((d) => `${d.alert.phase} ${d.change}`)).toEqual([
      "pending none",
      "pending none",
      "firing fired",
      "firing none",
      "clearing none",
      "clearing none",
      "inactive cleared",
    ]);
    expect(done.map((d) => d.deadline)).toEqual([
      1_120,
      1_120,
      undefined,
      undefined,
      1_600,
      1_600,
      undefined,
    ]);
    expect(done[2]?.alert.onsetAt).toBe(1_000);
  });

  test("with no `for` and no `keep` fires and clears with the verdict", () => {
    const done = play(
      [
        [5, breach(5)],
        [6, OK],
      ],
      { for: 0, keep: 0 },
    );
    expect(done.map((d) => d.change)).toEqual(["fired", "cleared"]);
  });

  test("that breaches again while it clears is the same episode", () => {
    const done = play([
      [0, breach(0)],
      [120, breach(0)],
      [200, OK],
      [400, breach(400)],
      [500, OK],
      [799, OK],
    ]);
    expect(done.map((d) => d.change)).toEqual(["none", "fired", "none", "none", "none", "none"]);
    expect(done.at(-1)?.alert).toMatchObject({ phase: "clearing", since: 500, onsetAt: 0 });
  });

  test("whose breach ends before `for` forgets it", () => {
    const done = play([
      [0, breach(0)],
      [100, OK],
      [110, breach(110)],
      [200, breach(110)],
    ]);
    expect(done.every((d) => d.change === "none")).toBe(true);
    expect(done.at(-1)?.alert).toMatchObject({ phase: "pending", onsetAt: 110 });
  });

  test("counts a breach from where the detector saw it begin, not from when it was told", () => {
    expect(play([[1_000, breach(500)]])[0]?.change).toBe("fired");
  });

  test("says once that it cannot tell, and once that it can again", () => {
    const done = play([
      [0, OK],
      [1, UNKNOWN],
      [2, UNKNOWN],
      [3, OK],
      [4, OK],
    ]);
    expect(done.map((d) => d.change)).toEqual([
      "none",
      "became_unknown",
      "none",
      "known_again",
      "none",
    ]);
  });

  test("counts time that passed unknown as nothing: `keep` begins anew", () => {
    const done = play([
      [0, breach(0)],
      [120, breach(0)],
      [200, OK],
      [300, UNKNOWN],
      [9_000, OK],
      [9_299, OK],
      [9_300, OK],
    ]);
    expect(done.map((d) => d.change).slice(-4)).toEqual([
      "became_unknown",
      "known_again",
      "none",
      "cleared",
    ]);
  });
});

const verdicts = fc.oneof(
  { weight: 3, arbitrary: fc.constant("breach" as const) },
  { weight: 3, arbitrary: fc.constant("ok" as const) },
  { weight: 1, arbitrary: fc.constant("unknown" as const) },
);
const walk = fc.array(fc.tuple(fc.integer({ min: 0, max: 200 }), verdicts), { maxLength: 60 });
const policies = fc.record({ for: fc.nat(300), keep: fc.nat(300) });

/** As a detector does: the breach began with the first one since the last ok. */
function timed(
  steps: readonly (readonly [number, "breach" | "ok" | "unknown"])[],
  from: number,
): [number, Verdict][] {
  let at = from;
  let since: number | undefined;
  return steps.map(([gap, kind]) => {
    at += gap;
    if (kind === "ok") since = undefined;
    if (kind === "breach") since ??= at;
    return [at, kind === "ok" ? OK : kind === "unknown" ? UNKNOWN : breach(since ?? at)];
  });
}

describe("whatever the verdicts", () => {
  test("it fires only after `for` without an ok, and clears only after `keep` known ok throughout", () => {
    fc.assert(
      fc.property(walk, policies, (steps, policy) => {
        const input = timed(steps, 1_000);
        const done = play(input, policy);
        done.forEach(({ change }, i) => {
          const before = input.slice(0, i + 1).reverse();
          const now = before[0]?.[0] ?? 0;
          if (change === "fired") {
            const end = before.findIndex(([, v]) => v.kind === "ok");
            const run = end < 0 ? before : before.slice(0, end);
            const first = run.filter(([, v]) => v.kind === "breach").at(-1)?.[0] ?? now;
            expect(now - first).toBeGreaterThanOrEqual(policy.for);
          }
          if (change === "cleared") {
            const end = before.findIndex(([, v]) => v.kind !== "ok");
            const first = before.slice(0, end).at(-1)?.[0] ?? now;
            expect(now - first).toBeGreaterThanOrEqual(policy.keep);
          }
        });
      }),
      { numRuns: 500 },
    );
  });

  test("fired and cleared take turns, and only they lead into and out of firing", () => {
    fc.assert(
      fc.property(walk, policies, (steps, policy) => {
        const changes = play(timed(steps, 0), policy).flatMap(({ change }) =>
          change === "fired" || change === "cleared" ? [change] : [],
        );
        changes.forEach((change, i) => {
          expect(change).toBe(i % 2 === 0 ? "fired" : "cleared");
        });
      }),
    );
  });

  test("unknown moves no phase, no onset and asks for no deadline", () => {
    fc.assert(
      fc.property(walk, policies, (steps, policy) => {
        let alert: AlertState = INACTIVE;
        for (const [at, verdict] of timed(steps, 0)) {
          const { alert: next, deadline } = advance(policy, alert, verdict, at);
          if (verdict.kind === "unknown") {
            expect(next).toEqual({ ...alert, unknown: true });
            expect(deadline).toBeUndefined();
          }
          alert = next;
        }
      }),
    );
  });

  test("the same an hour or a year later gives the same, shifted", () => {
    fc.assert(
      fc.property(walk, policies, fc.integer({ min: 1, max: 4e10 }), (steps, policy, shift) => {
        const moved = (t: number): number => (t === 0 ? 0 : t - shift);
        const there = play(timed(steps, 1_000), policy);
        const later = play(timed(steps, 1_000 + shift), policy).map(
          ({ alert, change, deadline }) => ({
            alert: { ...alert, since: moved(alert.since), onsetAt: moved(alert.onsetAt) },
            change,
            deadline: deadline === undefined ? undefined : moved(deadline),
          }),
        );
        expect(later).toEqual(there);
      }),
    );
  });

  test("judging again at its own deadline, with nothing new, fires or clears exactly then", () => {
    fc.assert(
      fc.property(walk, policies, (steps, policy) => {
        let alert: AlertState = INACTIVE;
        for (const [at, verdict] of timed(steps, 0)) {
          const done = advance(policy, alert, verdict, at);
          alert = done.alert;
          if (done.deadline === undefined || done.deadline <= at) continue;
          expect(advance(policy, alert, verdict, done.deadline - 1).change).toBe("none");
          const change = advance(policy, alert, verdict, done.deadline).change;
          expect(change).toBe(alert.phase === "pending" ? "fired" : "cleared");
        }
      }),
    );
  });
});
