import type { Socket } from "node:net";
import { connect } from "node:net";
import type { Random } from "@voorzorg/device-sim";
import { AckParser, sleepMs, wallNowMs } from "@voorzorg/device-sim";
import { generate } from "mqtt-packet";

export interface RawDeviceOptions {
  readonly host: string;
  readonly port: number;
  /** Source address: one of them has some 28,000 ports. undefined = the system's own. */
  readonly localAddress: string | undefined;
  readonly product: string;
  readonly device: string;
  readonly password: string | undefined;
  readonly boot: number;
  readonly random: Random;
}

const KEEPALIVE_SECONDS = 900;
/** At once, then as device libraries do; on one machine faster attempts would take the time that the gateway needs. */
const BACKOFF_FIRST_MS = 250;
const BACKOFF_LAST_MS = 4_000;
const DISCONNECT = generate({ cmd: "disconnect" });

/**
 * A device of a few hundred bytes, so that a process holds ten thousand of them: connects, comes back at once when it
 * is cut off, and sends a message when told and after each reconnect.
 */
export class RawDevice {
  readonly #options: RawDeviceOptions;
  #socket: Socket | undefined;
  #closed = false;
  #greets = false;
  #seq = 0;
  /** Wall clock of the newest CONNACK; 0 = not connected. */
  connectedAtMs = 0;
  /** Wall clock of the first PUBACK on this connection; 0 = none yet. */
  acknowledgedAtMs = 0;
  /** Attempts that did not end in an accepted connection. */
  failures = 0;
  lastProblem = "";

  constructor(options: RawDeviceOptions) {
    this.#options = options;
  }

  /** Resolves when accepted, however often it takes, or when closed. */
  async open(): Promise<void> {
    let backoffMs = BACKOFF_FIRST_MS;
    while (!this.#closed && !(await this.#connectOnce())) {
      this.failures += 1;
      await sleepMs(backoffMs * this.#options.random.between(0.5, 1.5));
      backoffMs = Math.min(backoffMs * 2, BACKOFF_LAST_MS);
    }
    if (this.#greets) this.send();
  }

  /** Sends a message now, and one after each reconnect from now on. */
  greet(): void {
    this.#greets = true;
    this.send();
  }

  send(): void {
    if (this.connectedAtMs === 0) return;
    const { product, device, boot } = this.#options;
    this.#seq += 1;
    const payload = JSON.stringify({ boot, seq: this.#seq, ts: wallNowMs(), m: { value: 20.5 } });
    const topic = `vz1/${product}/${device}/tele`;
    const messageId = (this.#seq % 65_535) + 1;
    this.#socket?.write(
      generate({ cmd: "publish", topic, payload, qos: 1, messageId, dup: false, retain: false }),
    );
  }

  /**
   * Loses its connection and comes back at once. Silently: the broker is told nothing and finds an open connection
   * that nobody speaks on, as after a change of network; the socket is given back for the caller to end some day.
   */
  cut(silently: boolean): Socket | undefined {
    const socket = this.#socket;
    if (socket === undefined || this.connectedAtMs === 0) return undefined;
    this.#lose();
    if (!silently) socket.resetAndDestroy();
    void this.open();
    return silently ? socket : undefined;
  }

  close(): void {
    this.#closed = true;
    this.connectedAtMs = 0;
    this.#socket?.end(DISCONNECT);
    this.#socket = undefined;
  }

  #lose(): void {
    this.#socket = undefined;
    this.connectedAtMs = 0;
    this.acknowledgedAtMs = 0;
  }

  #connectOnce(): Promise<boolean> {
    const { host, port, localAddress } = this.#options;
    return new Promise((resolve) => {
      const from = localAddress === undefined ? {} : { localAddress };
      const socket = connect({ host, port, noDelay: true, ...from });
      this.#socket = socket;
      const parser = new AckParser({
        onConnack: (returnCode) => {
          if (this.#socket !== socket) return;
          if (returnCode === 0) this.connectedAtMs = wallNowMs();
          else socket.destroy(new Error(`CONNACK return code ${returnCode}`));
          resolve(returnCode === 0);
        },
        onPuback: () => {
          if (this.#socket === socket) this.acknowledgedAtMs ||= wallNowMs();
        },
        onPingresp: () => undefined,
      });
      socket.on("connect", () => socket.write(this.#connectPacket()));
      socket.on("data", (chunk: Buffer) => {
        const problem = parser.feed(chunk);
        if (problem !== undefined) socket.destroy(new Error(problem));
      });
      socket.on("error", (error) => {
        this.lastProblem = error.message;
      });
      socket.on("close", () => {
        resolve(false);
        if (this.#socket !== socket) return;
        const wasConnected = this.connectedAtMs !== 0;
        this.#lose();
        if (wasConnected && !this.#closed) void this.open();
      });
    });
  }

  #connectPacket(): Buffer {
    const { device, password } = this.#options;
    return generate({
      cmd: "connect",
      protocolId: "MQTT",
      protocolVersion: 4,
      clean: true,
      clientId: device,
      username: device,
      keepalive: KEEPALIVE_SECONDS,
      ...(password === undefined ? {} : { password: Buffer.from(password) }),
    });
  }
}
