import type { JournalRecord, RegisteredDevice } from "#domain/record.ts";
import type { DurationMs, EpochMs, Offset } from "#domain/units.ts";
import { MINUTE_MS } from "#domain/units.ts";
import { encodeRecord } from "#pipeline/record-codec.ts";
import type { Clock } from "#ports/clock.ts";
import type { DeviceLinkHandler, InboundMessage } from "#ports/device-link.ts";
import type { Log } from "#ports/log.ts";
import type { Metrics } from "#ports/metrics.ts";

type Unstamped = JournalRecord extends infer R
  ? R extends R
    ? Omit<R, "appendedAt">
    : never
  : never;

/** Refusals of one client that are kept in full per window; the rest is only counted. */
const REFUSALS_PER_WINDOW = 20;
const REFUSAL_WINDOW_MS: DurationMs = MINUTE_MS;

export interface IngressDeps {
  /** Resolved when the record is durable, in the order of the calls. */
  readonly submit: (bytes: Uint8Array) => Promise<Offset>;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Registers a device that came by itself (open registration); false = it stays unknown. */
  readonly admit: (device: string, product: string) => RegisteredDevice | undefined;
  readonly onReady: (device: string) => void;
  /** A device without a clock asks for the time. */
  readonly onTimeRequest: (request: InboundMessage, now: EpochMs) => void;
}

/** Writes what the broker hears into the journal. What is submitted first has the lower offset. */
export class Ingress implements DeviceLinkHandler {
  readonly #deps: IngressDeps;
  readonly #refusals = new Map<string, number>();
  #windowStart = 0;
  /** Admitted devices whose registration the journal did not take: it goes before their next message. */
  readonly #unwritten = new Map<string, RegisteredDevice>();

  constructor(deps: IngressDeps) {
    this.#deps = deps;
  }

  append(record: Unstamped): Promise<Offset> {
    const stamped = { ...record, appendedAt: this.#deps.clock.now() } as JournalRecord;
    return this.#deps.submit(encodeRecord(stamped));
  }

  async message(message: InboundMessage): Promise<void> {
    const { device, product } = message;
    const admitted = this.#deps.admit(device, product) ?? this.#unwritten.get(device);
    const registered = admitted === undefined ? undefined : this.#register(admitted);
    const { clock, metrics } = this.#deps;
    const from = clock.now();
    await Promise.all([registered, this.append({ kind: "message", ...message })]);
    metrics.observe("journal_append_seconds", (clock.now() - from) / 1_000);
    metrics.count("acknowledged_bytes_total", {}, message.payload.length);
    if (message.class === "time") this.#deps.onTimeRequest(message, clock.now());
  }

  async #register(device: RegisteredDevice): Promise<void> {
    this.#unwritten.delete(device.id);
    try {
      await this.append({ kind: "registry", change: "put", device, by: "open registration" });
    } catch (error) {
      this.#unwritten.set(device.id, device);
      throw error;
    }
  }

  refused(refusal: Parameters<DeviceLinkHandler["refused"]>[0]): void {
    const now = this.#deps.clock.now();
    if (now - this.#windowStart > REFUSAL_WINDOW_MS) {
      this.#windowStart = now;
      this.#refusals.clear();
    }
    const seen = (this.#refusals.get(refusal.client) ?? 0) + 1;
    this.#refusals.set(refusal.client, seen);
    if (seen > REFUSALS_PER_WINDOW) return;
    const { client, topic, code, reason } = refusal;
    this.#deps.log.warn({ deviceId: client, topic, code, reason }, "a publish was refused");
    this.#note({ kind: "refusal", ...refusal, payload: refusal.payload.subarray(0, 1_024) });
  }

  connected(device: string): void {
    this.#note({ kind: "connection", device, state: "connected", reason: "" });
  }

  disconnected(device: string, reason: string): void {
    this.#note({ kind: "connection", device, state: "disconnected", reason });
  }

  ready(device: string): void {
    this.#deps.onReady(device);
  }

  /** Records that nobody waits for; that the journal is down is told by whoever watches it. */
  #note(record: Unstamped): void {
    this.append(record).catch((error: unknown) => {
      const reason = String(error);
      this.#deps.log.debug({ recordKind: record.kind, reason }, "a record could not be written");
    });
  }
}
