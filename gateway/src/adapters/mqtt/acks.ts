const PUBACK_BYTES = 4;
const PUBACK_HEADER = 0x40;

/**
 * PUBACKs of one connection. Those that fall due in one go are written in one go: a commit covers
 * hundreds of messages, and each write is a system call.
 */
export class Acks {
  readonly #write: (frames: Buffer) => void;
  #packetIds: number[] = [];

  constructor(write: (frames: Buffer) => void) {
    this.#write = write;
  }

  /** In the order in which the messages were received [MQTT-4.6.0-2]. */
  add(packetId: number): void {
    // Behind what already waits to be settled in this turn.
    if (this.#packetIds.length === 0) queueMicrotask(() => this.#flush());
    this.#packetIds.push(packetId);
  }

  #flush(): void {
    const frames = Buffer.allocUnsafe(this.#packetIds.length * PUBACK_BYTES);
    let at = 0;
    for (const packetId of this.#packetIds) {
      frames[at] = PUBACK_HEADER;
      frames[at + 1] = PUBACK_BYTES - 2;
      frames[at + 2] = packetId >> 8;
      frames[at + 3] = packetId & 0xff;
      at += PUBACK_BYTES;
    }
    this.#packetIds = [];
    this.#write(frames);
  }
}
