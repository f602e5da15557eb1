import type { Socket } from "node:net";
import { connect as connectTcp } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { IClientOptions, MqttClient } from "mqtt";
import mqtt from "mqtt";
import type { Packet } from "mqtt-packet";
import { generate, parser } from "mqtt-packet";
import type { Clock } from "#ports/clock.ts";
import type {
  DeviceDirectory,
  DeviceLink,
  DeviceLinkHandler,
  InboundMessage,
} from "#ports/device-link.ts";
import type { Log } from "#ports/log.ts";
import type { Metrics } from "#ports/metrics.ts";
import { createAedesLink } from "../../../src/adapters/mqtt/aedes-link.ts";
import type { LinkLimits } from "../../../src/adapters/mqtt/limits.ts";
import type { TlsMaterial } from "../../../src/adapters/mqtt/listener.ts";

type Refusal = Parameters<DeviceLinkHandler["refused"]>[0];

/** Writes down what the broker tells; `durable` decides when and whether a message is. */
export class RecordingHandler implements DeviceLinkHandler {
  readonly messages: InboundMessage[] = [];
  readonly refusals: Refusal[] = [];
  /** `connected d1`, `ready d1`, `disconnected d1 client`, and `message d1 status` for wills' order. */
  readonly happened: string[] = [];
  durable: (message: InboundMessage) => Promise<void> = async () => {};

  message(message: InboundMessage): Promise<void> {
    this.messages.push(message);
    this.happened.push(`message ${message.device} ${message.class}`);
    return this.durable(message);
  }

  refused(refusal: Refusal): void {
    this.refusals.push(refusal);
  }

  connected(device: string): void {
    this.happened.push(`connected ${device}`);
  }

  disconnected(device: string, reason: string): void {
    this.happened.push(`disconnected ${device} ${reason}`);
  }

  ready(device: string): void {
    this.happened.push(`ready ${device}`);
  }

  texts(): readonly string[] {
    return this.messages.map(({ payload }) => Buffer.from(payload).toString());
  }
}

/** Devices `d1` to `d9` are espresso machines with the secret `secret-<id>`. */
export class FixedDirectory implements DeviceDirectory {
  readonly open: boolean;
  readonly removed = new Set<string>();

  constructor(open = false) {
    this.open = open;
  }

  productOf(device: string): string | undefined {
    return /^d\d+$/.test(device) && !this.removed.has(device) ? "espresso" : undefined;
  }

  secretMatches(device: string, secret: Uint8Array): boolean {
    return Buffer.from(secret).toString() === `secret-${device}`;
  }
}

export class CountingMetrics implements Metrics {
  readonly values = new Map<string, number>();

  count(name: string, labels?: Readonly<Record<string, string>>, by = 1): void {
    const key = `${name}${JSON.stringify(labels ?? {})}`;
    this.values.set(key, (this.values.get(key) ?? 0) + by);
  }

  observe(): void {}

  gauge(name: string, value: number): void {
    this.values.set(name, value);
  }

  of(name: string, labels?: Readonly<Record<string, string>>): number {
    return this.values.get(labels === undefined ? name : `${name}${JSON.stringify(labels)}`) ?? 0;
  }
}

export class ListLog implements Log {
  readonly lines: string[] = [];
  #add(fields: Readonly<Record<string, unknown>>, message: string): void {
    this.lines.push(`${message} ${JSON.stringify(fields)}`);
  }
  debug = this.#add;
  info = this.#add;
  warn = this.#add;
  error = this.#add;
}

/** The broker's time passes `speed` times as fast as ours. */
const clockAt = (speed: number): Clock => ({
  now: () => Date.now(),
  elapsed: () => performance.now(),
  sleep: (duration, signal) =>
    delay(duration / speed, undefined, signal === undefined ? {} : { signal }),
});

export interface FixtureOptions {
  readonly open?: boolean;
  readonly speed?: number;
  readonly clock?: Clock;
  readonly tls?: TlsMaterial;
  readonly limits?: Partial<LinkLimits>;
}

/** A broker on loopback with everything around it recorded. */
export class LinkFixture implements AsyncDisposable {
  readonly handler = new RecordingHandler();
  readonly metrics = new CountingMetrics();
  readonly log = new ListLog();
  readonly directory: FixedDirectory;
  readonly link: DeviceLink;
  port = 0;
  readonly #clients: MqttClient[] = [];
  readonly #sockets: Socket[] = [];

  constructor(options: FixtureOptions = {}) {
    this.directory = new FixedDirectory(options.open);
    this.link = createAedesLink({
      handler: this.handler,
      directory: this.directory,
      metrics: this.metrics,
      log: this.log,
      clock: options.clock ?? clockAt(options.speed ?? 1),
      host: "127.0.0.1",
      port: 0,
      tls: options.tls,
      limits: { stopTimeoutMs: 500, ...options.limits },
    });
  }

  static async start(options?: FixtureOptions): Promise<LinkFixture> {
    const fixture = new LinkFixture(options);
    fixture.port = (await fixture.link.start()).port;
    return fixture;
  }

  /** A device that signs in as it should; resolved when connected. */
  device(id: string, options: IClientOptions = {}): Promise<MqttClient> {
    const client = mqtt.connect({
      host: "127.0.0.1",
      port: this.port,
      protocolVersion: 4,
      clientId: id,
      username: id,
      password: `secret-${id}`,
      reconnectPeriod: 0,
      ...options,
    });
    this.#clients.push(client);
    return new Promise((resolve, reject) => {
      client.once("connect", () => resolve(client));
      client.once("error", reject);
      client.once("close", () => reject(new Error("closed before connected")));
    });
  }

  async raw(): Promise<RawClient> {
    const socket = connectTcp(this.port, "127.0.0.1");
    this.#sockets.push(socket);
    await new Promise((resolve, reject) => socket.once("connect", resolve).once("error", reject));
    return new RawClient(socket);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) {
      client.on("error", () => {});
      client.end(true);
    }
    for (const socket of this.#sockets) {
      socket.destroy();
    }
    await this.link[Symbol.asyncDispose]();
  }
}

/** A client that can send what no library would. */
export class RawClient {
  readonly socket: Socket;
  readonly received: Packet[] = [];
  readonly closed: Promise<void>;
  isClosed = false;

  constructor(socket: Socket) {
    this.socket = socket;
    const incoming = parser({ protocolVersion: 4 });
    incoming.on("packet", (packet: Packet) => this.received.push(packet));
    socket.on("data", (chunk: Buffer) => incoming.parse(chunk));
    socket.on("error", () => {});
    this.closed = new Promise((resolve) =>
      socket.once("close", () => {
        this.isClosed = true;
        resolve();
      }),
    );
  }

  send(packet: Packet): void {
    this.socket.write(generate(packet));
  }

  bytes(...bytes: readonly number[]): void {
    this.socket.write(Buffer.from(bytes));
  }

  async signIn(id: string, extra: object = {}): Promise<void> {
    const bytes = generate({
      cmd: "connect",
      protocolId: "MQTT",
      protocolVersion: 4,
      clientId: id,
      keepalive: 60,
      username: id,
      password: Buffer.from(`secret-${id}`),
      ...extra,
      clean: true,
    });
    if ("clean" in extra && extra.clean === false) {
      // By hand: the library does not write what a broker must refuse.
      const flagsAt = 9;
      bytes[flagsAt] = (bytes[flagsAt] ?? 0) & ~2;
    }
    this.socket.write(bytes);
    await until(() => this.received.some(({ cmd }) => cmd === "connack") || this.isClosed);
  }

  publish(id: string, payload: string | Buffer, messageId: number): void {
    const topic = `vz1/espresso/${id}/tele`;
    this.send({ cmd: "publish", topic, payload, qos: 1, messageId, dup: false, retain: false });
  }

  of<C extends Packet["cmd"]>(cmd: C): Extract<Packet, { cmd: C }>[] {
    return this.received.filter(
      (packet): packet is Extract<Packet, { cmd: C }> => packet.cmd === cmd,
    );
  }
}

export async function until(condition: () => boolean, withinMs = 5_000): Promise<void> {
  const end = performance.now() + withinMs;
  while (!condition()) {
    if (performance.now() > end) {
      throw new Error(`not within ${withinMs} ms: ${condition.toString()}`);
    }
    await delay(2);
  }
}
