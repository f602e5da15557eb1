import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Ordered, OrderState, Passed } from "#domain/telemetry/order.ts";
import { GAP_WAIT_MS, order, release, startOrder } from "#domain/telemetry/order.ts";

type Message = string;

interface Arrived {
  readonly boot: number;
  readonly seq: number;
  readonly hash: number;
}

const name = ({ boot, seq, hash }: Arrived): Message => `${boot}/${seq}/${hash}`;

const arrive = (state: OrderState<Message>, one: Arrived, now = 0): Ordered<Message> =>
  order(state, { ...one, message: name(one) }, now);

const at = (seq: number, hash = seq, boot = 1): Arrived => ({ boot, seq, hash });

const texts = (passed: readonly Passed<Message>[]): string[] =>
  passed.map(({ message, flag }) => `${message} ${flag}`);

describe("the order of one device's messages", () => {
  test("what comes in order passes at once, whatever number it starts with", () => {
    const state = startOrder<Message>();
    for (const seq of [70, 71, 72]) {
      expect(texts(arrive(state, at(seq)).passed)).toEqual([`1/${seq}/${seq} none`]);
    }
    expect(state.heldUntil).toBe(0);
  });

  test("a gap waits two seconds at most, then what was held passes in order of its numbers", () => {
    const state = startOrder<Message>();
    arrive(state, at(1));
    expect(arrive(state, at(4), 1_000).passed).toEqual([]);
    expect(arrive(state, at(3), 1_500).passed).toEqual([]);
    expect(state.heldUntil).toBe(1_000 + GAP_WAIT_MS);
    expect(texts(release(state))).toEqual(["1/3/3 none", "1/4/4 none"]);
    expect(state.heldUntil).toBe(0);
  });

  test("a gap that fills in time lets everything behind it pass in order", () => {
    const state = startOrder<Message>();
    arrive(state, at(1));
    arrive(state, at(3));
    expect(texts(arrive(state, at(2)).passed)).toEqual(["1/2/2 none", "1/3/3 none"]);
    expect(state.heldUntil).toBe(0);
  });

  test("what fills a gap that was given up is late, and its repeat is a duplicate", () => {
    const state = startOrder<Message>();
    arrive(state, at(1));
    arrive(state, at(3));
    release(state);
    expect(texts(arrive(state, at(2)).passed)).toEqual(["1/2/2 late"]);
    expect(arrive(state, at(2))).toEqual({ passed: [], duplicate: true });
  });

  test("a repeat is a duplicate, whether it has passed, is held or came from an earlier boot", () => {
    const state = startOrder<Message>();
    arrive(state, at(1));
    arrive(state, at(3));
    expect(arrive(state, at(1))).toEqual({ passed: [], duplicate: true });
    expect(arrive(state, at(3))).toEqual({ passed: [], duplicate: true });
    arrive(state, at(1, 9, 2));
    expect(arrive(state, at(1))).toEqual({ passed: [], duplicate: true });
    expect(arrive(state, at(3))).toEqual({ passed: [], duplicate: true });
  });

  test("another payload on a taken place passes once, flagged, and never twice", () => {
    const state = startOrder<Message>();
    arrive(state, at(1));
    expect(texts(arrive(state, at(1, 50)).passed)).toEqual(["1/1/50 boot_regressed"]);
    expect(arrive(state, at(1, 50))).toEqual({ passed: [], duplicate: true });
    arrive(state, at(3));
    expect(texts(arrive(state, at(3, 51)).passed)).toEqual(["1/3/51 boot_regressed"]);
    expect(arrive(state, at(3, 51))).toEqual({ passed: [], duplicate: true });
  });

  test("a new boot lets what was held of the old one pass first; the backlog of the old one is flagged", () => {
    const state = startOrder<Message>();
    arrive(state, at(1));
    arrive(state, at(5));
    expect(texts(arrive(state, at(1, 1, 2)).passed)).toEqual(["1/5/5 none", "2/1/1 none"]);
    expect(texts(arrive(state, at(4)).passed)).toEqual(["1/4/4 boot_regressed"]);
    expect(arrive(state, at(4))).toEqual({ passed: [], duplicate: true });
  });

  test("a counter that was reset without a new boot is flagged, message by message", () => {
    const state = startOrder<Message>();
    for (let seq = 1; seq <= 300; seq++) arrive(state, at(seq));
    expect(texts(arrive(state, at(1, 900)).passed)).toEqual(["1/1/900 boot_regressed"]);
    expect(texts(arrive(state, at(2, 901)).passed)).toEqual(["1/2/901 boot_regressed"]);
  });

  test("what came before the first message of a boot is late, not a reset counter", () => {
    const state = startOrder<Message>();
    arrive(state, at(5));
    expect(texts(arrive(state, at(3)).passed)).toEqual(["1/3/3 late"]);
  });
});

const oneArrival = fc.record({
  boot: fc.integer({ min: 1, max: 3 }),
  seq: fc.oneof(
    { weight: 9, arbitrary: fc.integer({ min: 0, max: 25 }) },
    { weight: 1, arbitrary: fc.constantFrom(4_000_000_000, 4_294_967_295) },
  ),
  hash: fc.constantFrom(1, 2),
});
const arrivals = fc.array(fc.oneof(oneArrival, oneArrival, fc.constant("wait" as const)), {
  maxLength: 90,
});

function feed(
  state: OrderState<Message>,
  one: Arrived | "wait",
): { passed: readonly Passed<Message>[]; duplicate: boolean } {
  return one === "wait" ? { passed: release(state), duplicate: false } : arrive(state, one);
}

describe("any interleaving of gaps, repeats, clashes and reboots", () => {
  test("every distinct message passes exactly once, the rest are duplicates, and few are held", () => {
    fc.assert(
      fc.property(arrivals, (stream) => {
        const state = startOrder<Message>();
        const passed: string[] = [];
        let duplicates = 0;
        let sent = 0;
        for (const one of stream) {
          const done = feed(state, one);
          passed.push(...done.passed.map((p) => p.message));
          if (one !== "wait") sent += 1;
          if (done.duplicate) duplicates += 1;
          expect(done.duplicate && done.passed.length > 0).toBe(false);
          expect(state.held.length).toBeLessThanOrEqual(64);
          expect(state.heldUntil === 0).toBe(state.held.length === 0);
          expect(state.recent.length).toBeLessThanOrEqual(128);
          expect(state.missing.length).toBeLessThanOrEqual(65);
        }
        passed.push(...release(state).map((p) => p.message));
        expect(new Set(passed).size).toBe(passed.length);
        const distinct = new Set(stream.filter((one) => one !== "wait").map(name));
        expect(new Set(passed)).toEqual(distinct);
        expect(passed.length + duplicates).toBe(sent);
      }),
      { numRuns: 400 },
    );
  });

  test("what passes on time has rising numbers within its boot", () => {
    fc.assert(
      fc.property(arrivals, (stream) => {
        const state = startOrder<Message>();
        let last = [-1, -1];
        for (const one of stream) {
          for (const { message, late } of feed(state, one).passed) {
            if (late) continue;
            const [boot = 0, seq = 0] = message.split("/").map(Number);
            const [lastBoot = 0, lastSeq = 0] = last;
            expect(boot > lastBoot || (boot === lastBoot && seq > lastSeq)).toBe(true);
            last = [boot, seq];
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  test("the state can be written down and read again anywhere", () => {
    fc.assert(
      fc.property(arrivals, fc.nat(90), (stream, cut) => {
        const whole = startOrder<Message>();
        let saved = startOrder<Message>();
        stream.forEach((one, i) => {
          if (i === cut) saved = JSON.parse(JSON.stringify(saved)) as OrderState<Message>;
          expect(feed(saved, one)).toEqual(feed(whole, one));
        });
        expect(saved).toEqual(whole);
      }),
      { numRuns: 200 },
    );
  });

  test("a flood of numbers far ahead is let through when 64 are held", () => {
    const state = startOrder<Message>();
    arrive(state, at(1));
    let passed = 0;
    for (let i = 0; i < 65; i++) passed += arrive(state, at(1_000 + 2 * i)).passed.length;
    expect(passed).toBe(65);
    expect(state.held).toEqual([]);
  });
});
