import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const START_WITHIN_MS = 30_000;

export interface InfluxdOptions {
  /** Needs a user and password for everything. */
  readonly auth?: boolean;
  /** Bytes of a request's body. */
  readonly maxBodySize?: number;
  /** Different devices per measurement before further ones are dropped; only the old index has it. */
  readonly maxValuesPerTag?: number;
}

/** Debian's InfluxDB 1.6.7 on a port and in a folder of its own; stopped, it can be started again. */
export class InfluxdProcess implements AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly #folder: string;
  readonly #config: string;
  #child: ChildProcess | undefined;
  #output = "";

  private constructor(port: number, rpcPort: number, options: InfluxdOptions) {
    this.port = port;
    this.url = `http://127.0.0.1:${port}`;
    this.#folder = mkdtempSync(join(tmpdir(), "voorzorg-influxd-"));
    this.#config = join(this.#folder, "influxdb.conf");
    writeFileSync(this.#config, configuration(this.#folder, { port, rpcPort }, options));
  }

  static async start(options: InfluxdOptions = {}): Promise<InfluxdProcess> {
    const influxd = new InfluxdProcess(await freePort(), await freePort(), options);
    try {
      await influxd.resume();
    } catch (error) {
      await influxd[Symbol.asyncDispose]();
      throw error;
    }
    return influxd;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Starts it with what is in its folder. */
  async resume(): Promise<void> {
    const child = spawn("influxd", ["-config", this.#config], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    this.#output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.#output = (this.#output + text).slice(-10_000);
      });
    }
    const failed = once(child, "error").then(([error]) => {
      throw new Error("influxd cannot be run; scripts/integration-setup.sh installs it", {
        cause: error,
      });
    });
    await Promise.race([failed, this.#ready(child)]);
  }

  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill(signal);
    await gone;
  }

  /** Answers the first value of each row of each series. */
  async query(q: string, options: { db?: string; user?: string; password?: string } = {}) {
    const { db = "", user, password } = options;
    const headers =
      user === undefined
        ? {}
        : { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}` };
    const response = await fetch(`${this.url}/query?db=${encodeURIComponent(db)}&epoch=ms`, {
      method: "POST",
      headers,
      body: new URLSearchParams({ q }),
    });
    const body = (await response.json()) as QueryBody;
    const error = body.error ?? body.results?.find((one) => one.error !== undefined)?.error;
    if (error !== undefined) throw new Error(`${q}: ${error}`);
    return body.results?.flatMap((one) => one.series ?? []) ?? [];
  }

  async createDatabase(name: string, duration?: string): Promise<void> {
    const retention = duration === undefined ? "" : ` WITH DURATION ${duration}`;
    await this.query(`CREATE DATABASE "${name}"${retention}`);
  }

  /** Points that have the field, over all measurements. */
  async count(db: string, field: string): Promise<number> {
    const series = await this.query(`SELECT count("${field}") FROM /.*/`, { db });
    return series.reduce((sum, one) => sum + Number(one.values[0]?.[1] ?? 0), 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop("SIGKILL");
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #ready(child: ChildProcess): Promise<void> {
    const deadline = performance.now() + START_WITHIN_MS;
    while (performance.now() < deadline && child.exitCode === null) {
      try {
        if ((await fetch(`${this.url}/ping`)).status === 204) return;
      } catch {
        // Not listening yet.
      }
      await sleep(25);
    }
    throw new Error(`influxd did not start:\n${this.#output}`);
  }
}

interface QueryBody {
  readonly error?: string;
  readonly results?: readonly {
    readonly error?: string;
    readonly series?: readonly {
      readonly name: string;
      readonly columns: readonly string[];
      readonly values: readonly (readonly (number | string | boolean | null)[])[];
    }[];
  }[];
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

function configuration(
  folder: string,
  ports: { readonly port: number; readonly rpcPort: number },
  options: InfluxdOptions,
): string {
  return `
reporting-disabled = true
bind-address = "127.0.0.1:${ports.rpcPort}"
[meta]
  dir = "${folder}/meta"
[data]
  dir = "${folder}/data"
  wal-dir = "${folder}/wal"
  index-version = "${options.maxValuesPerTag === undefined ? "tsi1" : "inmem"}"
  max-values-per-tag = ${options.maxValuesPerTag ?? 100_000}
[monitor]
  store-enabled = false
[subscriber]
  enabled = false
[http]
  bind-address = "127.0.0.1:${ports.port}"
  log-enabled = false
  auth-enabled = ${options.auth ?? false}
  max-body-size = ${options.maxBodySize ?? 25_000_000}
[logging]
  level = "error"
`;
}
