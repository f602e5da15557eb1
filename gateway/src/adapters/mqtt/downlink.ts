import type { DownClass } from "@voorzorg/firmware-contracts";
import { formatTopic } from "@voorzorg/firmware-contracts";
import type { Speaker } from "./access.ts";
import { judgeSubscription } from "./access.ts";
import type { BoundedStream } from "./bounded-stream.ts";
import { encodePublish } from "./frames.ts";
import type { LinkContext } from "./link-context.ts";
import { DeviceNotSubscribedError, DeviceOfflineError } from "./link-errors.ts";
import { LINK_METRICS } from "./link-metrics.ts";
import { SendWindow } from "./send-window.ts";

interface Granted {
  readonly topic: string;
  readonly qos: number;
  active: boolean;
}

/** What one connection has subscribed to, and what is sent to it. */
export class Downlink {
  readonly #stream: BoundedStream;
  readonly #context: LinkContext;
  readonly #device: string;
  readonly #sends: SendWindow;
  readonly #granted = new Map<DownClass, Granted>();

  constructor(stream: BoundedStream, context: LinkContext, device: string) {
    const { sendTimeoutMs, sendWindow } = context.limits;
    this.#stream = stream;
    this.#context = context;
    this.#device = device;
    this.#sends = new SendWindow(device, sendWindow, sendTimeoutMs);
  }

  /** True if the device may have this subscription; it takes effect with `subscribed`. */
  allow(filter: string, qos: number, speaker: Speaker): boolean {
    const cls = judgeSubscription(filter, speaker);
    if (cls === undefined) {
      const { log, metrics, repeats, uptimeMs } = this.#context;
      metrics.count(LINK_METRICS.subscriptionsRefused);
      const shown = filter.slice(0, 200);
      if (repeats.isNew(`subscribe ${this.#device} ${shown}`, uptimeMs())) {
        log.info({ deviceId: this.#device, filter: shown }, "subscription refused");
      }
      return false;
    }
    const before = this.#granted.get(cls);
    const active = before?.active === true && before.topic === filter;
    this.#granted.set(cls, { topic: filter, qos, active });
    return true;
  }

  /** Granted subscriptions are in effect; true if `cmd` became so now. */
  subscribed(): boolean {
    const command = this.#granted.get("cmd");
    const fresh = command !== undefined && !command.active;
    for (const granted of this.#granted.values()) {
      granted.active = true;
    }
    return fresh;
  }

  unsubscribed(filters: readonly string[]): void {
    for (const [cls, granted] of this.#granted) {
      if (filters.includes(granted.topic)) {
        this.#granted.delete(cls);
      }
    }
  }

  get takesCommands(): boolean {
    return this.#granted.get("cmd")?.active === true;
  }

  /** Resolved on PUBACK; at QoS 0 (`time`, or a subscription at QoS 0) when written, as nothing will answer. */
  send(product: string, cls: DownClass, payload: Uint8Array): Promise<void> {
    const topic = formatTopic({ product, device: this.#device, class: cls });
    const granted = this.#granted.get(cls);
    if (granted === undefined || !granted.active || granted.topic !== topic) {
      return Promise.reject(new DeviceNotSubscribedError(this.#device, cls, topic));
    }
    if (granted.qos === 0 || cls === "time") {
      return this.#write(encodePublish({ topic, payload, packetId: undefined }));
    }
    return this.#sends.open(this.#context.uptimeMs(), (packetId) => {
      this.#stream.write(encodePublish({ topic, payload, packetId }));
    });
  }

  acknowledged(packetId: number): void {
    this.#sends.acknowledged(packetId);
  }

  expire(): void {
    this.#sends.expire(this.#context.uptimeMs());
  }

  close(reason: string): void {
    this.#sends.close(new DeviceOfflineError(this.#device, reason));
  }

  #write(frame: Buffer): Promise<void> {
    // Without acknowledgements only the socket shows that nobody reads.
    if (this.#stream.writableNeedDrain) {
      return Promise.reject(new DeviceOfflineError(this.#device, "it does not read"));
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#stream.write(frame, (error) => {
      if (error) {
        reject(new DeviceOfflineError(this.#device, "connection lost while writing"));
      } else {
        resolve();
      }
    });
    return promise;
  }
}
