import { formatTopic } from "@voorzorg/firmware-contracts";
import type { JournalRecord, RegisteredDevice } from "#domain/record.ts";
import type { DurationMs, EpochMs, Offset } from "#domain/units.ts";
import { MINUTE_MS } from "#domain/units.ts";
import { encodeMessage, encodeRecord } from "#pipeline/record-codec.ts";
import type { Clock } from "#ports/clock.ts";
import type { DeviceLinkHandler, InboundMessage } from "#ports/device-link.ts";
import type { Log } from "#ports/log.ts";
import type { Metrics } from "#ports/metrics.ts";
import type { SeriesRejection } from "#ports/series-store.ts";

type Unstamped = JournalRecord extends infer R
  ? R extends R
    ? Omit<R, "appendedAt">
    : never
  : never;

/** Refusals of one client that are kept in full per window; the rest is only counted. */
const REFUSALS_PER_WINDOW = 20;
const REFUSAL_WINDOW_MS: DurationMs = MINUTE_MS;
/** Of its payload. */
const REFUSED_BYTES = 1_024;

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

  /** One promise per message and nothing else: this is the path that all telemetry takes. */
  message(message: InboundMessage): Promise<unknown> {
    const { device, product } = message;
    const admitted = this.#deps.admit(device, product) ?? this.#unwritten.get(device);
    const registered = admitted === undefined ? undefined : this.#register(admitted);
    const appended = this.#deps.submit(encodeMessage(message, this.#deps.clock.now()));
    const done = registered === undefined ? appended : Promise.all([registered, appended]);
    return message.class === "time" ? this.#answerTime(message, done) : done;
  }

  async #answerTime(message: InboundMessage, appended: Promise<unknown>): Promise<void> {
    await appended;
    this.#deps.onTimeRequest(message, this.#deps.clock.now());
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

  /** Resolved when it is where a person finds it, or counted only because the device has had its share. */
  async storeRejected({ row, reason }: SeriesRejection): Promise<void> {
    const { device, product, at, values } = row;
    if (!this.#mayKeep(device)) return;
    const topic = formatTopic({ product, device, class: "tele" });
    const refusal = { client: device, topic, code: "store_rejected", reason };
    const told = { deviceId: device, code: refusal.code, reason };
    this.#deps.log.warn(told, "the series store rejects a sample");
    const text = JSON.stringify({ ts: at, m: values });
    const payload = new TextEncoder().encode(text).subarray(0, REFUSED_BYTES);
    await this.append({ kind: "refusal", ...refusal, payload });
  }

  refused(refusal: Parameters<DeviceLinkHandler["refused"]>[0]): void {
    if (!this.#mayKeep(refusal.client)) return;
    const { client, topic, code, reason } = refusal;
    this.#deps.log.warn({ deviceId: client, topic, code, reason }, "a publish was refused");
    const payload = refusal.payload.subarray(0, REFUSED_BYTES);
    this.#note({ kind: "refusal", ...refusal, payload });
  }

  #mayKeep(client: string): boolean {
    const now = this.#deps.clock.now();
    if (Math.abs(now - this.#windowStart) > REFUSAL_WINDOW_MS) {
      this.#windowStart = now;
      this.#refusals.clear();
    }
    const seen = (this.#refusals.get(client) ?? 0) + 1;
    this.#refusals.set(client, seen);
    return seen <= REFUSALS_PER_WINDOW;
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
