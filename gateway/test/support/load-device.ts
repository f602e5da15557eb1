import { setTimeout as sleep } from "node:timers/promises";
import type { MqttClient } from "mqtt";
import { connectAsync } from "mqtt";

const REACHED_WITHIN_MS = 10_000;

/** A device that publishes at QoS 1 as fast as it is acknowledged, until its connection ends. */
export class LoadDevice {
  readonly acked = new Set<number>();
  readonly #client: MqttClient;
  readonly #product: string;
  readonly #device: string;
  readonly #closed = Promise.withResolvers<void>();
  #seq = 0;
  #stopped = false;

  private constructor(client: MqttClient, product: string, device: string) {
    this.#client = client;
    this.#product = product;
    this.#device = device;
    client.on("close", () => {
      this.#stopped = true;
      this.#closed.resolve();
    });
    client.on("error", () => {
      this.#stopped = true;
    });
  }

  static async connect(mqtt: string, product: string, device: string): Promise<LoadDevice> {
    const client = await connectAsync(mqtt, {
      clientId: device,
      username: device,
      reconnectPeriod: 0,
    });
    return new LoadDevice(client, product, device);
  }

  /** Keeps `window` messages unacknowledged; `payload` makes the content of the n-th. */
  run(payload: (seq: number) => string, window = 50): void {
    for (let i = 0; i < window; i++) this.#next(payload);
  }

  /** Resolves when the connection is gone. */
  get ended(): Promise<void> {
    return this.#closed.promise;
  }

  /** Resolves when so many are acknowledged. */
  async reached(count: number): Promise<void> {
    const deadline = performance.now() + REACHED_WITHIN_MS;
    while (this.acked.size < count) {
      if (this.#stopped) throw new Error(`connection lost after ${this.acked.size} messages`);
      if (performance.now() > deadline) throw new Error(`only ${this.acked.size} acknowledged`);
      await sleep(5);
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#client.endAsync(true);
  }

  #next(payload: (seq: number) => string): void {
    if (this.#stopped) return;
    this.#seq += 1;
    const seq = this.#seq;
    const topic = `vz1/${this.#product}/${this.#device}/tele`;
    this.#client.publish(topic, payload(seq), { qos: 1 }, (error) => {
      if (error) return;
      this.acked.add(seq);
      this.#next(payload);
    });
  }
}
