import type { DownClass, UpClass } from "@voorzorg/firmware-contracts";

export interface InboundMessage {
  readonly product: string;
  readonly device: string;
  readonly class: UpClass;
  readonly qos: 0 | 1 | 2;
  readonly payload: Uint8Array;
}

/** What the broker tells the gateway. Every promise must settle; the broker never drops in silence. */
export interface DeviceLinkHandler {
  /**
   * Resolved = durable, the broker may acknowledge. Rejected = the connection is closed without
   * acknowledgement. The payload is read before the call returns: it may be a view on a buffer that is used again.
   */
  message(message: InboundMessage): Promise<unknown>;
  /** A publish was refused and its connection closed, or a will was not accepted. */
  refused(refusal: {
    readonly client: string;
    readonly topic: string;
    readonly code: string;
    readonly reason: string;
    readonly payload: Uint8Array;
  }): void;
  connected(device: string): void;
  disconnected(device: string, reason: string): void;
  /** The device has subscribed to its command topic: what waits for it may be sent. */
  ready(device: string): void;
}

/** Who may connect. Answers in the same tick for every device: no look-up on disk. */
export interface DeviceDirectory {
  /** The registered product of the device; undefined = not registered. */
  productOf(device: string): string | undefined;
  /** True if unknown devices may register themselves by connecting (loopback only). */
  readonly open: boolean;
  /** Constant-time check of a device's secret against its HMAC. */
  secretMatches(device: string, secret: Uint8Array): boolean;
}

/** A broker that devices connect to; behind a port so that another broker can take its place. */
export interface DeviceLink extends AsyncDisposable {
  start(): Promise<{ readonly port: number }>;
  /** No new connections or messages; waits for what is under way. */
  stopAccepting(): Promise<void>;
  /** True when the device is connected and subscribed to `cmd`. */
  isReady(device: string): boolean;
  /** Resolved when the device acknowledged the PUBLISH (QoS 1); rejected when it is gone first. */
  send(device: string, product: string, cls: DownClass, payload: Uint8Array): Promise<void>;
  /** Ends the device's connection, e.g. after its secret was revoked. */
  kick(device: string, reason: string): void;
}
