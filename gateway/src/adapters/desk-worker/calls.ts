import type { MessagePort, Worker } from "node:worker_threads";
import { GatewayError } from "#domain/errors.ts";

/** The other thread could not answer; its own words are in the message. */
export class ThreadCallError extends GatewayError {
  readonly code = "VZ_DESK_THREAD_CALL";
}

/** Functions of one argument that answer later; both must survive being copied to another thread. */
export type Callable = Readonly<Record<string, (given: never) => unknown>>;

type Answer<F> = F extends (given: never) => infer R ? Awaited<R> : never;
type Given<F> = F extends (given: infer G) => unknown ? G : never;

type Message =
  | { readonly call: number; readonly name: string; readonly given: unknown }
  | { readonly answer: number; readonly value: unknown }
  | { readonly failed: number; readonly reason: string };

type Port = Pick<Worker, "postMessage" | "on"> | MessagePort;

/**
 * Calls between two threads: `own` answers the other side, `call` asks it. What fails there is rejected
 * here with its reason; a side that ends rejects all that it still owes.
 */
export class Calls<Own extends Callable, Other extends Callable> {
  readonly #port: Port;
  readonly #own: Own;
  readonly #open = new Map<
    number,
    { resolve: (value: unknown) => void; reject: (error: Error) => void }
  >();
  #next = 0;
  #ended: string | undefined;

  constructor(port: Port, own: Own) {
    this.#port = port;
    this.#own = own;
    port.on("message", (message: Message) => this.#take(message));
  }

  call<K extends keyof Other & string>(name: K, given: Given<Other[K]>): Promise<Answer<Other[K]>> {
    if (this.#ended !== undefined) return Promise.reject(new ThreadCallError(this.#ended));
    this.#next += 1;
    const { promise, resolve, reject } = Promise.withResolvers<Answer<Other[K]>>();
    // The other side answers with what its function of this name gives.
    this.#open.set(this.#next, { resolve: resolve as (value: unknown) => void, reject });
    this.#port.postMessage({ call: this.#next, name, given } satisfies Message);
    return promise;
  }

  /** Nothing will be answered any more. */
  end(reason: string): void {
    this.#ended = reason;
    for (const { reject } of this.#open.values()) reject(new ThreadCallError(reason));
    this.#open.clear();
  }

  #take(message: Message): void {
    if ("call" in message) {
      void this.#answer(message);
      return;
    }
    const id = "answer" in message ? message.answer : message.failed;
    const waiting = this.#open.get(id);
    this.#open.delete(id);
    if ("answer" in message) waiting?.resolve(message.value);
    else waiting?.reject(new ThreadCallError(message.reason));
  }

  async #answer({ call, name, given }: Extract<Message, { call: number }>): Promise<void> {
    try {
      const value: unknown = await this.#own[name]?.(given as never);
      this.#port.postMessage({ answer: call, value } satisfies Message);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#port.postMessage({ failed: call, reason } satisfies Message);
    }
  }
}
