import type { AckSink } from "../ack-log.ts";
import { ConnectionError } from "../errors.ts";
import { Random } from "../random.ts";
import {
  every,
  monotonicMs,
  sleepMs,
  sleepUntilAborted,
  wallNowMs,
  withinMs,
} from "../wall-clock.ts";
import { LatencyHistogram } from "./latency-histogram.ts";
import { LoadConnection } from "./load-connection.ts";
import { assertInflight } from "./packet-ring.ts";

export interface LoadOptions {
  readonly mqttUrl: string;
  readonly connections: number;
  /** Messages per second over all connections; Infinity keeps every window full. */
  readonly rate: number;
  readonly qos: 0 | 1;
  readonly seconds: number;
  /** Bytes of one payload. */
  readonly payloadBytes: number;
  /** Unacknowledged messages per connection at most. */
  readonly inflight: number;
  readonly product: string;
  /** Devices are named `<prefix>-00001` and so on. */
  readonly prefix: string;
  readonly seed: number;
  /** Password of a device; undefined: the broker asks for none. */
  readonly passwordOf?: (device: string) => string | undefined;
  readonly acks?: AckSink;
  /** Stops early; what is on the way is still waited for. */
  readonly signal?: AbortSignal;
  /** How long to wait for the last PUBACKs. */
  readonly drainMs?: number;
  /** How long to wait until every connection is accepted. */
  readonly openLimitMs?: number;
}

export interface LoadResult {
  readonly connections: number;
  readonly qos: 0 | 1;
  readonly payloadBytes: number;
  readonly inflight: number;
  readonly seconds: number;
  readonly sent: number;
  /** QoS 1: PUBACKs. QoS 0: messages that the broker had read when it answered the last PINGREQ. */
  readonly acked: number;
  readonly msgPerSecond: number;
  readonly ackMs: { readonly p50: number; readonly p99: number; readonly max: number };
  readonly resent: number;
  readonly reconnects: number;
  /** Sent, and never acknowledged until the end. */
  readonly unacked: number;
}

const YEAR_2020_MS = Date.UTC(2020, 0, 1);
const OPENING = 200;
const OPEN_LIMIT_MS = 60_000;
const TICK_MS = 2;
const PING_EVERY_MS = 120_000;

export const loadDeviceName = (prefix: string, index: number): string =>
  `${prefix}-${String(index + 1).padStart(5, "0")}`;

/** Hands out the messages that are due at a fixed rate; unused ones are kept for a second at most. */
class Budget {
  readonly #rate: number;
  #left = 0;
  #lastMs = monotonicMs();

  constructor(rate: number) {
    this.#rate = rate;
  }

  /** What was earned before counts for nothing, e.g. while connections were opened. */
  start(): void {
    this.#left = 0;
    this.#lastMs = monotonicMs();
  }

  available(): number {
    if (!Number.isFinite(this.#rate)) return Number.MAX_SAFE_INTEGER;
    const now = monotonicMs();
    const earned = (this.#rate * (now - this.#lastMs)) / 1000;
    this.#left = Math.min(this.#left + earned, Math.max(this.#rate, 1));
    this.#lastMs = now;
    return Math.floor(this.#left);
  }

  spend(count: number): void {
    if (Number.isFinite(this.#rate)) this.#left -= count;
  }
}

class Load {
  readonly #options: LoadOptions;
  readonly #histogram = new LatencyHistogram();
  readonly #connections: readonly LoadConnection[];
  readonly #budget: Budget;
  #acked = 0;
  #running = false;
  #turn = 0;

  constructor(options: LoadOptions) {
    this.#options = options;
    this.#budget = new Budget(options.rate);
    const { hostname, port } = new URL(options.mqttUrl);
    const boot = Math.floor((wallNowMs() - YEAR_2020_MS) / 1000);
    const random = new Random(options.seed);
    this.#connections = Array.from({ length: options.connections }, (_, index) => {
      const device = loadDeviceName(options.prefix, index);
      const password = options.passwordOf?.(device);
      return new LoadConnection({
        host: hostname,
        port: port === "" ? 1883 : Number(port),
        product: options.product,
        device,
        boot,
        qos: options.qos,
        payloadBytes: options.payloadBytes,
        inflight: options.inflight,
        random: random.fork(device),
        acks: options.acks,
        onAcked: (connection, latencyMs) => this.#onAcked(connection, latencyMs),
        ...(password === undefined ? {} : { password }),
      });
    });
  }

  async run(): Promise<LoadResult> {
    try {
      await this.#openAll();
      const startedMs = monotonicMs();
      await this.#send();
      const ackedInTime = this.#acked;
      const sendingS = (monotonicMs() - startedMs) / 1000;
      await this.#drain();
      await this.#options.acks?.flushed();
      const drainedS = (monotonicMs() - startedMs) / 1000;
      return this.#options.qos === 1
        ? this.#result(ackedInTime / sendingS, sendingS)
        : this.#result(this.#sum((connection) => connection.sent) / drainedS, drainedS);
    } finally {
      for (const connection of this.#connections) connection.close();
    }
  }

  async #openAll(): Promise<void> {
    const waiting = [...this.#connections];
    const opener = async (): Promise<void> => {
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) await next.open();
    };
    const openers = Promise.all(Array.from({ length: OPENING }, opener));
    await withinMs(openers, this.#options.openLimitMs ?? OPEN_LIMIT_MS, () => {
      const failed = this.#connections.filter(({ ready }) => !ready);
      const why = failed.find(({ lastProblem }) => lastProblem !== "")?.lastProblem ?? "no answer";
      return new ConnectionError(
        `${failed.length} of ${this.#connections.length} connections to ${this.#options.mqttUrl} were not accepted: ${why}`,
      );
    });
  }

  async #send(): Promise<void> {
    const { seconds, signal } = this.#options;
    this.#running = true;
    this.#budget.start();
    using _pump = every(TICK_MS, () => this.#pumpAll());
    using _ping = every(PING_EVERY_MS, () => {
      for (const connection of this.#connections) connection.ping();
    });
    this.#pumpAll();
    await (signal === undefined
      ? sleepMs(seconds * 1000)
      : sleepUntilAborted(seconds * 1000, signal));
    this.#running = false;
  }

  /** In turns, so that a budget below the connections' appetite is shared evenly. */
  #pumpAll(): void {
    const count = this.#connections.length;
    const share = Number.isFinite(this.#options.rate) ? 1 : this.#options.inflight;
    let idle = 0;
    for (let budget = this.#budget.available(); budget > 0 && idle < count; ) {
      const connection = this.#connections[this.#turn % count];
      this.#turn += 1;
      const sent = connection?.pump(Math.min(budget, share)) ?? 0;
      idle = sent === 0 ? idle + 1 : 0;
      budget -= sent;
      this.#budget.spend(sent);
    }
  }

  #onAcked(connection: LoadConnection, latencyMs: number): void {
    this.#acked += 1;
    this.#histogram.record(latencyMs);
    // Refilled by halves: a write per PUBACK would measure system calls.
    const half = this.#options.inflight / 2;
    if (this.#running && !Number.isFinite(this.#options.rate) && connection.unacked <= half) {
      connection.pump(this.#options.inflight);
    }
  }

  async #drain(): Promise<void> {
    const limitMs = this.#options.drainMs ?? 10_000;
    if (this.#options.qos === 0) {
      const drained = Promise.all(this.#connections.map((connection) => connection.drained()));
      await Promise.race([drained, sleepMs(limitMs)]);
      return;
    }
    const endMs = monotonicMs() + limitMs;
    while (monotonicMs() < endMs && this.#sum(({ unacked }) => unacked) > 0) await sleepMs(10);
  }

  #sum(of: (connection: LoadConnection) => number): number {
    return this.#connections.reduce((total, connection) => total + of(connection), 0);
  }

  #result(msgPerSecond: number, seconds: number): LoadResult {
    const { connections, qos, payloadBytes, inflight } = this.#options;
    const sent = this.#sum((connection) => connection.sent);
    const round = (ms: number): number => Math.round(ms * 1000) / 1000;
    return {
      connections,
      qos,
      payloadBytes,
      inflight,
      seconds: round(seconds),
      sent,
      acked: qos === 1 ? this.#acked : sent,
      msgPerSecond: Math.round(msgPerSecond),
      ackMs: {
        p50: round(this.#histogram.quantileMs(0.5)),
        p99: round(this.#histogram.quantileMs(0.99)),
        max: round(this.#histogram.maxMs),
      },
      resent: this.#sum((connection) => connection.resent),
      reconnects: this.#sum((connection) => connection.reconnects),
      unacked: this.#sum((connection) => connection.unacked),
    };
  }
}

/**
 * Publishes as fast as asked over raw connections with messages encoded beforehand, and measures
 * what comes back. A connection that is lost is opened again, and what it had not heard back about
 * is sent again.
 *
 * @throws SimError if the options make no sense or not all connections are accepted within a minute.
 */
export function runLoad(options: LoadOptions): Promise<LoadResult> {
  assertInflight(options.inflight);
  return new Load(options).run();
}
