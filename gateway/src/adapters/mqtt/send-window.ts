import type { DurationMs } from "#domain/units.ts";
import { DeviceBusyError, DeviceNoAckError } from "./link-errors.ts";

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (reason: Error) => void;
  readonly deadline: number;
}

const MAX_PACKET_ID = 65_535;

/**
 * PUBLISH packets to one connection that wait for their PUBACK.
 * Written past the broker: for clean sessions it does not tell which PUBACK belongs to which message, and its queue would send
 * an expired command after a reconnect. The broker sends nothing above QoS 0 itself, so packet ids cannot clash.
 */
export class SendWindow {
  readonly #device: string;
  readonly #size: number;
  readonly #timeoutMs: DurationMs;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;

  constructor(device: string, size: number, timeoutMs: DurationMs) {
    this.#device = device;
    this.#size = size;
    this.#timeoutMs = timeoutMs;
  }

  /** `write` gets the packet id; the promise is that of the PUBACK. */
  open(now: number, write: (packetId: number) => void): Promise<void> {
    if (this.#waiting.size >= this.#size) {
      return Promise.reject(new DeviceBusyError(this.#device, this.#size));
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const id = this.#freeId();
    this.#waiting.set(id, { resolve, reject, deadline: now + this.#timeoutMs });
    write(id);
    return promise;
  }

  acknowledged(packetId: number): void {
    this.#waiting.get(packetId)?.resolve();
    this.#waiting.delete(packetId);
  }

  expire(now: number): void {
    for (const [id, waiting] of this.#waiting) {
      if (waiting.deadline <= now) {
        this.#waiting.delete(id);
        waiting.reject(new DeviceNoAckError(this.#device, this.#timeoutMs));
      }
    }
  }

  close(reason: Error): void {
    for (const waiting of this.#waiting.values()) {
      waiting.reject(reason);
    }
    this.#waiting.clear();
  }

  #freeId(): number {
    do {
      this.#lastId = this.#lastId >= MAX_PACKET_ID ? 1 : this.#lastId + 1;
    } while (this.#waiting.has(this.#lastId));
    return this.#lastId;
  }
}
