import type { Sealed } from "./sealed.ts";

interface Waiter {
  readonly atMost: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** One sending of a message; the same message may be under way twice. */
export interface Sending {
  readonly sealed: Sealed;
}

/** Messages that were sent and not acknowledged yet, and who waits for that. */
export class InFlight {
  readonly #sent = new Set<Sending>();
  #waiters: Waiter[] = [];
  #failure: Error | undefined;

  get size(): number {
    return this.#sent.size;
  }

  add(sealed: Sealed): Sending {
    const sending = { sealed };
    this.#sent.add(sending);
    return sending;
  }

  /** False if nobody waits for it any more: the connection on which it was sent is gone. */
  acknowledge(sending: Sending): boolean {
    const known = this.#sent.delete(sending);
    this.#wake();
    return known;
  }

  /** The connection is gone on purpose: returns what has to be sent again on the next one. */
  takeBack(): readonly Sealed[] {
    const unacknowledged = new Set([...this.#sent].map(({ sealed }) => sealed));
    this.#sent.clear();
    this.#wake();
    return [...unacknowledged];
  }

  /** The connection is lost for good. The first reason counts. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.#wake();
  }

  /** A new connection begins without the failure of the last one. */
  renew(): void {
    this.#failure = undefined;
  }

  /** Resolves when at most `atMost` messages are unacknowledged; rejects if the connection is lost for good. */
  settled(atMost: number): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.size <= atMost) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiters.push({ atMost, resolve, reject });
    });
  }

  #wake(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) {
      if (this.#failure !== undefined) waiter.reject(this.#failure);
      else if (this.size <= waiter.atMost) waiter.resolve();
      else this.#waiters.push(waiter);
    }
  }
}
