/** The three kinds of packet that a publisher without subscriptions gets. */
export interface AckHandlers {
  readonly onConnack: (returnCode: number) => void;
  readonly onPuback: (packetId: number) => void;
  readonly onPingresp: () => void;
}

const CONNACK = 0x20;
const PUBACK = 0x40;
const PINGRESP = 0xd0;

/**
 * Reads acknowledgements straight from the bytes: a full MQTT parser costs more than the rest of
 * the generator.
 */
export class AckParser {
  readonly #handlers: AckHandlers;
  #rest: Buffer | undefined;

  constructor(handlers: AckHandlers) {
    this.#handlers = handlers;
  }

  /** Returns the reason when the bytes are none of the expected packets. */
  feed(chunk: Buffer): string | undefined {
    const bytes = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#rest = undefined;
    let at = 0;
    while (at + 2 <= bytes.length) {
      const type = bytes[at];
      const length = 2 + (bytes[at + 1] ?? 0);
      if (at + length > bytes.length) break;
      if (type === PUBACK) this.#handlers.onPuback(bytes.readUInt16BE(at + 2));
      else if (type === CONNACK) this.#handlers.onConnack(bytes[at + 3] ?? 255);
      else if (type === PINGRESP) this.#handlers.onPingresp();
      else
        return `the broker sent packet type 0x${(type ?? 0).toString(16)}, which a publisher never gets`;
      at += length;
    }
    if (at < bytes.length) this.#rest = Buffer.from(bytes.subarray(at));
    return undefined;
  }
}
