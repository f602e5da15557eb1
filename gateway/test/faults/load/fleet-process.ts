import type { ChildProcess } from "node:child_process";
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { FleetState, ToFleet } from "./fleet-messages.ts";

/** Devices in a process of their own, so that only the gateway's own work delays its answers. */
export class FleetProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  state: FleetState = { back: 0, attempts: 0, sent: 0, acknowledged: 0 };

  constructor() {
    this.#child = fork(fileURLToPath(new URL("fleet-child.ts", import.meta.url)), {
      execArgv: [],
    });
    this.#child.on("message", (state: FleetState) => {
      this.state = state;
    });
  }

  tell(message: ToFleet): void {
    this.#child.send(message);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const ended = once(this.#child, "exit");
      this.#child.kill("SIGKILL");
      await ended;
    }
  }
}
