import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, statSync } from "node:fs";
import { monotonicMs, sleepMs } from "@voorzorg/device-sim";
import { BenchError } from "./bench.ts";
import { OutputTail } from "./output-tail.ts";

export interface SubscriberOptions {
  readonly port: number;
  /** Grows by one byte per message. */
  readonly countFile: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The program writes its output in pieces of this size, so that its count lags by less. */
const BUFFERED = 4_096;
const DELIVERED_WITHIN_MS = 120_000;
const READY_MS = 500;

/** Mosquitto's own client in C, which takes every message with QoS 1: the broker's work is not done before it is delivered. */
export class MosquittoSubscriber implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #countFile: string;

  private constructor(child: ChildProcess, countFile: string) {
    this.#child = child;
    this.#countFile = countFile;
  }

  static async start(options: SubscriberOptions): Promise<MosquittoSubscriber> {
    const { port, countFile, env } = options;
    const output = openSync(countFile, "w");
    const argv = ["-h", "127.0.0.1", "-p", String(port), "-i", "bench-subscriber", "-q", "1"];
    const child = spawn("mosquitto_sub", [...argv, "-t", "#", "-N", "-F", "x"], {
      env: { ...env },
      stdio: ["ignore", output, "pipe"],
    });
    closeSync(output);
    const failed = once(child, "error");
    const tail = new OutputTail(child);
    const [problem] = await Promise.race([failed, sleepMs(READY_MS).then(() => [])]);
    if (problem !== undefined || child.exitCode !== null) {
      throw new BenchError(
        `mosquitto_sub did not start (${String(problem ?? tail.text)}): install it (Debian: apt-get install mosquitto-clients)`,
      );
    }
    return new MosquittoSubscriber(child, countFile);
  }

  /** Messages taken so far, less what its output still buffers. */
  get count(): number {
    return statSync(this.#countFile).size;
  }

  /** Resolved when so many more than `before` were taken. */
  async took(messages: number, before: number): Promise<void> {
    const endMs = monotonicMs() + DELIVERED_WITHIN_MS;
    while (this.count - before + BUFFERED < messages) {
      if (monotonicMs() > endMs) {
        throw new BenchError(
          `mosquitto's subscriber took ${this.count - before} of ${messages} messages in ${DELIVERED_WITHIN_MS} ms`,
        );
      }
      await sleepMs(5);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    await exited;
  }
}
