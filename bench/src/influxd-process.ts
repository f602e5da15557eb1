import type { ChildProcess } from "node:child_process";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { sleepMs } from "@voorzorg/device-sim";
import { BenchError } from "./bench.ts";
import { OutputTail } from "./output-tail.ts";

const configuration = (folder: string, ports: InfluxdOptions["ports"]): string => `
reporting-disabled = true
bind-address = "127.0.0.1:${ports.rpc}"
[meta]
  dir = "${folder}/meta"
[data]
  dir = "${folder}/data"
  wal-dir = "${folder}/wal"
  index-version = "tsi1"
  query-log-enabled = false
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:${ports.http}"
  log-enabled = false
[logging]
  level = "error"
`;

export interface InfluxdOptions {
  readonly folder: string;
  readonly ports: { readonly http: number; readonly rpc: number };
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Debian's InfluxDB 1.6 on ports and in a folder of its own. */
export class InfluxdProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly port: number;
  readonly name: string;

  private constructor(child: ChildProcess, port: number, name: string) {
    this.#child = child;
    this.port = port;
    this.name = name;
  }

  /** @throws BenchError when it is not installed or does not answer in time. */
  static async start({ folder, ports, env }: InfluxdOptions): Promise<InfluxdProcess> {
    const version = spawnSync("influxd", ["version"], { env: { ...env }, encoding: "utf8" });
    if (version.error !== undefined) {
      throw new BenchError(
        "influxd was not found, so there is nothing to write to: install it (Debian: apt-get install influxdb)",
      );
    }
    await mkdir(folder, { recursive: true });
    const file = join(folder, "influxdb.conf");
    await writeFile(file, configuration(folder, ports));
    const child = spawn("influxd", ["-config", file], {
      env: { ...env, HOME: folder },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const tail = new OutputTail(child);
    const name = `InfluxDB ${/v?(\d+\.\d+\.\d+)/.exec(version.stdout)?.[1] ?? "1.x"}`;
    const started = new InfluxdProcess(child, ports.http, name);
    for (let attempt = 0; attempt < 300 && child.exitCode === null; attempt += 1) {
      if (await started.#answers()) return started;
      await sleepMs(100);
    }
    await started[Symbol.asyncDispose]();
    throw new BenchError(`influxd did not start; its last output:\n${tail.text}`);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  async createDatabase(name: string): Promise<void> {
    await this.#query(`CREATE DATABASE "${name}"`);
  }

  /** Points of a measurement that have the field. */
  async count(database: string, measurement: string, field: string): Promise<number> {
    const answer = await this.#query(
      `SELECT count("${field}") FROM "${database}".."${measurement}"`,
    );
    const rows = (answer as InfluxAnswer).results[0]?.series?.[0]?.values[0];
    return Number(rows?.[1] ?? 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
  }

  async #query(q: string): Promise<unknown> {
    const response = await fetch(`${this.url}/query`, {
      method: "POST",
      body: new URLSearchParams({ q }),
    });
    const text = await response.text();
    if (!response.ok) throw new BenchError(`influxd answered ${response.status} to ${q}: ${text}`);
    return JSON.parse(text);
  }

  #answers(): Promise<boolean> {
    return fetch(`${this.url}/ping`).then(
      ({ ok }) => ok,
      () => false,
    );
  }
}

interface InfluxAnswer {
  readonly results: readonly {
    readonly series?: readonly { readonly values: readonly (readonly unknown[])[] }[];
  }[];
}
