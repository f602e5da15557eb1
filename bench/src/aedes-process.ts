import type { ChildProcess } from "node:child_process";
import { fork } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ReadinessOptions } from "./gateway-process.ts";

const PROGRAM = fileURLToPath(new URL("./programs/bare-aedes.ts", import.meta.url));

/** The broker library alone, in a process of its own. */
export class AedesProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #port: number;
  readonly name: string;

  private constructor(child: ChildProcess, port: number, name: string) {
    this.#child = child;
    this.#port = port;
    this.name = name;
  }

  static async start({ node, env, root }: ReadinessOptions): Promise<AedesProcess> {
    const child = fork(PROGRAM, { execPath: node, env, stdio: ["ignore", 2, 2, "ipc"] });
    const [{ port }] = (await once(child, "message")) as [{ readonly port: number }];
    const manifest = await readFile(join(root, "node_modules/aedes/package.json"), "utf8");
    const { version } = JSON.parse(manifest) as { readonly version: string };
    return new AedesProcess(child, port, `aedes ${version}, alone`);
  }

  get mqttUrl(): string {
    return `mqtt://127.0.0.1:${this.#port}`;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
  }
}
