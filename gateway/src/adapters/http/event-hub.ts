import type { Clock } from "#ports/clock.ts";
import type { Change, GatewayApi } from "#ports/gateway-api.ts";
import type { Metrics } from "#ports/metrics.ts";

/** Where a listener's text goes. `write` answers false when the client does not keep up. */
export interface EventSink {
  /** Bytes written and not yet taken by the client. */
  pending(): number;
  write(text: string): void;
  close(): void;
  /** Whether who opened it may still listen. */
  allowed(): boolean;
  readonly wants: (change: Change) => boolean;
}

export const HEARTBEAT_MS = 15_000;
/** A change is told at once; further ones of the same thing within this time are told once, at its end. */
export const COALESCE_MS = 100;
const MAX_PENDING_BYTES = 256 * 1024;
const MAX_SINKS = 500;
const MAX_COALESCED = 2_000;

/**
 * Tells every open stream what changed. What changes first is told in the same turn of the event loop, in one piece with
 * all else of that turn; a thing that goes on changing is told once per coalescing time, with what is newest.
 * Bounded: slow clients are closed and may come again.
 */
export class EventHub implements Disposable {
  readonly #api: Pick<GatewayApi, "onChange">;
  readonly #clock: Clock;
  readonly #metrics: Metrics;
  readonly #sinks = new Set<EventSink>();
  readonly #stop = new AbortController();
  /** Goes out with this turn. */
  readonly #turn = new Map<string, Change>();
  /** Told within the coalescing time that runs. */
  readonly #told = new Set<string>();
  /** Goes out when that time ends. */
  readonly #waiting = new Map<string, Change>();
  #subscription: Disposable | undefined;
  #window = false;

  constructor(options: {
    readonly api: Pick<GatewayApi, "onChange">;
    readonly clock: Clock;
    readonly metrics: Metrics;
  }) {
    this.#api = options.api;
    this.#clock = options.clock;
    this.#metrics = options.metrics;
  }

  start(): void {
    this.#subscription = this.#api.onChange((change) => this.#take(change));
    void this.#beat();
  }

  /** False when too many streams are open. */
  add(sink: EventSink): boolean {
    if (this.#sinks.size >= MAX_SINKS || this.#stop.signal.aborted) return false;
    this.#sinks.add(sink);
    this.#metrics.gauge("http_event_streams", this.#sinks.size);
    return true;
  }

  remove(sink: EventSink): void {
    this.#sinks.delete(sink);
    this.#metrics.gauge("http_event_streams", this.#sinks.size);
  }

  [Symbol.dispose](): void {
    this.#subscription?.[Symbol.dispose]();
    this.#stop.abort();
    for (const sink of this.#sinks) sink.close();
    this.#sinks.clear();
  }

  #take(change: Change): void {
    if (this.#sinks.size === 0) return;
    const key = `${change.kind} ${change.id}`;
    if (this.#told.has(key) || this.#told.size >= MAX_COALESCED) {
      this.#waiting.set(key, change);
      if (this.#waiting.size >= MAX_COALESCED) this.#flush(this.#waiting);
      return;
    }
    if (this.#turn.size === 0) queueMicrotask(() => this.#endTurn());
    this.#turn.set(key, change);
    if (this.#turn.size >= MAX_COALESCED) this.#endTurn();
  }

  #endTurn(): void {
    for (const key of this.#turn.keys()) this.#told.add(key);
    this.#flush(this.#turn);
    if (this.#window) return;
    this.#window = true;
    void this.#coalesce();
  }

  async #coalesce(): Promise<void> {
    do {
      await this.#sleep(COALESCE_MS);
      this.#told.clear();
      for (const key of this.#waiting.keys()) this.#told.add(key);
      this.#flush(this.#waiting);
    } while (this.#told.size > 0 && !this.#stop.signal.aborted);
    this.#window = false;
  }

  #flush(waiting: Map<string, Change>): void {
    const changes = [...waiting.values()];
    waiting.clear();
    for (const sink of this.#sinks) {
      const text = changes.filter(sink.wants).map(format).join("");
      if (text !== "") this.#send(sink, text);
    }
  }

  async #beat(): Promise<void> {
    while (await this.#sleep(HEARTBEAT_MS)) {
      for (const sink of this.#sinks) {
        if (sink.allowed()) this.#send(sink, ": still here\n\n");
        else this.#end(sink);
      }
    }
  }

  #send(sink: EventSink, text: string): void {
    if (sink.pending() > MAX_PENDING_BYTES) this.#end(sink);
    else sink.write(text);
  }

  #end(sink: EventSink): void {
    sink.close();
    this.remove(sink);
  }

  /** False once stopped. */
  #sleep(ms: number): Promise<boolean> {
    return this.#clock.sleep(ms, this.#stop.signal).then(
      () => !this.#stop.signal.aborted,
      () => false,
    );
  }
}

const format = (change: Change): string => `event: change\ndata: ${JSON.stringify(change)}\n\n`;
