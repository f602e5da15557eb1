import { join } from "node:path";
import { MessageChannel } from "node:worker_threads";
import { afterAll, describe, expect, it } from "vitest";
import type { JournalRecord } from "#domain/record.ts";
import { encodeRecord } from "#pipeline/record-codec.ts";
import { JournalClient } from "../../../src/adapters/journal-worker/client.ts";
import { SeriesClient } from "../../../src/adapters/series-worker/client.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { AT as at, reading, ruleset } from "./pump-records.ts";

const folder = tempFolder();
afterAll(() => folder[Symbol.dispose]());
let folders = 0;
const nextFolder = (): string => join(folder.path, `data-${++folders}`);

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const pressures = { device: "p-1", signal: "pressure", from: at, to: at + 1e6, points: 5_000 };

/** The two threads that bring a message into the store. */
class Threads implements AsyncDisposable {
  readonly journal: JournalClient;
  readonly series: SeriesClient;

  private constructor(journal: JournalClient, series: SeriesClient) {
    this.journal = journal;
    this.series = series;
  }

  static async start(directory: string): Promise<Threads> {
    const { port1, port2 } = new MessageChannel();
    const journalFolder = join(directory, "journal");
    const journal = await JournalClient.start({
      journalFolder,
      now: () => at,
      committedPorts: [port1],
    });
    const series = await SeriesClient.start({
      journalFolder,
      seriesFolder: join(directory, "series"),
      store: { kind: "embedded" },
      commits: port2,
      recentFrom: () => 0,
      onRejected: async () => undefined,
      onState: () => undefined,
      onFailure: (error) => {
        throw error;
      },
    });
    return new Threads(journal, series);
  }

  submit(record: JournalRecord): Promise<number> {
    return this.journal.submit(encodeRecord(record));
  }

  async caughtUp(): Promise<void> {
    await this.series.caughtUp(this.journal.newestKnown);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.series[Symbol.asyncDispose]();
    await this.journal[Symbol.asyncDispose]();
  }
}

describe("samples behind the series worker", () => {
  it("are written from the journal and read back", async () => {
    await using threads = await Threads.start(nextFolder());
    await threads.submit(ruleset);
    await Promise.all([0, 1, 2].map((n) => threads.submit(reading(n, n + 0.5))));
    await threads.caughtUp();
    expect(await threads.series.read(pressures)).toEqual({
      points: [
        { at, value: 0.5 },
        { at: at + 1, value: 1.5 },
        { at: at + 2, value: 2.5 },
      ],
      missing: null,
    });
    expect((await threads.series.stats()).local).toMatchObject({
      consumed: 4,
      written: 3,
      overwritten: 0,
      rejected: 0,
      skipped: 0,
      error: "",
    });
    expect(threads.series.consumedKnown).toBe(4);
  });

  it("go on after a restart with the products in force, and pass unreadable records", async () => {
    const directory = nextFolder();
    {
      await using threads = await Threads.start(directory);
      await threads.submit(ruleset);
      await threads.caughtUp();
    }
    await using threads = await Threads.start(directory);
    await threads.journal.submit(bytes("no record at all"));
    await threads.submit(reading(1, 4));
    await threads.submit(reading(1, 5));
    await threads.caughtUp();
    expect((await threads.series.read(pressures)).points).toEqual([{ at: at + 1, value: 5 }]);
    const { local, remote } = await threads.series.stats();
    expect(local).toMatchObject({ consumed: 4, written: 1, overwritten: 1, skipped: 1 });
    expect(remote).toBeNull();
  });

  it("are written page by page while appends go on, without being asked", async () => {
    await using threads = await Threads.start(nextFolder());
    await threads.submit(ruleset);
    const readings = Array.from({ length: 9_500 }, (_, n) => reading(n, n % 10));
    await Promise.all(readings.map((record) => threads.submit(record)));
    await threads.caughtUp();
    expect((await threads.series.stats()).local.written).toBe(9_500);
    const chart = (await threads.series.read({ ...pressures, points: 100 })).points;
    expect(chart.length).toBeLessThanOrEqual(100);
    expect(chart.length).toBeGreaterThan(25);
  });

  it("that were not stored before a stop are stored by it or after it", async () => {
    const directory = nextFolder();
    {
      await using threads = await Threads.start(directory);
      await threads.submit(ruleset);
      await threads.submit(reading(1, 7));
    }
    await using threads = await Threads.start(directory);
    expect((await threads.series.read(pressures)).points).toEqual([{ at: at + 1, value: 7 }]);
  });
});
