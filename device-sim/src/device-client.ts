import type { CommandMessage, WireFormat } from "@voorzorg/firmware-contracts";
import { decodeCommand, formatTopic } from "@voorzorg/firmware-contracts";
import type { MqttClient } from "mqtt";
import mqtt from "mqtt";
import type { AckSink } from "./ack-log.ts";
import type { CommandOutcome } from "./command-desk.ts";
import { CommandDesk } from "./command-desk.ts";
import { ConnectionError, messageOf } from "./errors.ts";
import type { Draft, Sealed } from "./sealed.ts";
import { Sealer } from "./sealed.ts";
import { wallNowMs } from "./wall-clock.ts";

export interface DeviceClientOptions {
  readonly url: string;
  readonly product: string;
  readonly device: string;
  /** Absent: the gateway must allow open registration. */
  readonly password?: string;
  readonly boot: number;
  readonly format?: WireFormat;
  readonly acks: AckSink;
  /** The device's own clock; undefined if it has none. */
  readonly nowMs: () => number | undefined;
  /** Time since boot, for a device without a clock. */
  readonly upMs?: () => number;
  readonly runCommand: (command: CommandMessage) => CommandOutcome;
  /** What arrives on `des` and `time`, undecoded. */
  readonly onOther?: (topicClass: string, payload: Uint8Array) => void;
  /** Connect again when the broker goes away, and resend what was not acknowledged. */
  readonly reconnect: boolean;
}

interface Waiter {
  readonly atMost: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * One device on the wire: MQTT 3.1.1, clean session, client id = user name = device id, every
 * message at QoS 1 and every PUBACK in the log.
 */
export class DeviceClient {
  readonly #options: DeviceClientOptions;
  readonly #sealer: Sealer;
  readonly #desk: CommandDesk;
  #client: MqttClient | undefined;
  #failure: Error | undefined;
  #waiters: Waiter[] = [];
  #unacked = 0;
  #commands = 0;

  constructor(options: DeviceClientOptions) {
    this.#options = options;
    const { product, device, boot, format = "json" } = options;
    this.#sealer = new Sealer({ product, device, boot, format });
    this.#desk = new CommandDesk(options.runCommand);
  }

  get connected(): boolean {
    return this.#client !== undefined;
  }

  /** Messages sent and not yet acknowledged. */
  get unacked(): number {
    return this.#unacked;
  }

  /** Commands received so far, repeats included. */
  get commands(): number {
    return this.#commands;
  }

  /**
   * Connects, subscribes and reports `online`. The birth message is the caller's: it knows the model.
   *
   * @throws SimError if the broker cannot be reached or refuses the device.
   */
  async connect(): Promise<void> {
    if (this.#client !== undefined) return;
    this.#failure = undefined;
    const client = this.#open();
    await this.#accepted(client);
    client.on("message", (topic, payload) => this.#receive(topic, payload));
    client.on("close", () => this.#onClose());
    client.on("error", () => {
      // The close that follows carries the news; a listener must exist, or Node would throw.
    });
    const { product, device } = this.#options;
    const subscriptions = (["cmd", "des", "time"] as const).map((topicClass) =>
      formatTopic({ product, device, class: topicClass }),
    );
    try {
      await client.subscribeAsync(subscriptions, { qos: 1 });
    } catch (error) {
      // Left between CONNACK and SUBACK: nothing was set up yet, so the caller may simply try again.
      client.end(true);
      const { url } = this.#options;
      const text = `${device} could not subscribe at ${url}: ${messageOf(error)}`;
      throw new ConnectionError(text, { cause: error });
    }
    this.#client = client;
    this.#sayOnline();
    // After a broken connection the broker has sent the will, so every new one begins with `online`.
    client.on("connect", () => this.#sayOnline());
  }

  /** Numbers and encodes without sending: a bad network may send it later, twice, or out of order. */
  seal(draft: Draft): Sealed {
    return this.#sealer.seal(draft);
  }

  publish(draft: Draft): void {
    this.send(this.seal(draft));
  }

  send(sealed: Sealed): void {
    const client = this.#client;
    if (client === undefined) {
      throw new ConnectionError(`${this.#options.device} is offline: nothing was sent`);
    }
    this.#unacked += 1;
    const sentAtWallMs = wallNowMs();
    const options = { qos: 1, retain: sealed.class === "status" } as const;
    client.publish(sealed.topic, Buffer.from(sealed.payload), options, (error) => {
      this.#unacked -= 1;
      if (error) this.#fail(messageOf(error));
      else this.#acknowledged(sealed, sentAtWallMs);
      this.#wake();
    });
  }

  /** Resolves when at most `atMost` messages are unacknowledged; rejects if the connection is lost for good. */
  settled(atMost = 0): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#unacked <= atMost) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiters.push({ atMost, resolve, reject });
    });
  }

  /** A planned end: `offline` is acknowledged, then DISCONNECT, so that the will is not sent. */
  async disconnect(reason = "planned"): Promise<void> {
    if (this.#client === undefined) return;
    this.publish({ class: "status", state: "offline", reason, ...this.#stamp() });
    await this.settled();
    const client = this.#client;
    this.#client = undefined;
    await client.endAsync();
  }

  /** The power fails or the network breaks: no DISCONNECT, the broker sends the will. */
  async cut(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    if (client !== undefined) await client.endAsync(true);
  }

  /** The device starts anew: the next message carries the next boot. */
  reboot(): void {
    this.#sealer.reboot();
  }

  #sayOnline(): void {
    this.publish({ class: "status", state: "online", ...this.#stamp() });
  }

  #open(): MqttClient {
    const { url, product, device, password, reconnect, format = "json" } = this.#options;
    const will = new Sealer({ product, device, boot: this.#sealer.boot, format }).seal({
      class: "status",
      state: "lost",
    });
    return mqtt.connect(url, {
      protocolVersion: 4,
      clientId: device,
      username: device,
      ...(password === undefined ? {} : { password }),
      clean: true,
      keepalive: 600,
      connectTimeout: 10_000,
      reconnectPeriod: reconnect ? 250 : 0,
      will: { topic: will.topic, payload: Buffer.from(will.payload), qos: 1, retain: true },
    });
  }

  #accepted(client: MqttClient): Promise<void> {
    const { url, device } = this.#options;
    return new Promise((resolve, reject) => {
      let cause: Error | undefined;
      const onError = (error: Error): void => {
        cause = error;
        onClose();
      };
      const onClose = (): void => {
        client.removeListener("close", onClose);
        client.end(true);
        const why = cause === undefined ? "the connection was closed" : messageOf(cause);
        const text = `${device} was not accepted by the broker at ${url}: ${why}`;
        reject(new ConnectionError(text, { cause }));
      };
      client.once("error", onError);
      client.once("close", onClose);
      client.once("connect", () => {
        client.removeListener("error", onError);
        client.removeListener("close", onClose);
        resolve();
      });
    });
  }

  #stamp(): { readonly ts?: number; readonly up?: number } {
    const ts = this.#options.nowMs();
    if (ts !== undefined) return { ts };
    const up = this.#options.upMs?.();
    return up === undefined ? {} : { up };
  }

  #acknowledged(sealed: Sealed, sentAtWallMs: number): void {
    this.#options.acks.append({
      device: this.#options.device,
      boot: sealed.boot,
      seq: sealed.seq,
      class: sealed.class,
      ts: sealed.tsMs,
      sentAtWallMs,
      ackedAtWallMs: wallNowMs(),
    });
  }

  #receive(topic: string, payload: Uint8Array): void {
    const topicClass = topic.slice(topic.lastIndexOf("/") + 1);
    if (topicClass !== "cmd") {
      this.#options.onOther?.(topicClass, payload);
      return;
    }
    this.#commands += 1;
    const decoded = decodeCommand(payload);
    // A device cannot answer what has no id; the service's command then runs into its own limit.
    if (!decoded.ok) return;
    const answer = this.#desk.answer(decoded.value, this.#options.nowMs());
    this.publish({ class: "res", ...answer, ...this.#stamp() });
  }

  #onClose(): void {
    if (this.#client === undefined || this.#options.reconnect) return;
    this.#client.end(true);
    this.#client = undefined;
    this.#fail("the connection was closed");
  }

  #fail(why: string): void {
    const { url, device } = this.#options;
    this.#failure ??= new ConnectionError(
      `the broker at ${url} left ${device} with ${this.#unacked} messages unacknowledged: ${why}`,
    );
    this.#wake();
  }

  #wake(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) {
      if (this.#failure !== undefined) waiter.reject(this.#failure);
      else if (this.#unacked <= waiter.atMost) waiter.resolve();
      else this.#waiters.push(waiter);
    }
  }
}
