import type { ChildProcess } from "node:child_process";
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { BrokerReport, FromBroker, ToBroker } from "./broker-messages.ts";

const STDERR_KEPT = 20_000;

/** A broker in a process of its own, so that its end is seen and its memory is only its own. */
export class BrokerProcess implements AsyncDisposable {
  readonly port: number;
  readonly #child: ChildProcess;
  #stderr = "";
  #end: string | undefined;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
    child.stderr?.on("data", (chunk: Buffer) => {
      this.#stderr = `${this.#stderr}${chunk}`.slice(-STDERR_KEPT);
    });
    child.once("exit", (code, signal) => {
      this.#end = `the broker ended with ${signal ?? code}\n${this.#stderr}`;
    });
  }

  static async start(): Promise<BrokerProcess> {
    const file = fileURLToPath(new URL("broker-child.ts", import.meta.url));
    const child = fork(file, { stdio: ["ignore", "ignore", "pipe", "ipc"], execArgv: [] });
    const [message] = (await once(child, "message")) as [FromBroker];
    if (message.kind !== "listening") {
      throw new Error(`the broker began with ${message.kind}`);
    }
    return new BrokerProcess(child, message.port);
  }

  /** How it ended, with the end of its error output; undefined while it runs. */
  get crash(): string | undefined {
    return this.#end;
  }

  async report(): Promise<BrokerReport> {
    const ask: ToBroker = { kind: "report" };
    const over = new AbortController();
    const { signal } = over;
    const answered = once(this.#child, "message", { signal }) as Promise<[FromBroker]>;
    const ended = once(this.#child, "exit", { signal }).then(() => undefined);
    this.#child.send(ask, () => undefined);
    const [message] = (await Promise.race([answered, ended])) ?? [];
    answered.catch(() => undefined);
    ended.catch(() => undefined);
    over.abort();
    if (message?.kind !== "report") {
      throw new Error(this.#end ?? "the broker ended while it was asked");
    }
    return message.report;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const ended = once(this.#child, "exit");
      this.#child.kill("SIGKILL");
      await ended;
    }
  }
}
