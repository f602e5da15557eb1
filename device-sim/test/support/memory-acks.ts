import type { AckEntry, AckSink } from "../../src/ack-log.ts";

export class MemoryAcks implements AckSink {
  readonly entries: AckEntry[] = [];

  append(entry: AckEntry): void {
    this.entries.push(entry);
  }

  async flushed(): Promise<void> {}
}
