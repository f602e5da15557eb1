import type { EpochMs } from "#domain/units.ts";
import type { Recorded, RecordedDevice, RecordedStream } from "#pipeline/backtest/recorded.ts";

export interface DeviceRecording {
  readonly device: RecordedDevice;
  readonly stream: RecordedStream;
}

/** One device's stream with its place in it. */
class Lane {
  readonly device: RecordedDevice;
  /** Position in the group: breaks ties, so that the order is the same in every run. */
  readonly index: number;
  /** Newest time so far, the next item included: a backward stamp does not wait for other devices. */
  key: EpochMs = Number.NEGATIVE_INFINITY;
  readonly #batches: AsyncIterator<readonly Recorded[]>;
  #batch: readonly Recorded[] = [];
  #next = 0;

  constructor({ device, stream }: DeviceRecording, index: number) {
    this.device = device;
    this.index = index;
    this.#batches = stream[Symbol.asyncIterator]();
  }

  get item(): Recorded | undefined {
    return this.#batch[this.#next];
  }

  /** True while the next item is at hand without reading. */
  advance(): boolean {
    this.#next += 1;
    return this.#look();
  }

  /** Reads on until there is an item. False = the stream has ended. */
  async fill(): Promise<boolean> {
    while (this.#next >= this.#batch.length) {
      const step = await this.#batches.next();
      if (step.done) return false;
      this.#batch = step.value;
      this.#next = 0;
    }
    return this.#look();
  }

  async close(): Promise<void> {
    await this.#batches.return?.();
  }

  #look(): boolean {
    const item = this.#batch[this.#next];
    if (item === undefined) return false;
    if (item.tsMs !== undefined && item.tsMs > this.key) this.key = item.tsMs;
    return true;
  }
}

const before = (a: Lane, b: Lane): boolean =>
  a.key < b.key || (a.key === b.key && a.index < b.index);

/**
 * Hands the items of several devices to `take` in order of time; those of one device keep their
 * order. Reads each stream only as far as needed.
 */
export async function mergeDevices(
  recordings: readonly DeviceRecording[],
  take: (device: RecordedDevice, item: Recorded | undefined) => void,
): Promise<void> {
  const lanes = recordings.map((recording, index) => new Lane(recording, index));
  try {
    const heap: Lane[] = [];
    for (const lane of lanes) {
      if (await lane.fill()) push(heap, lane);
      else take(lane.device, undefined);
    }
    for (let lane = heap[0]; lane !== undefined; lane = heap[0]) {
      const goesOn = playUntil(lane, rivalOf(heap), take) || (await lane.fill());
      if (goesOn) sink(heap, lane);
      else {
        take(lane.device, undefined);
        removeTop(heap);
      }
    }
  } finally {
    for (const lane of lanes) await lane.close();
  }
}

/** Plays the lane while it is first. False = it must read on. */
function playUntil(
  lane: Lane,
  rival: Lane | undefined,
  take: (device: RecordedDevice, item: Recorded | undefined) => void,
): boolean {
  while (rival === undefined || before(lane, rival)) {
    take(lane.device, lane.item);
    if (!lane.advance()) return false;
  }
  return true;
}

function rivalOf(heap: readonly Lane[]): Lane | undefined {
  const [, left, right] = heap;
  if (left === undefined || right === undefined) return left;
  return before(left, right) ? left : right;
}

function push(heap: Lane[], lane: Lane): void {
  let at = heap.push(lane) - 1;
  while (at > 0) {
    const up = (at - 1) >> 1;
    const parent = heap[up] as Lane;
    if (!before(lane, parent)) break;
    heap[at] = parent;
    at = up;
  }
  heap[at] = lane;
}

/** Puts the top, whose key has grown, back in its place. */
function sink(heap: Lane[], lane: Lane): void {
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && before(heap[child + 1] as Lane, heap[child] as Lane)) child += 1;
    if (!before(heap[child] as Lane, lane)) break;
    heap[at] = heap[child] as Lane;
    at = child;
  }
  heap[at] = lane;
}

function removeTop(heap: Lane[]): void {
  const last = heap.pop();
  if (last !== undefined && heap.length > 0) sink(heap, last);
}
