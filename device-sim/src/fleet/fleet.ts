import type { AckSink } from "../ack-log.ts";
import type { GatewayProbe } from "../gateway-http.ts";
import { untilQuiet } from "../gateway-http.ts";
import type { Climate } from "../models/weather.ts";
import { Weather } from "../models/weather.ts";
import type { Random } from "../random.ts";
import { monotonicMs, nextTurn, sleepMs } from "../wall-clock.ts";
import { Agenda } from "./agenda.ts";
import type { AnsweredCommand } from "./answering.ts";
import type { DevicePlan } from "./plan.ts";
import { SimDevice } from "./sim-device.ts";
import { Truth } from "./truth.ts";

export interface FleetOptions {
  readonly plans: readonly DevicePlan[];
  readonly mqttUrl: string;
  readonly startMs: number;
  /** Infinity: until `signal` aborts. */
  readonly endMs: number;
  readonly random: Random;
  readonly climate?: Climate;
  readonly acks: AckSink;
  /** Needed to register devices and for lockstep. */
  readonly gateway?: GatewayProbe;
  readonly register: boolean;
  /** Each step waits until the gateway has decided and delivered everything. */
  readonly lockstep: boolean;
  /** Simulated time over wall time at most; Infinity: as fast as it goes. */
  readonly acceleration: number;
  /** Until then the acceleration does not hold it back; default: from the start. */
  readonly pacedFromMs?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (nowMs: number) => void;
  /** Waited for after each step, when the gateway has settled. */
  readonly afterStep?: (nowMs: number) => Promise<void>;
  readonly onAnswer?: (answered: AnsweredCommand) => void;
  /** What people do, at simulated times: every device has reported, and the gateway has decided. */
  readonly appointments?: readonly Appointment[];
}

export interface Appointment {
  readonly atMs: number;
  readonly keep: () => Promise<void>;
}

/** A fleet that lives through simulated time, in steps that are as long as nothing is going on. */
export class Fleet {
  readonly truth = new Truth();
  readonly #options: FleetOptions;
  #paceStartedMs = monotonicMs();
  #devices: readonly SimDevice[] = [];
  readonly #agenda = new Agenda();

  constructor(options: FleetOptions) {
    this.#options = options;
    for (const { atMs, keep } of options.appointments ?? []) this.#agenda.at(atMs, keep);
  }

  /** @throws SimError when the broker or the gateway refuses, goes away or does not keep up. */
  async run(): Promise<void> {
    const { endMs, signal } = this.#options;
    this.#devices = await this.#enrol();
    for (;;) {
      const nowMs = this.#devices.reduce(
        (least, { dueMs }) => Math.min(least, dueMs),
        this.#agenda.nextMs,
      );
      if (nowMs > endMs || signal?.aborted) break;
      await this.#pace(nowMs);
      await this.#step(nowMs);
      await this.#options.afterStep?.(nowMs);
      if (this.#agenda.nextMs <= nowMs) {
        await this.#agenda.keep(nowMs, () => this.#settle());
        await this.#options.afterStep?.(nowMs);
      }
      this.#options.onProgress?.(nowMs);
    }
    for (const device of this.#devices) await device.close();
    await this.#settle();
    await this.#options.acks.flushed();
  }

  /**
   * Who is watched reports first: another device's message would move the gateway's clock past a
   * deadline before the evidence is there.
   */
  async #step(nowMs: number): Promise<void> {
    // Before people act, everybody has said how it is.
    const all = this.#agenda.nextMs <= nowMs;
    const due = this.#devices.filter(({ dueMs }) => all || dueMs <= nowMs);
    const watched = due.filter((device) => device.watched);
    for (const device of watched) await device.advance(nowMs);
    await this.#acknowledged();
    for (const device of due) {
      const done = watched.includes(device) && device.dueMs > nowMs;
      if (!done) await device.advance(nowMs);
    }
    await this.#settle();
  }

  async #enrol(): Promise<readonly SimDevice[]> {
    const { plans, mqttUrl, acks, startMs, random, register, gateway, onAnswer } = this.#options;
    const weather = new Weather(random.fork("weather"), this.#options.climate);
    const devices: SimDevice[] = [];
    for (const plan of plans) {
      const password =
        register && gateway !== undefined
          ? await gateway.register({ ...plan, owner: plan.ownerRef })
          : undefined;
      devices.push(
        new SimDevice({
          plan,
          mqttUrl,
          password,
          acks,
          random: random.fork(plan.id),
          weather,
          truth: this.truth,
          startMs,
          ...(onAnswer === undefined ? {} : { onAnswer }),
        }),
      );
    }
    return devices;
  }

  async #pace(nowMs: number): Promise<void> {
    const { acceleration, startMs, pacedFromMs = startMs } = this.#options;
    if (!Number.isFinite(acceleration)) return;
    if (nowMs <= pacedFromMs) {
      this.#paceStartedMs = monotonicMs();
      return;
    }
    const dueMs = this.#paceStartedMs + (nowMs - pacedFromMs) / acceleration;
    // In short naps, so that Ctrl-C need not wait for the next report.
    while (monotonicMs() < dueMs && !this.#options.signal?.aborted) {
      await sleepMs(Math.min(250, Math.max(1, dueMs - monotonicMs())));
    }
  }

  /**
   * Quiet means: every PUBACK is here, the gateway owes nothing, and nothing arrived while asking.
   * A command that arrives makes its device answer, which makes the gateway decide again.
   */
  async #settle(): Promise<void> {
    const { lockstep, gateway } = this.#options;
    await this.#acknowledged();
    if (!lockstep || gateway === undefined) return;
    for (;;) {
      const before = this.#commands();
      await untilQuiet(gateway);
      await nextTurn();
      await this.#acknowledged();
      if (this.#commands() === before) return;
    }
  }

  async #acknowledged(): Promise<void> {
    for (const device of this.#devices) if (device.unacked > 0) await device.settled();
  }

  #commands(): number {
    return this.#devices.reduce((sum, { commands }) => sum + commands, 0);
  }
}
