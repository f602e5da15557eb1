import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { Aedes } from "aedes";

export interface Published {
  readonly client: string;
  readonly topic: string;
  readonly payload: Buffer;
  readonly dup: boolean;
}

/** A bare broker on a free loopback port that remembers what was published, in order. */
export class TestBroker implements AsyncDisposable {
  readonly published: Published[] = [];
  /** Told of each message when it has been accepted, before its PUBACK is on the wire. */
  onPublished: (published: Published) => void = () => {};
  /** Stays the same after the end, so that another can take its place. */
  port = 0;
  onSubscribed: () => void = () => {};
  readonly #aedes: Aedes;
  readonly #server: ReturnType<typeof createServer>;

  private constructor(aedes: Aedes) {
    this.#aedes = aedes;
    this.#server = createServer(aedes.handle);
    aedes.on("subscribe", () => this.onSubscribed());
    aedes.authorizePublish = (client, packet, callback) => {
      const published = {
        client: client?.id ?? "",
        topic: packet.topic,
        payload: Buffer.from(packet.payload),
        dup: packet.dup === true,
      };
      this.published.push(published);
      callback(null);
      this.onPublished(published);
    };
  }

  static async start(port = 0): Promise<TestBroker> {
    const broker = new TestBroker(await Aedes.createBroker());
    await new Promise<void>((resolve) => broker.#server.listen(port, "127.0.0.1", resolve));
    broker.port = (broker.#server.address() as AddressInfo).port;
    return broker;
  }

  get url(): string {
    return `mqtt://127.0.0.1:${this.port}`;
  }

  /** Decoded JSON payloads of one class, in the order in which they arrived. */
  payloads(topicClass: string): readonly Record<string, unknown>[] {
    return this.published
      .filter(({ topic }) => topic.endsWith(`/${topicClass}`))
      .map(({ payload }) => JSON.parse(payload.toString("utf8")) as Record<string, unknown>);
  }

  send(topic: string, payload: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#aedes.publish(
        {
          cmd: "publish",
          topic,
          payload: Buffer.from(payload),
          qos: 1,
          retain: false,
          dup: false,
        },
        (error) => (error ? reject(error) : resolve()),
      );
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => this.#aedes.close(() => resolve()));
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

/** Waits for something that another party does over loopback. */
export async function until(met: () => boolean, limitMs = 3_000): Promise<void> {
  const endMs = performance.now() + limitMs;
  while (!met()) {
    if (performance.now() > endMs) throw new Error(`not met within ${limitMs} ms: ${met}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
