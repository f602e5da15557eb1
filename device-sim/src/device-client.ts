import type { CommandMessage, WireFormat } from "@voorzorg/firmware-contracts";
import { decodeCommand, formatTopic } from "@voorzorg/firmware-contracts";
import type { MqttClient } from "mqtt";
import mqtt from "mqtt";
import type { AckSink } from "./ack-log.ts";
import type { CommandAnswer, CommandOutcome } from "./command-desk.ts";
import { CommandDesk } from "./command-desk.ts";
import { ConnectionError, messageOf } from "./errors.ts";
import { InFlight } from "./in-flight.ts";
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
  /** Told of every command with its answer; says what becomes of that. Absent: it is sent. */
  readonly onAnswer?: (command: CommandMessage, answer: CommandAnswer) => AnswerFate;
  /** What arrives on `des` and `time`, undecoded. */
  readonly onOther?: (topicClass: string, payload: Uint8Array) => void;
  /** Connect again when the broker goes away, and resend what was not acknowledged. */
  readonly reconnect: boolean;
  /** Longest that a lost connection is waited for; default a minute, more than a gateway's restart takes. */
  readonly awayLimitMs?: number;
}

/**
 * What becomes of an answer: it is sent; the caller sends it later; or it is lost with the
 * connection, and the broker does not even learn that the command arrived.
 */
export type AnswerFate = "send" | "keep" | "lose";

const AWAY_LIMIT_MS = 60_000;

/**
 * One device on the wire: MQTT 3.1.1, clean session, client id = user name = device id, every
 * message at QoS 1 and every PUBACK in the log.
 */
export class DeviceClient {
  readonly #options: DeviceClientOptions;
  readonly #sealer: Sealer;
  readonly #desk: CommandDesk;
  #client: MqttClient | undefined;
  readonly #inFlight = new InFlight();
  /** Sent before the connection was cut and never acknowledged: sent again, with the same number. */
  #again: Sealed[] = [];
  #commands = 0;
  #awaySinceMs: number | undefined;

  constructor(options: DeviceClientOptions) {
    this.#options = options;
    const { product, device, boot, format = "json" } = options;
    this.#sealer = new Sealer({ product, device, boot, format });
    this.#desk = new CommandDesk({ run: options.runCommand });
  }

  get connected(): boolean {
    return this.#client !== undefined;
  }

  /** Messages sent and not yet acknowledged. */
  get unacked(): number {
    return this.#inFlight.size;
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
    this.#inFlight.renew();
    const client = this.#open();
    await this.#accepted(client);
    // The broker may send what it owes together with the SUBACK, before the device is ready.
    const early: [topic: string, payload: Uint8Array][] = [];
    client.on("message", (topic, payload) => {
      if (this.#client === undefined) early.push([topic, payload]);
      else this.#receive(client, topic, payload);
    });
    client.on("close", () => this.#onClose(client));
    client.on("error", () => {
      // The close that follows carries the news; a listener must exist, or Node would throw.
    });
    const { product, device, url } = this.#options;
    const subscriptions = (["cmd", "des", "time"] as const).map((topicClass) =>
      formatTopic({ product, device, class: topicClass }),
    );
    try {
      await client.subscribeAsync(subscriptions, { qos: 1 });
    } catch (error) {
      // Left between CONNACK and SUBACK: nothing was set up yet, so the caller may simply try again.
      client.end(true);
      const text = `${device} could not subscribe at ${url}: ${messageOf(error)}`;
      throw new ConnectionError(text, { cause: error });
    }
    this.#client = client;
    this.#sayOnline();
    for (const sealed of this.#again.splice(0)) this.send(sealed);
    for (const [topic, payload] of early.splice(0)) this.#receive(client, topic, payload);
    // After a broken connection the broker has sent the will, so every new one begins with `online`.
    client.on("connect", () => {
      this.#awaySinceMs = undefined;
      if (this.#client === client) this.#sayOnline();
    });
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
    const sending = this.#inFlight.add(sealed);
    const sentAtWallMs = wallNowMs();
    const options = { qos: 1, retain: sealed.class === "status" } as const;
    client.publish(sealed.topic, Buffer.from(sealed.payload), options, (error) => {
      // What comes of a connection that was cut is no news: it is sent again on the next one.
      if (this.#client !== client) return;
      if (error) this.#fail(messageOf(error));
      if (this.#inFlight.acknowledge(sending) && !error) this.#acknowledged(sealed, sentAtWallMs);
    });
  }

  /** Resolves when at most `atMost` messages are unacknowledged; rejects if the connection is lost for good. */
  settled(atMost = 0): Promise<void> {
    return this.#inFlight.settled(atMost);
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
    if (client === undefined) return;
    const unacknowledged = this.#inFlight.takeBack();
    this.#again.push(...unacknowledged.filter((sealed) => sealed.class !== "status"));
    await client.endAsync(true);
  }

  /** The device starts anew: the next message carries the next boot. Answers to what that cut short. */
  reboot(): readonly CommandAnswer[] {
    this.#sealer.reboot();
    return this.#desk.interrupted();
  }

  /** How a command that was accepted goes on; the caller tells it. Undefined: nothing is known of it. */
  goesOn(id: string, outcome: CommandOutcome): CommandAnswer | undefined {
    return this.#desk.goesOn(id, outcome);
  }

  /** Sends an answer, if there is a connection; a lost one is asked for again by a repeat. */
  tell(answer: CommandAnswer): void {
    if (this.#client !== undefined) this.publish({ class: "res", ...answer, ...this.#stamp() });
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

  /** A device that has said goodbye or lost its power hears nothing, though a packet is still under way. */
  #receive(client: MqttClient, topic: string, payload: Uint8Array): void {
    if (this.#client !== client) return;
    const topicClass = topic.slice(topic.lastIndexOf("/") + 1);
    if (topicClass !== "cmd") {
      this.#options.onOther?.(topicClass, payload);
      return;
    }
    this.#commands += 1;
    const decoded = decodeCommand(payload);
    // A device cannot answer what has no id; the service's command then runs into its own limit.
    if (!decoded.ok) return;
    const command = decoded.value;
    const answer = this.#desk.answer(command, this.#options.nowMs());
    const fate = this.#options.onAnswer?.(command, answer) ?? "send";
    if (fate === "send") this.tell(answer);
    if (fate === "lose") void this.cut();
  }

  /** Comes before each attempt to connect again. */
  #onClose(client: MqttClient): void {
    if (this.#client !== client) return;
    const nowMs = wallNowMs();
    this.#awaySinceMs ??= nowMs;
    const awayMs = nowMs - this.#awaySinceMs;
    const { reconnect, awayLimitMs = AWAY_LIMIT_MS } = this.#options;
    if (reconnect && awayMs < awayLimitMs) return;
    client.end(true);
    this.#client = undefined;
    const after = awayMs > 0 ? ` and did not come back for ${Math.round(awayMs / 1000)} s` : "";
    this.#fail(`the connection was closed${after}`);
  }

  #fail(why: string): void {
    const { url, device } = this.#options;
    const unacked = this.#inFlight.size;
    this.#inFlight.fail(
      new ConnectionError(
        `the broker at ${url} left ${device} with ${unacked} messages unacknowledged: ${why}`,
      ),
    );
  }
}
