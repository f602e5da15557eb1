import type { DurationMs } from "#domain/units.ts";

/** Bounds of one broker. Every default has its reason beside it. */
export interface LinkLimits {
  /** Bytes. A CONNECT with will and credentials stays far below; strangers get no more. */
  readonly frameBeforeConnect: number;
  /** Bytes. The hard limit of the wire contract; only PUBLISH may be this long. */
  readonly frameAfterConnect: number;
  /** Bytes received from one client and not yet durable; above it its socket is no longer read. */
  readonly unackedPerClient: number;
  /** The same over all clients: what bounds the memory of the process. */
  readonly unackedTotal: number;
  /** Bytes of acknowledgements that one client has not taken; above it nothing more is read from it. */
  readonly unsent: number;
  /** How long a client may stand still because of the two limits above before it is closed. */
  readonly overloadMs: DurationMs;
  /** Control packets per second of one device, with a burst of one second. */
  readonly messagesPerSecond: number;
  /** The same in bytes: a day of backfill comes in seconds, and one device never fills the disk's whole rate. */
  readonly bytesPerSecond: number;
  /** Of all devices together, with a burst of one second: a fleet that comes back at once must not hold up those that stayed. */
  readonly signInsPerSecond: number;
  readonly connectTimeoutMs: DurationMs;
  /** A client that does not take what it is sent. */
  readonly drainTimeoutMs: DurationMs;
  /** Seconds. Half an hour lets battery devices sleep and still tells a dead one apart. */
  readonly keepaliveLimit: number;
  /** First to last byte of one frame: 128 KiB at 2 KiB/s fits, a slow-loris does not. */
  readonly frameTimeoutMs: DurationMs;
  /** QoS 2 messages of one device between PUBLISH and PUBREL. */
  readonly maxInflightInbound: number;
  /** Commands of one device between PUBLISH and PUBACK. */
  readonly sendWindow: number;
  readonly sendTimeoutMs: DurationMs;
  /** How long stopping waits for appends that are under way. */
  readonly stopTimeoutMs: DurationMs;
  readonly maxConnections: number;
  /** Takeovers of one device within a minute that look like a cloned id. */
  readonly takeoverStorm: number;
  /** Resolution of all time limits here, in ms. */
  readonly tickMs: DurationMs;
}

export const DEFAULT_LIMITS: LinkLimits = {
  frameBeforeConnect: 4 * 1024,
  frameAfterConnect: 128 * 1024,
  unackedPerClient: 256 * 1024,
  unackedTotal: 64 * 1024 * 1024,
  unsent: 64 * 1024,
  overloadMs: 10_000,
  messagesPerSecond: 5_000,
  bytesPerSecond: 4 * 1024 * 1024,
  signInsPerSecond: 2_000,
  connectTimeoutMs: 10_000,
  drainTimeoutMs: 10_000,
  keepaliveLimit: 1_800,
  frameTimeoutMs: 60_000,
  maxInflightInbound: 100,
  sendWindow: 16,
  sendTimeoutMs: 30_000,
  stopTimeoutMs: 10_000,
  maxConnections: 20_000,
  takeoverStorm: 5,
  tickMs: 100,
};

/** Share of a limit below which a stopped client is read again, so that it does not flap. */
export const RESUME_SHARE = 0.75;

/** Bytes that a message under way occupies besides its own: packet, promises, callbacks (measured: 0.9 KiB). */
const MESSAGE_OVERHEAD = 1_024;

/** What was received from all clients and is not yet disposed of. */
export class ByteBudget {
  readonly limit: number;
  #bytes = 0;
  #messages = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Bytes as received. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Bytes of memory: many small messages weigh more than few large ones. */
  get total(): number {
    return this.#bytes + this.#messages * MESSAGE_OVERHEAD;
  }

  get exceeded(): boolean {
    return this.total >= this.limit;
  }

  get relieved(): boolean {
    return this.total < this.limit * RESUME_SHARE;
  }

  add(bytes: number): void {
    this.#bytes += bytes;
  }

  release(bytes: number): void {
    this.#bytes -= bytes;
  }

  messageBegun(): void {
    this.#messages += 1;
  }

  messageDone(bytes: number): void {
    this.#messages -= 1;
    this.#bytes -= bytes;
  }
}
