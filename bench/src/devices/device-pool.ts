import type { Socket } from "node:net";
import { every, Random, wallNowMs } from "@voorzorg/device-sim";
import type { DevicesCommand, DevicesState } from "./protocol.ts";
import { NO_DEVICES, together } from "./protocol.ts";
import { RawDevice } from "./raw-device.ts";

/** How often a device's turn comes up while reporting. */
const REPORT_TICK_MS = 50;

/** The devices of one process. */
export class DevicePool implements Disposable {
  readonly #devices: RawDevice[] = [];
  /** Connections that their devices have left without a word. */
  readonly #left: Socket[] = [];
  #reports: Disposable | undefined;

  take(command: DevicesCommand): void {
    switch (command.kind) {
      case "open":
        void this.#open(command);
        return;
      case "greet":
        for (const device of this.#devices) device.greet();
        return;
      case "report":
        this.#report(command.everyMs);
        return;
      case "cut":
        this.#cut(command.silentOneIn);
        return;
      case "close":
        this[Symbol.dispose]();
        return;
    }
  }

  get state(): DevicesState {
    return this.#devices.map(stateOf).reduce(together, NO_DEVICES);
  }

  [Symbol.dispose](): void {
    this.#reports?.[Symbol.dispose]();
    for (const device of this.#devices) device.close();
    for (const socket of this.#left) socket.destroy();
  }

  async #open(command: Extract<DevicesCommand, { kind: "open" }>): Promise<void> {
    const { host, port, localAddress, product, devices, atOnce, seed } = command;
    const random = new Random(seed);
    const boot = Math.floor(wallNowMs() / 1_000) % 2 ** 31;
    const opened = devices.map(
      ({ id, password }) =>
        new RawDevice({ host, port, localAddress, product, device: id, password, boot, random }),
    );
    this.#devices.push(...opened);
    const waiting = opened.values();
    const opener = async (): Promise<void> => {
      for (const device of waiting) await device.open();
    };
    await Promise.all(Array.from({ length: atOnce }, opener));
  }

  #report(everyMs: number): void {
    let turn = 0;
    let owed = 0;
    this.#reports?.[Symbol.dispose]();
    this.#reports = every(REPORT_TICK_MS, () => {
      owed += (this.#devices.length * REPORT_TICK_MS) / everyMs;
      for (; owed >= 1; owed -= 1) {
        this.#devices[turn % this.#devices.length]?.send();
        turn += 1;
      }
    });
  }

  #cut(silentOneIn: number): void {
    for (const [index, device] of this.#devices.entries()) {
      const left = device.cut(silentOneIn > 0 && index % silentOneIn === 0);
      if (left !== undefined) this.#left.push(left);
    }
  }
}

const stateOf = (device: RawDevice): DevicesState => ({
  connected: device.connectedAtMs > 0 ? 1 : 0,
  acknowledged: device.acknowledgedAtMs > 0 ? 1 : 0,
  lastConnectedAtMs: device.connectedAtMs,
  lastAcknowledgedAtMs: device.acknowledgedAtMs,
  failures: device.failures,
  problem: device.lastProblem,
});
