import fc from "fast-check";
import { expect, test } from "vitest";
import { Timers } from "#domain/engine/timers.ts";

/** The same by looking through all of them each time. */
class NaiveTimers {
  readonly due = new Map<string, number>();

  set(key: string, at: number): void {
    if (at === 0) this.due.delete(key);
    else this.due.set(key, at);
  }

  earliest(): { at: number; key: string } | undefined {
    const all = [...this.due].map(([key, at]) => ({ key, at }));
    all.sort((a, b) => a.at - b.at || (a.key < b.key ? -1 : 1));
    return all[0];
  }

  takeDue(now: number): { at: number; key: string } | undefined {
    const first = this.earliest();
    if (first === undefined || first.at > now) return undefined;
    this.due.delete(first.key);
    return first;
  }
}

const keys = fc.constantFrom("c/1", "d/a/hot", "d/b/hot", "m/a/x", "o/a", "w/a");
const operation = fc.oneof(
  fc.record({ op: fc.constant("set" as const), key: keys, at: fc.nat(40) }),
  fc.record({ op: fc.constant("take" as const), now: fc.nat(40) }),
);

/** What a snapshot brings along. */
const filled = fc.dictionary(
  fc.oneof(keys, fc.string({ maxLength: 3 })),
  fc.integer({ min: 1, max: 40 }),
);

test("deadlines come out by time, then by key, whatever was set, moved and removed before", () => {
  fc.assert(
    fc.property(filled, fc.array(operation, { maxLength: 150 }), (restored, operations) => {
      const real = new Timers();
      const naive = new NaiveTimers();
      real.fill(Object.entries(restored).map(([key, at]) => ({ key, at })));
      for (const [key, at] of Object.entries(restored)) naive.set(key, at);
      for (const one of operations) {
        if (one.op === "set") {
          real.set(one.key, one.at);
          naive.set(one.key, one.at);
        } else expect(real.takeDue(one.now)).toEqual(naive.takeDue(one.now));
        expect(real.earliest()).toBe(naive.earliest()?.at);
      }
      for (;;) {
        const due = real.takeDue(1_000);
        expect(due).toEqual(naive.takeDue(1_000));
        if (due === undefined) break;
      }
    }),
    { numRuns: 500 },
  );
});

test("a set rebuilt from what is still due hands it out the same way", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(keys, fc.nat(40))), (sets) => {
      const real = new Timers();
      const naive = new NaiveTimers();
      for (const [key, at] of sets) {
        real.set(key, at);
        naive.set(key, at);
      }
      const rebuilt = new Timers();
      for (const [key, at] of [...naive.due].reverse()) rebuilt.set(key, at);
      for (;;) {
        const due = real.takeDue(1_000);
        expect(rebuilt.takeDue(1_000)).toEqual(due);
        if (due === undefined) break;
      }
    }),
  );
});
