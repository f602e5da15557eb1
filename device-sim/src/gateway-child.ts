import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { GatewayError } from "./errors.ts";
import { GatewayHttp } from "./gateway-http.ts";
import { monotonicMs, sleepMs, withinMs } from "./wall-clock.ts";

/** What is needed to start another Node program; the entry points hand it in. */
export interface Machine {
  /** Path of the Node binary. */
  readonly node: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface GatewaySettings {
  /** 0: any free one. */
  readonly httpPort?: number;
  /** Beside those that make it a gateway of its own. */
  readonly env?: Readonly<Record<string, string>>;
}

interface Address {
  readonly http: string;
  readonly mqtt: string;
  readonly signInLink?: string;
}

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const READY_WITHIN_MS = 30_000;
const STOP_WITHIN_MS = 12_000;
const TAIL_LINES = 15;

/** A gateway in a process of its own, on free ports and an empty data folder that goes with it. */
export class GatewayChild implements AsyncDisposable {
  readonly mqttUrl: string;
  readonly httpUrl: string;
  readonly signInLink: string | undefined;
  readonly token: string;
  readonly dataDir: string;
  readonly http: GatewayHttp;
  /** Rejects with the end of its output when it ends without having been asked to. */
  readonly died: Promise<never>;
  readonly #child: ChildProcess;
  readonly #machine: Machine;
  #stopping = false;

  private constructor(how: {
    readonly child: ChildProcess;
    readonly machine: Machine;
    readonly address: Address;
    readonly token: string;
    readonly dataDir: string;
    readonly tail: () => readonly string[];
  }) {
    this.#child = how.child;
    this.died = new Promise((_resolve, reject) => {
      how.child.once("exit", (code, signal) => {
        if (this.#stopping) return;
        const text = how.tail().join("\n");
        reject(
          new GatewayError(`the gateway ended (${code ?? signal}); its last output:\n${text}`),
        );
      });
    });
    // Who does not wait for it meets the death at the next request.
    this.died.catch(() => undefined);
    this.#machine = how.machine;
    this.mqttUrl = how.address.mqtt;
    this.httpUrl = how.address.http;
    this.signInLink = how.address.signInLink;
    this.token = how.token;
    this.dataDir = how.dataDir;
    this.http = new GatewayHttp(this.httpUrl, this.token);
  }

  /**
   * Its clock follows event time, so that simulated days are real to it.
   *
   * @throws GatewayError with the end of its output when it does not get ready.
   */
  static async start(
    machine: Machine,
    { httpPort = 0, env = {} }: GatewaySettings = {},
  ): Promise<GatewayChild> {
    const dataDir = await mkdtemp(join(tmpdir(), "voorzorg-"));
    const token = randomBytes(24).toString("hex");
    const child = spawn(machine.node, [join(ROOT, "gateway/src/main.ts")], {
      cwd: ROOT,
      stdio: ["ignore", "pipe", "pipe"],
      // A Ctrl-C at the terminal must not reach the gateway before the fleet has said goodbye.
      detached: true,
      env: {
        ...machine.env,
        ...env,
        VOORZORG_CLOCK: "event",
        VOORZORG_HOST: "127.0.0.1",
        VOORZORG_MQTT_PORT: "0",
        VOORZORG_HTTP_PORT: String(httpPort),
        VOORZORG_DATA_DIR: dataDir,
        VOORZORG_ADMIN_TOKEN: token,
      },
    });
    const tail = tailOf(child);
    const endMs = monotonicMs() + READY_WITHIN_MS;
    while (monotonicMs() < endMs && isRunning(child)) {
      const address = await readAddress(join(dataDir, "gateway.json"));
      if (address !== undefined) {
        return new GatewayChild({ child, machine, address, token, dataDir, tail });
      }
      await sleepMs(20);
    }
    const how = isRunning(child) ? "was not ready in time" : `ended with ${child.exitCode}`;
    child.kill("SIGKILL");
    await rm(dataDir, { recursive: true, force: true });
    throw new GatewayError(`the gateway ${how}; its last output:\n${tail().join("\n")}`);
  }

  /** Every record of the journal, as the gateway's own tool lists it; works while it runs. */
  async *journal(): AsyncGenerator<Readonly<Record<string, unknown>>> {
    const admin = join(ROOT, "gateway/src/admin.ts");
    const child = spawn(this.#machine.node, [admin, "journal", "list", "--data", this.dataDir], {
      cwd: ROOT,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...this.#machine.env },
    });
    const closed = once(child, "close");
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said = (said + text).slice(-2_000);
    });
    let rest = "";
    for await (const chunk of child.stdout.setEncoding("utf8")) {
      const lines = `${rest}${chunk as string}`.split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) yield JSON.parse(line) as Readonly<Record<string, unknown>>;
    }
    const [code] = (await closed) as [number | null];
    if (code !== 0) throw new GatewayError(`the journal could not be listed (${code}): ${said}`);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    if (!isRunning(this.#child)) return;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    try {
      await withinMs(exited, STOP_WITHIN_MS, () => new GatewayError("the gateway did not stop"));
    } catch {
      this.#child.kill("SIGKILL");
      await exited;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await rm(this.dataDir, { recursive: true, force: true });
  }
}

const isRunning = (child: ChildProcess): boolean =>
  child.exitCode === null && child.signalCode === null;

/** The last lines that the child wrote, for the error message. */
function tailOf(child: ChildProcess): () => readonly string[] {
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (chunk: string) => {
      text = (text + chunk).slice(-8_000);
    });
  }
  return () => text.trimEnd().split("\n").slice(-TAIL_LINES);
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
