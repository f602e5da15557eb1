import type { CommandState, UpClass } from "@voorzorg/firmware-contracts";
import {
  decodeCommand,
  encodeEvent,
  encodeMeasurement,
  encodeResult,
} from "@voorzorg/firmware-contracts";
import type { DurationMs, EpochMs } from "#domain/units.ts";
import { MINUTE_MS } from "#domain/units.ts";
import type { Dice, Scheduler } from "./scheduler.ts";

/** What a device has sent and keeps until it is acknowledged. */
export interface Sent {
  readonly device: string;
  readonly class: UpClass;
  readonly payload: Uint8Array;
  /** Its number in the life of the device: messages leave in this order, unless it swapped two. */
  readonly number: number;
  readonly swapped: boolean;
  /** Set for readings: what the series must hold, at the device's own time. */
  readonly reading?: { readonly ts: EpochMs; readonly values: Readonly<Record<string, number>> };
  readonly garbage: boolean;
}

/** What the network offers to a device. */
export interface Uplink {
  publish(message: Sent): void;
}

const PERIOD_MS: DurationMs = MINUTE_MS;
const FLASH_MESSAGES = 400;

/** Firmware as the contract wants it: at least once, in order, every command id once. */
export class SimDevice {
  readonly id: string;
  readonly #scheduler: Scheduler;
  readonly #dice: Dice;
  /** Device clock minus true time. */
  clockOffset: DurationMs = 0;
  powered = true;
  /** Keeps what is not acknowledged over a reboot. */
  readonly hasFlash: boolean;
  /** The command `cool` works on it, and its owner follows advice. */
  readonly coolable: boolean;
  #state: "on" | "off" = "on";
  hot = false;
  /** How often it truly became hot. */
  episodes = 0;
  /** Its next reading is this one. */
  planned: number | undefined;
  boot = 1;
  #seq = 0;
  #number = 0;
  #tsBefore: EpochMs = 0;
  #cups = 0;
  #queue: Sent[] = [];
  #uplink: Uplink | undefined;
  #retired = false;
  /** For a mutant: runs a command whenever it comes. */
  forgetful = false;
  readonly #ran = new Map<string, CommandState>();
  /** Ids of commands in the order of their execution. */
  readonly executed: string[] = [];

  constructor(id: string, scheduler: Scheduler, dice: Dice) {
    this.id = id;
    this.#scheduler = scheduler;
    this.#dice = dice;
    this.hasFlash = dice.chance(0.6);
    this.coolable = dice.chance(0.6);
  }

  get clock(): EpochMs {
    return this.#scheduler.now + this.clockOffset;
  }

  get unacknowledged(): number {
    return this.#queue.length;
  }

  get isOnline(): boolean {
    return this.#uplink !== undefined;
  }

  /** Measures no more; what it has still goes out. */
  retire(): void {
    this.powered = true;
    this.#retired = true;
  }

  start(): void {
    this.#scheduler.after(this.#dice.between(0, PERIOD_MS), undefined, () => this.#measure());
  }

  online(uplink: Uplink): void {
    this.#uplink = uplink;
    // What was not acknowledged goes first, in its order.
    for (const message of this.#queue) this.#transmit(message);
  }

  offline(): void {
    this.#uplink = undefined;
  }

  acknowledged(message: Sent): void {
    this.#queue = this.#queue.filter((other) => other !== message);
  }

  heat(): void {
    if (!this.hot) this.episodes += 1;
    this.hot = true;
    this.#state = "on";
  }

  reboot(): void {
    this.boot += 1;
    this.#seq = 0;
    if (!this.hasFlash) this.#queue = [];
  }

  /** Sends something that it has sent before. */
  repeat(): void {
    const message = this.#queue[0];
    if (message !== undefined) this.#uplink?.publish(message);
  }

  dismissWarnings(): void {
    const events = [{ code: "dismissed", offsetMs: 0, attrs: {} }];
    for (let n = this.#dice.between(1, 4); n > 0; n -= 1) {
      this.#send("event", encodeEvent({ ...this.#head(), events }));
    }
  }

  babble(): void {
    const text = `{"m":{"temp":"${this.id} ${this.#number}"`;
    this.#push({ class: "tele", payload: new TextEncoder().encode(text), garbage: true });
  }

  /** The next two readings leave in the wrong order. */
  swap(): void {
    const first = this.#reading(true);
    const second = this.#reading(true);
    this.#keep(second);
    this.#keep(first);
  }

  receive(payload: Uint8Array): void {
    const command = decodeCommand(payload);
    if (!command.ok || !this.powered) return;
    const { id, name } = command.value;
    const was = this.#ran.get(id);
    if (was !== undefined && !this.forgetful) {
      this.#answer(id, "duplicate", was);
      return;
    }
    const state: CommandState = this.#dice.chance(0.8) ? "succeeded" : "failed";
    this.#ran.set(id, state);
    this.executed.push(id);
    if (name === "cool" && this.coolable) this.hot = false;
    if (name === "show" && this.coolable) this.#state = "off";
    this.#answer(id, state);
  }

  #measure(): void {
    const jitter = this.#dice.between(-5_000, 5_000);
    this.#scheduler.after(PERIOD_MS + jitter, undefined, () => this.#measure());
    if (this.powered && !this.#retired) this.#keep(this.#reading(false));
  }

  #reading(swapped: boolean): Sent {
    if (this.#dice.chance(0.2)) this.#cups += 1;
    const usual = (this.hot ? 150 : 80) + this.#dice.between(0, 12);
    const temp = this.planned ?? usual;
    this.planned = undefined;
    const values = { temp, cups: this.#cups };
    const head = this.#head();
    const points = [{ offsetMs: 0, values: { ...values, state: this.#state } }];
    const payload = encodeMeasurement({ ...head, points });
    return this.#made({ class: "tele", payload, reading: { ts: head.ts, values } }, swapped);
  }

  #answer(id: string, state: CommandState, was?: CommandState): void {
    const head = this.#head();
    this.#send("res", encodeResult({ ...head, id, state, ...(was === undefined ? {} : { was }) }));
  }

  #head(): { readonly boot: number; readonly seq: number; readonly ts: EpochMs } {
    this.#seq += 1;
    // Two messages of one moment would overwrite each other in the series.
    this.#tsBefore = this.clock === this.#tsBefore ? this.clock + 1 : this.clock;
    return { boot: this.boot, seq: this.#seq, ts: this.#tsBefore };
  }

  #send(cls: UpClass, payload: Uint8Array): void {
    this.#push({ class: cls, payload });
  }

  #push(what: Pick<Sent, "class" | "payload"> & Partial<Sent>): void {
    this.#keep(this.#made(what, false));
  }

  #made(what: Pick<Sent, "class" | "payload"> & Partial<Sent>, swapped: boolean): Sent {
    this.#number += 1;
    return { garbage: false, ...what, device: this.id, number: this.#number, swapped };
  }

  #keep(message: Sent): void {
    this.#queue.push(message);
    if (this.#queue.length > FLASH_MESSAGES) this.#queue.shift();
    if (this.#uplink !== undefined) this.#transmit(message);
  }

  #transmit(message: Sent): void {
    this.#uplink?.publish(message);
  }
}
