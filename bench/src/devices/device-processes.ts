import type { ChildProcess } from "node:child_process";
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { monotonicMs, sleepMs } from "@voorzorg/device-sim";
import type { BenchContext } from "../bench.ts";
import { BenchError } from "../bench.ts";
import type { DevicesCommand, DevicesState } from "./protocol.ts";
import { NO_DEVICES, together } from "./protocol.ts";

/** One process holds these well, and its source address has ports enough. */
const DEVICES_EACH = 10_000;
/**
 * So many share the system's own source address: choosing one costs the kernel a search for a free port with every
 * connection, which in a storm takes more time than all else.
 */
const UNBOUND_PROCESSES = 2;
const PROGRAM = fileURLToPath(new URL("../programs/devices.ts", import.meta.url));

export interface Fleet {
  readonly mqttUrl: string;
  readonly product: string;
  readonly devices: readonly { readonly id: string; readonly password: string | undefined }[];
  /** Connections that are being opened at any time, per process. */
  readonly atOnce: number;
  readonly seed: number;
}

/** Devices in processes of their own; from the third on each process has a source address of its own. */
export class DeviceProcesses implements AsyncDisposable {
  readonly #children: readonly ChildProcess[];
  readonly #states: DevicesState[];
  readonly #signal: AbortSignal;

  constructor(fleet: Fleet, { node, signal }: BenchContext) {
    const { mqttUrl, product, devices, atOnce, seed } = fleet;
    const { hostname: host, port } = new URL(mqttUrl);
    const parts = Math.ceil(devices.length / DEVICES_EACH);
    this.#signal = signal;
    this.#states = Array.from({ length: parts }, () => NO_DEVICES);
    this.#children = this.#states.map((_, part) => {
      const child = fork(PROGRAM, { execPath: node, stdio: ["ignore", 2, 2, "ipc"] });
      child.on("message", (state: DevicesState) => {
        this.#states[part] = state;
      });
      child.send({
        kind: "open",
        host,
        port: Number(port),
        localAddress: part < UNBOUND_PROCESSES ? undefined : `127.0.0.${part + 2}`,
        product,
        devices: devices.slice(part * DEVICES_EACH, (part + 1) * DEVICES_EACH),
        atOnce,
        seed: seed + part,
      } satisfies DevicesCommand);
      return child;
    });
  }

  get state(): DevicesState {
    return this.#states.reduce(together, NO_DEVICES);
  }

  get pids(): readonly number[] {
    return this.#children.flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
  }

  tell(command: DevicesCommand): void {
    for (const child of this.#children) child.send(command);
  }

  /** Resolves with the first state that is as wanted. @throws BenchError when it takes too long or a process dies. */
  async until(
    wanted: (state: DevicesState) => boolean,
    withinMs: number,
    what: string,
  ): Promise<DevicesState> {
    const endMs = monotonicMs() + withinMs;
    for (;;) {
      this.#signal.throwIfAborted();
      const { state } = this;
      if (wanted(state)) return state;
      const ended = this.#children.find(({ exitCode, signalCode }) => exitCode ?? signalCode);
      const problem = ended === undefined ? state.problem || "none" : "a process of devices died";
      if (ended !== undefined || monotonicMs() > endMs) {
        throw new BenchError(
          `${what}: after ${withinMs} ms ${state.connected} devices were connected and ${state.acknowledged} acknowledged; last problem: ${problem}`,
        );
      }
      await sleepMs(20);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(
      this.#children.map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const exited = once(child, "exit");
        child.kill("SIGKILL");
        await exited;
      }),
    );
  }
}
