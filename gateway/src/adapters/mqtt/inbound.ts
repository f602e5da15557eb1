import type { DeviceLinkHandler, InboundMessage } from "#ports/device-link.ts";

/**
 * Appends under way over all connections, and the QoS 2 messages of each device between PUBLISH and PUBREL.
 * The latter outlive a connection: a device that reconnects with its session resends what was not yet received [MQTT-4.3.3-2].
 */
export class Inbound {
  readonly #handler: DeviceLinkHandler;
  readonly #exactlyOnce = new Map<string, Map<number, Promise<unknown>>>();
  readonly #maxExactlyOnce: number;
  #underWay = 0;
  #idle: PromiseWithResolvers<void> | undefined;

  readonly #done = (): void => {
    this.#underWay -= 1;
    if (this.#underWay > 0) return;
    this.#idle?.resolve();
    this.#idle = undefined;
  };

  constructor(handler: DeviceLinkHandler, maxExactlyOnce: number) {
    this.#handler = handler;
    this.#maxExactlyOnce = maxExactlyOnce;
  }

  /** Hands the message over in the same tick: the order of calls is the order of the journal. */
  append(message: InboundMessage): Promise<unknown> {
    this.#underWay += 1;
    const append = this.#handler.message(message);
    append.then(this.#done, this.#done);
    return append;
  }

  /** The append of a QoS 2 message, shared by its resends; undefined = the device has too many half-open ones. */
  appendOnce(message: InboundMessage, packetId: number): Promise<unknown> | undefined {
    const open = this.#exactlyOnce.get(message.device) ?? new Map<number, Promise<unknown>>();
    this.#exactlyOnce.set(message.device, open);
    const known = open.get(packetId);
    if (known !== undefined) {
      return known;
    }
    if (open.size >= this.#maxExactlyOnce) {
      return undefined;
    }
    const append = this.append(message);
    open.set(packetId, append);
    append.catch(() => {
      if (open.get(packetId) === append) {
        open.delete(packetId);
      }
    });
    return append;
  }

  released(device: string, packetId: number): void {
    const open = this.#exactlyOnce.get(device);
    open?.delete(packetId);
    if (open?.size === 0) {
      this.#exactlyOnce.delete(device);
    }
  }

  /** A clean session begins. */
  forget(device: string): void {
    this.#exactlyOnce.delete(device);
  }

  /** Resolved when no append is under way. */
  idle(): Promise<void> {
    if (this.#underWay === 0) {
      return Promise.resolve();
    }
    this.#idle ??= Promise.withResolvers<void>();
    return this.#idle.promise;
  }
}
