import type { Socket } from "node:net";
import { connect as connectTcp } from "node:net";
import { FrameReader } from "../../../src/adapters/mqtt/frames.ts";
import { frameOf, rest, text, u8, u16 } from "../../fuzz/mqtt-drafts.ts";

const PRODUCT = "boiler";
const CONNACK = 2;
const PUBLISH = 3;
const PUBACK = 4;
const SUBACK = 9;
const MAX_FRAME = 256 * 1024;

/** A device of thousands: a socket, hand-made packets, and what came back. */
export class DeviceSocket {
  readonly id: string;
  readonly socket: Socket;
  /** Return code of its CONNACK. */
  accepted: number | undefined;
  pubacks = 0;
  commands = 0;
  isClosed = false;
  onPuback: () => void = () => {};
  readonly #reader = new FrameReader();
  readonly #answers = new Map<number, () => void>();
  #seq = 0;

  constructor(id: string, port: number, localAddress?: string) {
    this.id = id;
    const from = localAddress === undefined ? {} : { localAddress };
    this.socket = connectTcp({ host: "127.0.0.1", port, noDelay: true, ...from });
    this.socket.on("data", (chunk: Buffer) => this.#read(chunk));
    this.socket.on("error", () => undefined);
    this.socket.once("close", () => {
      this.isClosed = true;
      this.#answered(CONNACK);
    });
  }

  /** Resolved with the CONNACK, or with the end of the connection. */
  signIn(): Promise<void> {
    const will = [text(`vz1/${PRODUCT}/${this.id}/status`), text('{"s":"lost","boot":1}')];
    this.socket.write(
      frameOf({
        first: 0x10,
        fields: [text("MQTT"), u8(4), u8(0x2e), u16(600), text(this.id), ...will],
      }),
    );
    return this.#answer(CONNACK);
  }

  subscribe(cls: string): Promise<void> {
    const filter = [text(`vz1/${PRODUCT}/${this.id}/${cls}`), u8(1)];
    this.socket.write(frameOf({ first: 0x82, fields: [u16(1), ...filter] }));
    return this.#answer(SUBACK);
  }

  /** Queued on the socket; false = it is full. */
  publish(cls: string, body: object): boolean {
    this.#seq += 1;
    const payload = Buffer.from(JSON.stringify({ boot: 1, seq: this.#seq, ...body }));
    const fields = [text(`vz1/${PRODUCT}/${this.id}/${cls}`), u16((this.#seq % 65_535) + 1)];
    return this.socket.write(frameOf({ first: 0x32, fields: [...fields, rest(payload)] }));
  }

  #answer(type: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#answers.set(type, resolve);
    return promise;
  }

  #answered(type: number): void {
    this.#answers.get(type)?.();
    this.#answers.delete(type);
  }

  #read(chunk: Buffer): void {
    this.#reader.append(chunk);
    for (
      let read = this.#reader.next(() => MAX_FRAME);
      read.kind === "frame";
      read = this.#reader.next(() => MAX_FRAME)
    ) {
      const { bytes, type } = read.frame;
      if (type === CONNACK) {
        this.accepted = bytes[3];
      } else if (type === PUBACK) {
        this.pubacks += 1;
        this.onPuback();
      } else if (type === PUBLISH) {
        this.commands += 1;
      }
      this.#answered(type);
    }
  }
}
