import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mergeDevices } from "#pipeline/backtest/merge-devices.ts";
import type {
  Recorded,
  RecordedDevice,
  RecordedEvent,
  RecordedRow,
} from "#pipeline/backtest/recorded.ts";
import { mergeEvents } from "#pipeline/backtest/recorded.ts";

const row = (tsMs: number | undefined, n = 0): RecordedRow => ({
  kind: "row",
  tsMs,
  values: { n },
});
const event = (tsMs: number | undefined, code = "e"): RecordedEvent => ({
  kind: "event",
  tsMs,
  code,
  attrs: {},
});

/** Cut into pieces of the given sizes, as a file arrives. */
async function* pieces<T>(
  items: readonly T[],
  sizes: readonly number[],
): AsyncGenerator<readonly T[]> {
  let at = 0;
  for (let i = 0; at < items.length; i++) {
    const size = Math.max(0, sizes[i % Math.max(1, sizes.length)] ?? 1);
    yield items.slice(at, at + (i > 50 ? items.length : size));
    at += i > 50 ? items.length : size;
  }
}

async function gathered(stream: AsyncIterable<readonly Recorded[]>): Promise<Recorded[]> {
  const items: Recorded[] = [];
  for await (const batch of stream) items.push(...batch);
  return items;
}

const whole = <T>(items: readonly T[]) => pieces(items, [items.length || 1]);
const times = (items: readonly Recorded[]) => items.map(({ kind, tsMs }) => `${kind[0]}${tsMs}`);

describe("rows and events of one device", () => {
  test("an event goes before the first row that has reached its time, the rest comes last", async () => {
    const merged = await gathered(
      mergeEvents(whole([row(10), row(20), row(30)]), whole([event(5), event(20), event(40)])),
    );
    expect(times(merged)).toEqual(["e5", "r10", "e20", "r20", "r30", "e40"]);
  });

  test("a backward stamp in either moves nothing else", async () => {
    const merged = await gathered(
      mergeEvents(whole([row(10), row(30), row(5)]), whole([event(20), event(1), event(35)])),
    );
    expect(times(merged)).toEqual(["r10", "e20", "e1", "r30", "r5", "e35"]);
  });

  test("an event without a time does not wait", async () => {
    const merged = await gathered(
      mergeEvents(whole([row(10), row(20)]), whole([event(undefined), event(15)])),
    );
    expect(times(merged)).toEqual(["eundefined", "r10", "e15", "r20"]);
  });

  test("a device without a series plays its events alone", async () => {
    const merged = await gathered(mergeEvents(whole([]), whole([event(3), event(1)])));
    expect(times(merged)).toEqual(["e3", "e1"]);
  });

  test("how the files are cut into pieces changes nothing", async () => {
    const stamps = fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 30 });
    const sizes = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(stamps, stamps, sizes, sizes, async (rowTimes, eventTimes, a, b) => {
        const rows = rowTimes.map((at, n) => row(at, n));
        const events = eventTimes.map((at, n) => event(at, `e${n}`));
        const cut = await gathered(mergeEvents(pieces(rows, a), pieces(events, b)));
        expect(cut).toEqual(await gathered(mergeEvents(whole(rows), whole(events))));
        expect(cut.filter(({ kind }) => kind === "row")).toEqual(rows);
        expect(cut.filter(({ kind }) => kind === "event")).toEqual(events);
      }),
      { numRuns: 60 },
    );
  });
});

const device = (id: string): RecordedDevice => ({ id, product: "p", attrs: {}, cohort: "c" });

async function merged(streams: readonly (readonly number[])[], sizes: readonly number[] = [1]) {
  const taken: string[] = [];
  await mergeDevices(
    streams.map((stamps, index) => ({
      device: device(`d${index}`),
      stream: pieces(
        stamps.map((at) => row(at)),
        sizes,
      ),
    })),
    ({ id }, item) => taken.push(`${id} ${item === undefined ? "end" : item.tsMs}`),
  );
  return taken;
}

describe("peers are played together", () => {
  test("in order of time, ties in the order of the list, each with its end", async () => {
    expect(await merged([[1, 5, 9], [1, 6], []])).toEqual([
      "d2 end",
      "d0 1",
      "d1 1",
      "d0 5",
      "d1 6",
      "d1 end",
      "d0 9",
      "d0 end",
    ]);
  });

  test("a backward stamp does not let its device wait for the others or run ahead", async () => {
    expect(
      await merged([
        [10, 2, 11],
        [10, 12],
      ]),
    ).toEqual(["d0 10", "d0 2", "d1 10", "d0 11", "d0 end", "d1 12", "d1 end"]);
  });

  test("every device keeps its own order and nothing gets lost, however the files are cut", async () => {
    const stamps = fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(stamps, { minLength: 1, maxLength: 6 }),
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 }),
        async (streams, sizes) => {
          const taken = await merged(streams, sizes);
          expect(taken).toEqual(await merged(streams, [100]));
          for (const [index, own] of streams.entries()) {
            const mine = taken.filter((line) => line.startsWith(`d${index} `));
            expect(mine).toEqual([...own.map((at) => `d${index} ${at}`), `d${index} end`]);
          }
          const heights = streams.flat().length;
          expect(taken).toHaveLength(heights + streams.length);
        },
      ),
      { numRuns: 60 },
    );
  });
});
