import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { GatewayHttp, monotonicMs, sleepMs } from "@voorzorg/device-sim";
import { BenchError } from "./bench.ts";
import { OutputTail } from "./output-tail.ts";

/** Where programs are found. */
export interface ReadinessOptions {
  /** Path of the Node binary. */
  readonly node: string;
  /** Root of the repository. */
  readonly root: string;
  /** Environment for children: PATH and the like. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface GatewayOptions extends ReadinessOptions {
  readonly dataDir: string;
  readonly mqttPort?: number;
  /** Folders that add to the shipped products and rules. */
  readonly productsDir?: string;
  readonly rulesDir?: string;
  /** Another program that starts the gateway; relative to the root. */
  readonly program?: string;
  /** More settings, by the name of their variable. */
  readonly settings?: Readonly<Record<string, string>>;
  /** How long its start may take. */
  readonly readyWithinMs?: number;
}

const READY_WITHIN_MS = 30_000;
/** The gateway promises 10 s; the rest is for a busy machine. */
const STOP_WITHIN_MS = 20_000;
const TOKEN = "bench-admin-token-0123456789abcdef";

interface Address {
  readonly pid: number;
  readonly http: string;
  readonly mqtt: string;
}

/** The gateway as users run it: a process of its own, known only by its ports and its files. */
export class GatewayProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #tail: OutputTail;
  readonly #address: Address;

  private constructor(child: ChildProcess, tail: OutputTail, address: Address) {
    this.#child = child;
    this.#tail = tail;
    this.#address = address;
  }

  /** @throws BenchError with the end of its output when it does not get ready in time. */
  static async start(options: GatewayOptions): Promise<GatewayProcess> {
    const readyFile = join(options.dataDir, "gateway.json");
    // A killed gateway leaves its file behind, and its port would be taken for the new one's.
    await rm(readyFile, { force: true });
    const child = spawnGateway(options);
    const tail = new OutputTail(child);
    const endMs = monotonicMs() + (options.readyWithinMs ?? READY_WITHIN_MS);
    while (monotonicMs() < endMs && child.exitCode === null && child.signalCode === null) {
      const address = await readAddress(readyFile);
      if (address !== undefined) return new GatewayProcess(child, tail, address);
      await sleepMs(20);
    }
    child.kill("SIGKILL");
    const how = child.exitCode === null ? "was not ready in time" : `ended with ${child.exitCode}`;
    throw new BenchError(`the gateway ${how}; its last output:\n${tail.text}`);
  }

  /** kill -9 before it is ready, or soon after. */
  static async startAndKill(options: GatewayOptions, afterMs: number): Promise<void> {
    const child = spawnGateway(options);
    const exited = once(child, "exit");
    await Promise.race([exited, sleepMs(afterMs)]);
    child.kill("SIGKILL");
    await exited;
  }

  get mqttUrl(): string {
    return this.#address.mqtt;
  }

  get http(): GatewayHttp {
    return new GatewayHttp(this.#address.http, TOKEN);
  }

  /** Of the answer to a GET; 0 = none came. */
  async status(path: string): Promise<number> {
    const headers = { authorization: `Bearer ${TOKEN}` };
    try {
      return (await fetch(`${this.#address.http}${path}`, { headers })).status;
    } catch {
      // Not listening (yet): the caller asks again or gives up.
      return 0;
    }
  }

  /** The answer to a GET. */
  async json<T>(path: string): Promise<T> {
    const headers = { authorization: `Bearer ${TOKEN}` };
    const response = await fetch(`${this.#address.http}${path}`, { headers });
    const text = await response.text();
    if (!response.ok) throw new BenchError(`GET ${path} answers ${response.status}: ${text}`);
    return JSON.parse(text) as T;
  }

  get pid(): number {
    return this.#address.pid;
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** kill -9: no handler runs, nothing is flushed. */
  async kill(): Promise<void> {
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
  }

  /** SIGTERM, as an operator stops it. @throws BenchError when it does not end by itself. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    const late = Symbol("late");
    const end = await Promise.race([exited, sleepMs(STOP_WITHIN_MS).then(() => late)]);
    if (end !== late && this.#child.exitCode === 0) return;
    this.#child.kill("SIGKILL");
    throw new BenchError(`the gateway did not stop in order; its last output:\n${this.#tail.text}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await this.kill();
  }
}

const spawnGateway = (options: GatewayOptions): ChildProcess =>
  spawn(options.node, [join(options.root, options.program ?? "gateway/src/main.ts")], {
    cwd: options.root,
    env: environment(options),
    stdio: ["ignore", "pipe", "pipe"],
  });

function environment(options: GatewayOptions): NodeJS.ProcessEnv {
  return {
    ...options.env,
    VOORZORG_MQTT_PORT: String(options.mqttPort ?? 0),
    VOORZORG_HTTP_PORT: "0",
    VOORZORG_DATA_DIR: options.dataDir,
    VOORZORG_ADMIN_TOKEN: TOKEN,
    ...(options.productsDir && { VOORZORG_PRODUCTS_DIR: options.productsDir }),
    ...(options.rulesDir && { VOORZORG_RULES_DIR: options.rulesDir }),
    ...options.settings,
  };
}

async function readAddress(path: string): Promise<Address | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  // Seen while it is being written: the next look finds it whole.
  return text.trimEnd().endsWith("}") ? (JSON.parse(text) as Address) : undefined;
}
