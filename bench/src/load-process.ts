import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { LoadResult } from "@voorzorg/device-sim";
import type { BenchContext } from "./bench.ts";
import { BenchError } from "./bench.ts";
import { OutputTail } from "./output-tail.ts";

export interface LoadSettings {
  readonly mqttUrl: string;
  /** Where the process leaves its result. */
  readonly jsonFile: string;
  /** Options of `sim load` by name. */
  readonly options: Readonly<Record<string, string | number>>;
}

/** `sim load` in a process of its own, so that its CPU time is nobody else's. */
export class LoadProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #tail: OutputTail;
  readonly #exited: Promise<unknown>;
  readonly #settings: LoadSettings;
  readonly #signal: AbortSignal;

  constructor({ node, root, env, signal }: BenchContext, settings: LoadSettings) {
    const { mqttUrl, jsonFile, options } = settings;
    this.#settings = settings;
    this.#signal = signal;
    const argv = Object.entries({ ...options, mqtt: mqttUrl, json: jsonFile }).flatMap(
      ([name, value]) => [`--${name}`, String(value)],
    );
    this.#child = spawn(node, [join(root, "device-sim/src/main.ts"), "load", ...argv], {
      cwd: root,
      env: { ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#tail = new OutputTail(this.#child);
    this.#exited = once(this.#child, "exit");
    // Awaited in result(); a failure before that must not count as unhandled.
    this.#exited.catch(() => undefined);
  }

  /** Resolves when the load has ended. @throws BenchError when it failed. */
  async result(): Promise<LoadResult> {
    const stopped = new Promise<never>((_, reject) => {
      const signal = this.#signal;
      if (signal.aborted) reject(signal.reason);
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
    await Promise.race([this.#exited, stopped]);
    if (this.#child.exitCode !== 0) {
      throw new BenchError(
        `the load on ${this.#settings.mqttUrl} ended with ${this.#child.exitCode}; its last output:\n${this.#tail.text}`,
      );
    }
    return JSON.parse(await readFile(this.#settings.jsonFile, "utf8")) as LoadResult;
  }

  /** Ends before its time, in order. */
  stop(): Promise<LoadResult> {
    this.#child.kill("SIGINT");
    return this.result();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill("SIGKILL");
    await this.#exited;
  }
}
