import type { Point } from "@voorzorg/firmware-contracts";
import type { DeviceClient } from "../device-client.ts";
import type { Random } from "../random.ts";
import type { Draft, Sealed } from "../sealed.ts";

/** How the way to the gateway is at the moment. */
export type NetworkState =
  | "good"
  | "offline_backfill"
  | "duplicates"
  | "reordering"
  | "flapping"
  | "clock_behind"
  | "clock_ahead"
  | "clock_absent"
  | "acks_lost"
  | "power_fails"
  | "answers_late";

const CLOCK_ERROR_MS = 2 * 3_600_000;
/** Keeps a pack below 64 KiB, whatever the product. */
const PACK_POINTS = 100;

/** A draft stamped with the true time; the uplink turns it into what this device's clock says. */
export type TimedDraft = Draft & { readonly ts: number };

/**
 * A device's way to the gateway with its weaknesses: it loses the connection, sends twice, lets
 * messages overtake each other, and stamps them with a wrong clock or none.
 */
export class Uplink {
  readonly #client: DeviceClient;
  readonly #random: Random;
  readonly #bootedAtMs: number;
  /** While offline, in the order of their making. */
  #backlog: TimedDraft[] = [];
  /** Overtaken messages. */
  #held: Sealed[] = [];
  #state: NetworkState = "good";

  constructor(client: DeviceClient, random: Random, bootedAtMs: number) {
    this.#client = client;
    this.#random = random;
    this.#bootedAtMs = bootedAtMs;
  }

  get state(): NetworkState {
    return this.#state;
  }

  /** What the device believes the time is. */
  deviceTimeMs(trueMs: number): number | undefined {
    if (this.#state === "clock_absent") return undefined;
    if (this.#state === "clock_behind") return trueMs - CLOCK_ERROR_MS;
    return this.#state === "clock_ahead" ? trueMs + CLOCK_ERROR_MS : trueMs;
  }

  /** The network changes. Going offline is sudden: the broker sends the will. */
  async change(state: NetworkState): Promise<void> {
    this.#release();
    this.#state = state;
    if (state === "offline_backfill") {
      await this.#client.settled();
      await this.#client.cut();
    }
  }

  /** Connects if it can; true when it has just connected, so that the caller says who it is. */
  async connect(): Promise<boolean> {
    if (this.#client.connected || this.#state === "offline_backfill") return false;
    await this.#client.connect();
    return true;
  }

  /** Sends what was kept while offline, oldest first, measurements as `hist`. */
  backfill(): void {
    const backlog = this.#backlog;
    this.#backlog = [];
    let points: Point[] = [];
    let newestMs = 0;
    const flush = (): void => {
      if (points.length === 0) return;
      const shifted = points.map((point) => ({
        ...point,
        offsetMs: point.offsetMs - newestMs,
      }));
      this.#transmit(
        this.#client.seal(this.#stamped({ class: "hist", ts: newestMs, points: shifted })),
      );
      points = [];
    };
    for (const draft of backlog) {
      if (draft.class === "tele") {
        // Kept in absolute time until the pack is closed and its own time is known.
        newestMs = draft.ts;
        points.push(...draft.points.map((p) => ({ ...p, offsetMs: draft.ts + p.offsetMs })));
        if (points.length >= PACK_POINTS) flush();
      } else {
        flush();
        this.#transmit(this.#client.seal(this.#stamped(draft)));
      }
    }
    flush();
  }

  submit(draft: TimedDraft): void {
    if (!this.#client.connected) {
      this.#backlog.push(draft);
      return;
    }
    this.#transmit(this.#client.seal(this.#stamped(draft)));
  }

  /** After a report: a flapping connection breaks every now and then. */
  async afterReport(): Promise<void> {
    if (this.#state !== "flapping" || !this.#random.chance(0.4)) return;
    await this.#client.settled();
    await this.#client.cut();
  }

  #stamped(draft: TimedDraft): Draft {
    const { ts, ...rest } = draft;
    const deviceMs = this.deviceTimeMs(ts);
    const stamp = deviceMs === undefined ? { up: ts - this.#bootedAtMs } : { ts: deviceMs };
    return { ...rest, ...stamp } as Draft;
  }

  #transmit(sealed: Sealed): void {
    if (this.#state === "reordering" && this.#held.length < 3 && this.#random.chance(0.35)) {
      this.#held.push(sealed);
      return;
    }
    this.#client.send(sealed);
    if (this.#state === "duplicates" && this.#random.chance(0.4)) this.#client.send(sealed);
    if (this.#held.length > 0 && this.#random.chance(0.6)) this.#release();
  }

  #release(): void {
    const held = this.#held;
    this.#held = [];
    if (!this.#client.connected) return;
    for (const sealed of held) this.#client.send(sealed);
  }
}
