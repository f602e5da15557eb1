import type { ChildProcess } from "node:child_process";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { sleepMs } from "@voorzorg/device-sim";
import { BenchError } from "./bench.ts";
import { OutputTail } from "./output-tail.ts";

/** Debian keeps it where only root's PATH looks. */
const PLACES = ["mosquitto", "/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto"];

/** Persistence off is mosquitto at its fastest: it then promises nothing beyond its memory. */
const configuration = (port: number): string => `listener ${port} 127.0.0.1
allow_anonymous true
persistence false
set_tcp_nodelay true
max_inflight_messages 0
max_queued_messages 0
log_type error
`;

export interface MosquittoOptions {
  readonly directory: string;
  readonly port: number;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Debian's mosquitto as the yardstick: a plain broker in C that stores nothing. */
export class MosquittoProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #port: number;
  readonly name: string;

  private constructor(child: ChildProcess, port: number, name: string) {
    this.#child = child;
    this.#port = port;
    this.name = name;
  }

  /** @throws BenchError when it is not installed or does not listen in time. */
  static async start(options: MosquittoOptions): Promise<MosquittoProcess> {
    const { program, version } = findMosquitto(options.env);
    const file = join(options.directory, "mosquitto.conf");
    await writeFile(file, configuration(options.port));
    const child = spawn(program, ["-c", file], {
      env: { ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const tail = new OutputTail(child);
    for (let attempt = 0; attempt < 100 && child.exitCode === null; attempt += 1) {
      if (await listens(options.port)) {
        return new MosquittoProcess(child, options.port, `mosquitto ${version}, persistence off`);
      }
      await sleepMs(50);
    }
    child.kill("SIGKILL");
    throw new BenchError(`mosquitto did not start; its last output:\n${tail.text}`);
  }

  get mqttUrl(): string {
    return `mqtt://127.0.0.1:${this.#port}`;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    await exited;
  }
}

function findMosquitto(env: MosquittoOptions["env"]) {
  for (const program of PLACES) {
    const { error, stdout, stderr } = spawnSync(program, ["-h"], { env: { ...env } });
    if (error !== undefined) continue;
    const version = /mosquitto version (\S+)/.exec(`${stdout}${stderr}`)?.[1] ?? "?";
    return { program, version };
  }
  throw new BenchError(
    "mosquitto was not found, so there is nothing to compare with: install it (Debian: apt-get install mosquitto)",
  );
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
