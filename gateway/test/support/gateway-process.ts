import type { ChildProcess } from "node:child_process";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { BOILER_PRODUCT, BOILER_RULES } from "./boiler-ruleset.ts";

export const ADMIN_TOKEN = "process-test-admin-token-0123456789";
const pathOf = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const MAIN = pathOf("../../src/main.ts");
const ADMIN = pathOf("../../src/admin.ts");
/** Generous: the machine may be busy with other tests. */
const START_WITHIN_MS = 30_000;
const EVENTUALLY_MS = 10_000;

export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly [key: string]: unknown;
}

export type Environment = Readonly<Record<string, string>>;

/** Nothing of the tester's own settings gets through to the gateway. */
function environment(own: Environment): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !name.startsWith("VOORZORG_") && name !== "INIT_CWD",
  );
  return {
    ...Object.fromEntries(inherited),
    VOORZORG_CLOCK: "event",
    VOORZORG_MQTT_PORT: "0",
    VOORZORG_HTTP_PORT: "0",
    ...own,
  };
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly ms: number;
}

interface Addresses {
  readonly pid: number;
  readonly http: string;
  readonly mqtt: string;
  readonly signInLink: string;
}

/** A gateway as a process of its own, with `gateway/src/main.ts` as its entry. */
export class GatewayProcess implements AsyncDisposable {
  readonly dataDir: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<Ended>;
  readonly #ownFolder: boolean;
  #stdout = "";
  #stderr = "";
  #addresses: Addresses | undefined;

  private constructor(env: Environment, dataDir: string | undefined) {
    this.#ownFolder = dataDir === undefined;
    this.dataDir = dataDir ?? mkdtempSync(join(tmpdir(), "voorzorg-process-"));
    const startedAt = performance.now();
    this.#child = spawn(process.execPath, [MAIN], {
      env: environment({ VOORZORG_DATA_DIR: this.dataDir, ...env }),
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.#stdout += text;
    });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr += text;
    });
    // `close`, not `exit`: by then all output has been read.
    this.#ended = once(this.#child, "close").then(([code, signal]) => ({
      code: code as number | null,
      signal: signal as NodeJS.Signals | null,
      ms: performance.now() - startedAt,
    }));
  }

  /** Resolves when the gateway is ready; fails with its output if it ends instead. */
  static async start(env: Environment = {}, dataDir?: string): Promise<GatewayProcess> {
    const gateway = new GatewayProcess(env, dataDir);
    await gateway.#ready();
    return gateway;
  }

  /** For starts that must fail: resolves with the end. */
  static async refused(
    env: Environment,
    dataDir?: string,
  ): Promise<Ended & { readonly stderr: string; readonly stdout: string }> {
    await using gateway = new GatewayProcess(env, dataDir);
    const late = setTimeout(() => gateway.#child.kill("SIGKILL"), START_WITHIN_MS);
    const ended = await gateway.#ended;
    clearTimeout(late);
    return { ...ended, stderr: gateway.stderr, stdout: gateway.#stdout };
  }

  get addresses(): Addresses {
    if (this.#addresses === undefined) throw new Error("the gateway is not ready");
    return this.#addresses;
  }

  get stderr(): string {
    return this.#stderr;
  }

  get logs(): readonly LogLine[] {
    const lines = this.#stdout.split("\n").slice(0, -1);
    return lines.map((line) => JSON.parse(line) as LogLine);
  }

  get ended(): Promise<Ended> {
    return this.#ended;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Resolves with how it ended and how long that took from the signal on. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<Ended> {
    const from = performance.now();
    this.#child.kill(signal);
    const ended = await this.#ended;
    return { ...ended, ms: performance.now() - from };
  }

  fetch(path: string, init: RequestInit & { token?: string } = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set("authorization", `Bearer ${init.token ?? ADMIN_TOKEN}`);
    return fetch(`${this.addresses.http}${path}`, { ...init, headers });
  }

  async json<T>(path: string, token = ADMIN_TOKEN): Promise<T> {
    return (await (await this.fetch(path, { token })).json()) as T;
  }

  async post(path: string, body: unknown): Promise<Response> {
    const headers = { "content-type": "application/json" };
    return this.fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
  }

  /** Asks until `found` is content; fails with what was seen last. */
  async eventually<T>(
    path: string,
    found: (answer: T) => boolean,
    token = ADMIN_TOKEN,
  ): Promise<T> {
    const deadline = performance.now() + EVENTUALLY_MS;
    for (;;) {
      const answer = await this.json<T>(path, token);
      if (found(answer)) return answer;
      if (performance.now() > deadline) {
        throw new Error(`${path} never became as expected: ${JSON.stringify(answer)}`);
      }
      await sleep(50);
    }
  }

  /** Every line of `/metrics` by its name and labels, without the common prefix. */
  async metrics(): Promise<ReadonlyMap<string, number>> {
    const text = await (await this.fetch("/metrics")).text();
    const lines = text.split("\n").filter((line) => line.startsWith("voorzorg_"));
    return new Map(
      lines.map((line) => {
        const at = line.lastIndexOf(" ");
        return [line.slice("voorzorg_".length, at), Number(line.slice(at + 1))];
      }),
    );
  }

  async #ready(): Promise<void> {
    const deadline = performance.now() + START_WITHIN_MS;
    while (performance.now() < deadline && this.running) {
      const addresses = readAddresses(this.dataDir);
      // A file of an earlier run names another process; what is printed for people comes last.
      if (addresses?.pid === this.#child.pid && this.#stderr.includes("Devices")) {
        this.#addresses = addresses;
        return;
      }
      await sleep(25);
    }
    this.#child.kill("SIGKILL");
    await this.#ended;
    throw new Error(`the gateway did not start:\n${this.#stderr}\n${this.#stdout}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // A stopped process would not see a milder signal.
    if (this.running) await this.stop("SIGKILL");
    await this.#ended;
    if (this.#ownFolder) rmSync(this.dataDir, { recursive: true, force: true });
  }
}

function readAddresses(dataDir: string): Addresses | undefined {
  try {
    return JSON.parse(readFileSync(join(dataDir, "gateway.json"), "utf8")) as Addresses;
  } catch {
    // Not there, or half written.
    return undefined;
  }
}

/** Folders with the test boiler's product and rules, and the variables that name them. */
export function boilerFolders(parent: string): Environment {
  const products = join(parent, "products");
  const rules = join(parent, "rules");
  mkdirSync(products, { recursive: true });
  mkdirSync(rules, { recursive: true });
  writeFileSync(join(products, "boiler.yaml"), BOILER_PRODUCT.text);
  writeFileSync(join(rules, "boiler.yaml"), BOILER_RULES.text);
  return { VOORZORG_PRODUCTS_DIR: products, VOORZORG_RULES_DIR: rules };
}

export interface JournalLine {
  readonly offset: number;
  readonly kind: string;
  readonly device?: string;
  readonly class?: string;
  readonly boot?: number;
  readonly seq?: number;
}

/** What `admin journal list` says of a data folder. */
export async function journalOf(dataDir: string): Promise<readonly JournalLine[]> {
  const run = promisify(execFile);
  const args = [ADMIN, "journal", "list", "--data", dataDir];
  const { stdout } = await run(process.execPath, args, { maxBuffer: 256 * 1024 ** 2 });
  return stdout
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as JournalLine);
}
