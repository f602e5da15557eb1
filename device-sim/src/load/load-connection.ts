import type { Socket } from "node:net";
import { connect } from "node:net";
import { generate } from "mqtt-packet";
import type { AckSink } from "../ack-log.ts";
import { messageOf } from "../errors.ts";
import type { Random } from "../random.ts";
import { monotonicMs, sleepMs, wallNowMs } from "../wall-clock.ts";
import { AckParser } from "./ack-parser.ts";
import { PacketRing } from "./packet-ring.ts";

export interface LoadConnectionOptions {
  readonly host: string;
  readonly port: number;
  readonly product: string;
  readonly device: string;
  readonly password?: string;
  readonly boot: number;
  readonly qos: 0 | 1;
  readonly payloadBytes: number;
  readonly inflight: number;
  readonly random: Random;
  readonly acks: AckSink | undefined;
  readonly onAcked: (connection: LoadConnection, latencyMs: number) => void;
}

const BACKOFF_FIRST_MS = 50;
const BACKOFF_LAST_MS = 1_000;
const PING = generate({ cmd: "pingreq" });
const DISCONNECT = generate({ cmd: "disconnect" });

/** One raw connection that publishes; slots are used in ring order, as brokers acknowledge in order. */
export class LoadConnection {
  readonly #options: LoadConnectionOptions;
  readonly #ring: PacketRing;
  readonly #inUse: Uint8Array;
  readonly #sentAtMs: Float64Array;
  #socket: Socket | undefined;
  #ready = false;
  #closing = false;
  #next = 0;
  #used = 0;
  #writing = false;
  #onPong: (() => void) | undefined;
  sent = 0;
  resent = 0;
  reconnects = 0;
  lastProblem = "";

  constructor(options: LoadConnectionOptions) {
    this.#options = options;
    const { product, device, boot, qos, payloadBytes, inflight } = options;
    const topic = `vz1/${product}/${device}/tele`;
    this.#ring = new PacketRing({ topic, boot, qos, payloadBytes }, inflight);
    this.#inUse = new Uint8Array(inflight);
    this.#sentAtMs = new Float64Array(inflight);
  }

  get ready(): boolean {
    return this.#ready;
  }

  /** Messages sent and not yet acknowledged. */
  get unacked(): number {
    return this.#options.qos === 1 ? this.#used : 0;
  }

  /** Connects, as often as it takes, until accepted or closed. */
  async open(): Promise<void> {
    let backoffMs = BACKOFF_FIRST_MS;
    while (!this.#closing && !(await this.#connectOnce())) {
      await sleepMs(backoffMs * this.#options.random.between(0.5, 1.5));
      backoffMs = Math.min(backoffMs * 2, BACKOFF_LAST_MS);
    }
  }

  /** Sends up to `limit` new messages and returns how many went out. */
  pump(limit: number): number {
    const socket = this.#socket;
    if (!this.#ready || socket === undefined || this.#writing) return 0;
    const slots = this.#ring.slots;
    const from = this.#next;
    const end = Math.min(slots, from + Math.min(limit, slots - this.#used));
    const wallMs = wallNowMs();
    const sentAtMs = monotonicMs();
    let to = from;
    while (to < end && this.#inUse[to] === 0) {
      this.#ring.fill(to, wallMs);
      this.#inUse[to] = 1;
      this.#sentAtMs[to] = sentAtMs;
      to += 1;
    }
    const count = to - from;
    if (count === 0) return 0;
    this.#next = to === slots ? 0 : to;
    this.#used += count;
    this.sent += count;
    this.#write(socket, from, to);
    return count;
  }

  /** Resolves when the broker has read everything sent before: PINGREQ is answered in order. */
  async drained(): Promise<void> {
    const socket = this.#socket;
    if (!this.#ready || socket === undefined) return;
    await new Promise<void>((resolve) => {
      this.#onPong = resolve;
      socket.once("close", resolve);
      socket.write(PING);
    });
  }

  ping(): void {
    if (this.#ready) this.#socket?.write(PING);
  }

  close(): void {
    this.#closing = true;
    this.#ready = false;
    this.#socket?.end(DISCONNECT);
    this.#socket?.destroySoon();
    this.#socket = undefined;
  }

  #write(socket: Socket, from: number, to: number): void {
    if (this.#options.qos === 1) {
      socket.write(this.#ring.packets(from, to));
      return;
    }
    // Nothing acknowledges QoS 0, so the kernel's pace is the window.
    this.#writing = true;
    socket.write(this.#ring.packets(from, to), () => {
      if (this.#socket !== socket) return;
      this.#inUse.fill(0, from, to);
      this.#used -= to - from;
      this.#writing = false;
    });
  }

  #connectOnce(): Promise<boolean> {
    const { host, port, device, password } = this.#options;
    return new Promise((resolve) => {
      const socket = connect({ host, port, noDelay: true });
      this.#socket = socket;
      const parser = new AckParser({
        onConnack: (returnCode) => {
          if (returnCode === 0) this.#accepted(socket);
          else socket.destroy(new Error(`CONNACK return code ${returnCode}`));
          resolve(returnCode === 0);
        },
        onPuback: (packetId) => this.#acked(packetId - 1),
        onPingresp: () => this.#onPong?.(),
      });
      socket.on("connect", () => {
        const credentials = password === undefined ? {} : { password: Buffer.from(password) };
        socket.write(
          generate({
            cmd: "connect",
            protocolId: "MQTT",
            protocolVersion: 4,
            clean: true,
            clientId: device,
            username: device,
            keepalive: 600,
            ...credentials,
          }),
        );
      });
      socket.on("data", (chunk: Buffer) => {
        const problem = parser.feed(chunk);
        if (problem !== undefined) socket.destroy(new Error(problem));
      });
      socket.on("error", (error) => {
        this.lastProblem = messageOf(error);
      });
      socket.on("close", () => {
        resolve(false);
        this.#lost(socket);
      });
    });
  }

  #accepted(socket: Socket): void {
    this.#ready = true;
    if (this.#used === 0 || this.#options.qos === 0) return;
    // In the order first sent: from the oldest slot around the ring.
    const slots = this.#ring.slots;
    socket.cork();
    for (let step = 0; step < slots; step += 1) {
      const slot = (this.#next + step) % slots;
      if (this.#inUse[slot] === 0) continue;
      this.#ring.markResent(slot);
      this.resent += 1;
      socket.write(this.#ring.packets(slot, slot + 1));
    }
    socket.uncork();
  }

  #lost(socket: Socket): void {
    if (this.#socket !== socket || !this.#ready) return;
    this.#ready = false;
    this.#socket = undefined;
    this.#writing = false;
    if (this.#options.qos === 0) {
      this.#inUse.fill(0);
      this.#used = 0;
    }
    if (this.#closing) return;
    this.reconnects += 1;
    void this.open();
  }

  #acked(slot: number): void {
    if (this.#inUse[slot] !== 1) return;
    this.#inUse[slot] = 0;
    this.#used -= 1;
    const { acks, device, boot, onAcked } = this.#options;
    if (acks !== undefined) {
      const sentAtWallMs = this.#ring.sentAtWallMs(slot);
      const seq = this.#ring.seq(slot);
      const ackedAtWallMs = wallNowMs();
      const place = { device, boot, seq, class: "tele", ts: sentAtWallMs };
      acks.append({ ...place, sentAtWallMs, ackedAtWallMs });
    }
    onAcked(this, monotonicMs() - (this.#sentAtMs[slot] ?? 0));
  }
}
