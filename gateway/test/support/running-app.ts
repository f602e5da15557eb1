import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CommandMessage } from "@voorzorg/firmware-contracts";
import { decodeCommand } from "@voorzorg/firmware-contracts";
import type { MqttClient } from "mqtt";
import { connectAsync } from "mqtt";
import type { JournalRecord } from "#domain/record.ts";
import type { Clock } from "#ports/clock.ts";
import { App } from "../../src/app.ts";
import type { AppOptions } from "../../src/app-options.ts";
import { Config } from "../../src/config/config.ts";
import type { Started } from "../../src/started.ts";
import { BOILER_PRODUCT, BOILER_RULES } from "./boiler-ruleset.ts";

const TOKEN = "test-admin-token";
const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

/** A whole gateway on free loopback ports, in this process. */
export class RunningApp implements AsyncDisposable {
  readonly dataDir: string;
  readonly started: Started;
  readonly #app: App;
  readonly #keepFiles: boolean;

  private constructor(parts: { app: App; started: Started; dataDir: string; keepFiles: boolean }) {
    this.#app = parts.app;
    this.started = parts.started;
    this.dataDir = parts.dataDir;
    this.#keepFiles = parts.keepFiles;
  }

  static async start(
    options: {
      config?: Partial<Config>;
      dataDir?: string;
      webhookSecret?: string;
      clock?: Clock;
      store?: AppOptions["store"];
      desks?: AppOptions["desks"];
      service?: AppOptions["service"];
    } = {},
  ): Promise<RunningApp> {
    const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), "voorzorg-app-"));
    const config = {
      ...Config.parse({ mqttPort: 0, httpPort: 0, clock: "event", logLevel: "silent" }),
      ...options.config,
      dataDir,
    };
    const app = new App({
      config,
      log: SILENT,
      version: "0.0.0-test",
      pid: process.pid,
      store: options.store ?? { kind: "embedded" },
      sources: { products: [BOILER_PRODUCT], rules: [BOILER_RULES] },
      adminToken: TOKEN,
      ...(options.desks === undefined ? {} : { desks: options.desks }),
      ...(options.service === undefined ? {} : { service: options.service }),
      ...(options.clock === undefined ? {} : { clock: options.clock }),
      ...(options.webhookSecret === undefined ? {} : { webhookSecret: options.webhookSecret }),
      onFailure: (error) => {
        throw error;
      },
    });
    const started = await app.start();
    return new RunningApp({ app, started, dataDir, keepFiles: options.dataDir !== undefined });
  }

  async get<T>(path: string): Promise<T> {
    const response = await fetch(`${this.started.http}${path}`, {
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    return (await response.json()) as T;
  }

  post(path: string, body: unknown): Promise<Response> {
    return this.#send("POST", path, body);
  }

  put(path: string, body: unknown): Promise<Response> {
    return this.#send("PUT", path, body);
  }

  #send(method: string, path: string, body: unknown): Promise<Response> {
    return fetch(`${this.started.http}${path}`, {
      method,
      headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  }

  /** Asks until `found` answers something; fails with what was seen last. */
  async eventually<T>(path: string, found: (answer: T) => boolean): Promise<T> {
    const deadline = performance.now() + 5_000;
    for (;;) {
      const answer = await this.get<T>(path);
      if (found(answer)) return answer;
      if (performance.now() > deadline) {
        throw new Error(`${path} never became as expected: ${JSON.stringify(answer)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#app[Symbol.asyncDispose]();
    if (!this.#keepFiles) rmSync(this.dataDir, { recursive: true, force: true });
  }
}

/** A device on a real MQTT connection, driven by a DeviceScript's records. */
export class TestDevice implements AsyncDisposable {
  readonly commands: CommandMessage[] = [];
  readonly #client: MqttClient;

  private constructor(client: MqttClient) {
    this.#client = client;
    client.on("message", (_topic, payload) => {
      const command = decodeCommand(payload);
      if (command.ok) this.commands.push(command.value);
    });
  }

  static async connect(app: RunningApp, id: string, password?: string): Promise<TestDevice> {
    const device = await TestDevice.connectDeaf(app, id, password);
    await device.#client.subscribeAsync(`vz1/boiler/${id}/cmd`, { qos: 1 });
    return device;
  }

  /** Sends only: no command can reach it. */
  static async connectDeaf(app: RunningApp, id: string, password?: string): Promise<TestDevice> {
    const client = await connectAsync(app.started.mqtt, {
      clientId: id,
      username: id,
      reconnectPeriod: 0,
      ...(password === undefined ? {} : { password }),
    });
    return new TestDevice(client);
  }

  /** Publishes and resolves with the PUBACK of the last one. */
  async send(...records: readonly JournalRecord[]): Promise<void> {
    await Promise.all(
      records.map((record) => {
        if (record.kind !== "message") throw new Error(`not a message: ${record.kind}`);
        const topic = `vz1/${record.product}/${record.device}/${record.class}`;
        return this.#client.publishAsync(topic, Buffer.from(record.payload), { qos: 1 });
      }),
    );
  }

  async command(n: number): Promise<CommandMessage> {
    const deadline = performance.now() + 5_000;
    for (;;) {
      const found = this.commands[n];
      if (found !== undefined) return found;
      if (performance.now() > deadline) throw new Error(`command ${n} never came`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.endAsync(true);
  }
}
