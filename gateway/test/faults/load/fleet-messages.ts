/** What a fleet process is told. */
export type ToFleet =
  | {
      readonly kind: "connect";
      readonly port: number;
      /** Devices `dev-<from>` and so on. */
      readonly from: number;
      readonly count: number;
    }
  /** Resets every connection and comes back with all at once, without a pause. */
  | { readonly kind: "storm" }
  /** Sends as fast as the socket takes it, as the device `flood`. */
  | { readonly kind: "flood"; readonly port: number; readonly bytes: number };

/** What it tells, a few times a second. */
export interface FleetState {
  /** Connected, and their first message since was acknowledged. */
  readonly back: number;
  readonly attempts: number;
  readonly sent: number;
  readonly acknowledged: number;
}
