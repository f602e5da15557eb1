import type { AckSink } from "@voorzorg/device-sim";
import { DeviceClient, monotonicMs, SimError, sleepMs, wallNowMs } from "@voorzorg/device-sim";
import { BenchError } from "./bench.ts";
import { BOILER } from "./fixture.ts";

/** More than this unacknowledged while the broker is away would only make the resend longer. */
const MOST_UNACKED = 20;
/** Enough that the proof of the repair is among them, whatever a kill takes away. */
const COOL_REPORTS = 10;
const RETRY_MS = 200;
/** A gateway that is killed several times while it starts, on a busy machine. */
const CONNECTS_WITHIN_MS = 300_000;
const CLOSES_WITHIN_MS = 1_000;

/** A boiler on the wire that breaks when told and is cured by its command, each as often as it happens. */
export class Boiler {
  readonly id: string;
  readonly #client: DeviceClient;
  readonly #onCommand: (id: string) => void;
  #hot = false;
  #coolReports = 0;
  #faults = 0;
  #commands = 0;

  constructor(options: {
    readonly id: string;
    readonly mqttUrl: string;
    readonly acks: AckSink;
    readonly onCommand?: (id: string) => void;
  }) {
    const { id, mqttUrl, acks, onCommand } = options;
    this.id = id;
    this.#onCommand = onCommand ?? (() => {});
    this.#client = new DeviceClient({
      url: mqttUrl,
      product: BOILER.product,
      device: id,
      boot: 1,
      acks,
      nowMs: wallNowMs,
      reconnect: true,
      runCommand: () => this.#cured(),
    });
  }

  get hot(): boolean {
    return this.#hot;
  }

  /** Faults that were sent so far: the ground truth. */
  get faults(): number {
    return this.#faults;
  }

  /** Commands run, not counting repeats of the same one. */
  get commands(): number {
    return this.#commands;
  }

  /** The gateway has acknowledged that it is well, several times since its last fault. */
  get isKnownCool(): boolean {
    return !this.#hot && this.#coolReports >= COOL_REPORTS && this.#client.unacked === 0;
  }

  /** Connects, as often as it takes until `signal` aborts. @throws SimError when nobody accepts it for long. */
  async connect(signal: AbortSignal): Promise<void> {
    const endMs = monotonicMs() + CONNECTS_WITHIN_MS;
    while (!signal.aborted) {
      try {
        await this.#client.connect();
        return;
      } catch (error) {
        if (!(error instanceof SimError) || monotonicMs() > endMs) throw error;
        await sleepMs(RETRY_MS);
      }
    }
  }

  /** Sends a reading, unless too much is on its way already; true if it was sent. */
  report(): boolean {
    if (!this.#client.connected || this.#client.unacked >= MOST_UNACKED) return false;
    const value = this.#hot ? BOILER.hot : BOILER.normal;
    this.#client.publish({
      class: "tele",
      ts: wallNowMs(),
      points: [{ offsetMs: 0, values: { [BOILER.signal]: value } }],
    });
    if (!this.#hot) this.#coolReports += 1;
    return true;
  }

  /** Breaks and says so in the same moment; false if it could not be sent now. */
  break(): boolean {
    if (this.#hot) return false;
    this.#hot = true;
    if (!this.report()) {
      this.#hot = false;
      return false;
    }
    this.#faults += 1;
    return true;
  }

  /** Resolves when nothing is on its way any more. */
  async settled(): Promise<void> {
    // Not the client's own promise: its library gives up what was queued while a reconnect was cut
    // short. Such a reading was never acknowledged, so nothing is lost, and the next one says the same.
    const endMs = monotonicMs() + CONNECTS_WITHIN_MS;
    while (this.#client.unacked > 0) {
      if (monotonicMs() > endMs) {
        throw new BenchError(`${this.id} still waits for ${this.#client.unacked} acknowledgements`);
      }
      await sleepMs(10);
    }
  }

  /** Ends the connection; a client caught between two attempts may never say that it has ended. */
  async close(): Promise<void> {
    await Promise.race([this.#client.cut(), sleepMs(CLOSES_WITHIN_MS)]);
  }

  #cured(): { readonly state: "succeeded" } {
    this.#hot = false;
    this.#coolReports = 0;
    this.#commands += 1;
    this.#onCommand(this.id);
    return { state: "succeeded" };
  }
}
