import type { Socket } from "node:net";
import { connect as connectTcp } from "node:net";
import { FrameReader } from "../../src/adapters/mqtt/frames.ts";

/** First bytes that a broker may send at all, without the flags of PUBLISH. */
const FROM_BROKER = new Set([0x20, 0x40, 0x50, 0x70, 0x90, 0xb0, 0xd0]);
const PUBLISH = 3;
const PUBACK = 4;
const PINGRESP = 13;
const PINGREQ = Buffer.from([0xc0, 0]);

/** One TCP connection that checks every byte which comes back. */
export class CheckedSocket {
  readonly socket: Socket;
  readonly closed: Promise<void>;
  pubacks = 0;
  /** The first thing in the broker's answers that is not MQTT. */
  wrong: string | undefined;
  failure: string | undefined;
  isClosed = false;
  onPuback: () => void = () => {};
  readonly #reader = new FrameReader();
  readonly #pinged = Promise.withResolvers<void>();

  constructor(port: number, localAddress: string | undefined) {
    const from = localAddress === undefined ? {} : { localAddress };
    this.socket = connectTcp({ host: "127.0.0.1", port, noDelay: true, ...from });
    this.socket.on("data", (chunk: Buffer) => this.#check(chunk));
    this.socket.on("error", (error: NodeJS.ErrnoException) => {
      this.failure = error.code ?? error.message;
    });
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    this.socket.once("close", () => {
      this.isClosed = true;
      resolve();
    });
  }

  /** Resolved with the first PINGRESP of the connection. */
  ping(): Promise<void> {
    this.socket.write(PINGREQ);
    return this.#pinged.promise;
  }

  #check(chunk: Buffer): void {
    this.#reader.append(chunk);
    for (;;) {
      const read = this.#reader.next(() => 8_192);
      if (read.kind === "more") {
        return;
      }
      if (read.kind !== "frame") {
        this.wrong ??= `the broker sent ${JSON.stringify(read)}`;
        return;
      }
      const { bytes, type } = read.frame;
      const first = bytes[0] ?? 0;
      if (type !== PUBLISH && !FROM_BROKER.has(first)) {
        this.wrong ??= `the broker sent the packet ${bytes.toString("hex").slice(0, 80)}`;
      }
      if (type === PUBACK) {
        this.pubacks += 1;
        this.onPuback();
      } else if (type === PINGRESP) {
        this.#pinged.resolve();
      }
    }
  }
}

/** Loopback has 16 million addresses on Linux and one elsewhere; sign-ins are limited per address. */
export async function manyAddresses(port: number): Promise<boolean> {
  const probe = connectTcp({ host: "127.0.0.1", port, localAddress: "127.0.0.9" });
  const { promise, resolve } = Promise.withResolvers<boolean>();
  probe.once("connect", () => resolve(true));
  probe.once("error", () => resolve(false));
  const many = await promise;
  probe.destroy();
  return many;
}
