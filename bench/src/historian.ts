import type { AckSink } from "@voorzorg/device-sim";
import { DeviceClient, every, SimError, sleepMs, wallNowMs } from "@voorzorg/device-sim";
import { BOILER } from "./fixture.ts";

const SENDS_EVERY_MS = 20;
const STEP_MS = 5 * 60_000;
const BEGINS_DAYS_AGO = 25;
const DAY_MS = 86_400_000;
const MOST_UNACKED = 20;
const RETRY_MS = 200;

/**
 * A device that catches up with the past, hours in a second: its samples are old as soon as they are
 * stored, so that the store has upkeep to do all the time.
 */
export class Historian implements AsyncDisposable {
  readonly #client: DeviceClient;
  readonly #stop = new AbortController();
  readonly #clock: Disposable;
  #at: number;

  constructor(options: { readonly id: string; readonly mqttUrl: string; readonly acks: AckSink }) {
    const { id, mqttUrl, acks } = options;
    this.#at = wallNowMs() - BEGINS_DAYS_AGO * DAY_MS;
    this.#client = new DeviceClient({
      url: mqttUrl,
      product: BOILER.product,
      device: id,
      boot: 1,
      acks,
      nowMs: () => this.#at,
      reconnect: true,
      runCommand: () => ({ state: "rejected", code: "not_now" }),
    });
    this.#clock = every(SENDS_EVERY_MS, () => this.#report());
    void this.#connect();
  }

  /** Sends no more and waits for what is on its way. */
  async settled(): Promise<void> {
    this.#clock[Symbol.dispose]();
    while (this.#client.unacked > 0 && !this.#stop.signal.aborted) await sleepMs(10);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    this.#clock[Symbol.dispose]();
    await Promise.race([this.#client.cut(), sleepMs(1_000)]);
  }

  async #connect(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        await this.#client.connect();
        return;
      } catch (error) {
        if (!(error instanceof SimError)) throw error;
        await sleepMs(RETRY_MS);
      }
    }
  }

  #report(): void {
    if (!this.#client.connected || this.#client.unacked >= MOST_UNACKED) return;
    if (this.#at + STEP_MS > wallNowMs()) return;
    this.#at += STEP_MS;
    this.#client.publish({
      class: "tele",
      ts: this.#at,
      points: [{ offsetMs: 0, values: { [BOILER.signal]: BOILER.normal } }],
    });
  }
}
