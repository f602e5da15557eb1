/** What the bench tells a process of devices. */
export type DevicesCommand =
  | {
      readonly kind: "open";
      readonly host: string;
      readonly port: number;
      readonly localAddress: string | undefined;
      readonly product: string;
      readonly devices: readonly { readonly id: string; readonly password: string | undefined }[];
      /** Connections that are being opened at any time. */
      readonly atOnce: number;
      readonly seed: number;
    }
  /** Every device sends a message, and one after each reconnect from now on. */
  | { readonly kind: "greet" }
  /** Every device sends one message per `everyMs`, spread over that time. */
  | { readonly kind: "report"; readonly everyMs: number }
  /** Every device loses its connection, every `silentOneIn`-th (0 = none) without the broker being told. */
  | { readonly kind: "cut"; readonly silentOneIn: number }
  | { readonly kind: "close" };

/** What a process of devices says several times a second. */
export interface DevicesState {
  readonly connected: number;
  /** Devices whose first message on their present connection is acknowledged. */
  readonly acknowledged: number;
  /** Wall clock of the newest CONNACK and of the newest first PUBACK. */
  readonly lastConnectedAtMs: number;
  readonly lastAcknowledgedAtMs: number;
  /** Attempts to connect that failed. */
  readonly failures: number;
  readonly problem: string;
}

export const NO_DEVICES: DevicesState = {
  connected: 0,
  acknowledged: 0,
  lastConnectedAtMs: 0,
  lastAcknowledgedAtMs: 0,
  failures: 0,
  problem: "",
};

export const together = (a: DevicesState, b: DevicesState): DevicesState => ({
  connected: a.connected + b.connected,
  acknowledged: a.acknowledged + b.acknowledged,
  lastConnectedAtMs: Math.max(a.lastConnectedAtMs, b.lastConnectedAtMs),
  lastAcknowledgedAtMs: Math.max(a.lastAcknowledgedAtMs, b.lastAcknowledgedAtMs),
  failures: a.failures + b.failures,
  problem: a.problem === "" ? b.problem : a.problem,
});
