import { describe, expect, it } from "vitest";
import { JournalUnavailableError } from "#ports/journal.ts";
import type {
  AppendQueueOptions,
  Batch,
} from "../../../src/adapters/journal-worker/append-queue.ts";
import { AppendQueue } from "../../../src/adapters/journal-worker/append-queue.ts";

/** A disk whose commits end when the test says so. */
class ManualDisk {
  readonly batches: Batch[] = [];
  readonly #open: PromiseWithResolvers<number>[] = [];
  #next = 1;

  readonly send = (batch: Batch): Promise<number> => {
    this.batches.push(batch);
    const commit = Promise.withResolvers<number>();
    this.#open.push(commit);
    return commit.promise;
  };

  async commit(): Promise<void> {
    const first = this.#next;
    this.#next += this.batches.at(-1)?.records.length ?? 0;
    this.#open.shift()?.resolve(first);
    await settled();
  }

  async fail(): Promise<void> {
    this.#open.shift()?.reject(new JournalUnavailableError("disk full"));
    await settled();
  }

  get sizes(): readonly number[] {
    return this.batches.map((batch) => batch.records.length);
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const record = (length = 1): Uint8Array => new Uint8Array(length);

function start(options: Partial<AppendQueueOptions> = {}): {
  queue: AppendQueue;
  disk: ManualDisk;
} {
  const disk = new ManualDisk();
  return {
    disk,
    queue: new AppendQueue({ name: "run", now: () => 0, send: disk.send, ...options }),
  };
}

describe("group commit", () => {
  it("sends a lone record at once and joins what comes during its commit", async () => {
    const { queue, disk } = start();
    const offsets = [queue.add([record()])];
    await settled();
    for (let n = 0; n < 5; n += 1) offsets.push(queue.add([record()]));
    await settled();
    expect(disk.sizes).toEqual([1]);
    await disk.commit();
    expect(disk.sizes).toEqual([1, 5]);
    await disk.commit();
    expect(await Promise.all(offsets)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it("acknowledges in the order of arrival", async () => {
    const { queue, disk } = start({ batchRecords: 2 });
    const order: number[] = [];
    const all = [1, 2, 3, 4, 5].map((n) => queue.add([record()]).then(() => order.push(n)));
    await settled();
    for (let n = 0; n < 3; n += 1) await disk.commit();
    await Promise.all(all);
    expect(order).toEqual([1, 2, 3, 4, 5]);
    expect(disk.sizes).toEqual([2, 2, 1]);
  });

  it("keeps batches within the limit of bytes, but takes one record however large", async () => {
    const { queue, disk } = start({ batchBytes: 10 });
    for (const length of [6, 4, 1, 25, 3]) void queue.add([record(length)]);
    await settled();
    for (let n = 0; n < 4; n += 1) await disk.commit();
    expect(disk.sizes).toEqual([2, 1, 1, 1]);
  });

  it("never joins a batch that has its own id, so that it can be offered again", async () => {
    const { queue, disk } = start();
    void queue.add([record()]);
    void queue.add([record(), record()], "own");
    void queue.add([record()]);
    await settled();
    for (let n = 0; n < 3; n += 1) await disk.commit();
    expect(disk.sizes).toEqual([1, 2, 1]);
    expect(disk.batches[1]?.batchId).toBe("own");
    expect(new Set(disk.batches.map((batch) => batch.batchId)).size).toBe(3);
  });

  it("fails everything that waits behind a failed commit and takes new records after it", async () => {
    const { queue, disk } = start();
    const first = queue.add([record()]);
    await settled();
    const behind = queue.add([record()]);
    const refused = [first, behind].map((one) =>
      expect(one).rejects.toMatchObject({ code: "VZ_JOURNAL_UNAVAILABLE" }),
    );
    await disk.fail();
    await Promise.all(refused);
    expect(disk.sizes).toEqual([1]);
    const later = queue.add([record()]);
    await settled();
    await disk.commit();
    expect(await later).toBeGreaterThan(0);
  });

  it("refuses new records once closed and tells when the last commit is through", async () => {
    const { queue, disk } = start();
    const last = queue.add([record()]);
    await settled();
    queue.close("the journal is closing");
    await expect(queue.add([record()])).rejects.toThrow("the journal is closing");
    const drained = queue.drained();
    await disk.commit();
    await drained;
    expect(await last).toBe(1);
  });
});
