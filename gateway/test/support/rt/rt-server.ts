import type { ChildProcess } from "node:child_process";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { RtAgent } from "./rt-agent.ts";
import { siteConfig } from "./rt-config.ts";
import type { RtSeed, RtTemplate } from "./rt-template.ts";
import { rtEnvironment, rtTemplate } from "./rt-template.ts";

const START_WITHIN_MS = 30_000;
const SERVER = "/usr/share/request-tracker5/libexec/rt-server";

export interface RtOptions {
  /** Requests at the same time; default 2. */
  readonly workers?: number;
  /** Where changes of agents are told, as signed webhooks. */
  readonly hook?: { readonly url: string; readonly secret: string };
}

/**
 * Debian's Request Tracker 5 on a port and in a folder of its own, with two queues for the gateway, one
 * that it may not see, and two agents. Stopped, it can be started again with its tickets.
 */
export class RtServer implements AsyncDisposable {
  readonly url: string;
  readonly seed: RtSeed;
  readonly #port: number;
  readonly #folder: string;
  readonly #template: RtTemplate;
  readonly #options: RtOptions;
  #child: ChildProcess | undefined;
  #output = "";

  private constructor(port: number, template: RtTemplate, options: RtOptions) {
    this.#port = port;
    this.#template = template;
    this.#options = options;
    this.url = `http://127.0.0.1:${port}`;
    this.seed = template.seed;
    this.#folder = mkdtempSync(join(tmpdir(), "voorzorg-rt-desk-"));
    for (const name of ["site.d", "session"]) mkdirSync(join(this.#folder, name));
    mkdirSync(template.pages, { recursive: true });
    symlinkSync(template.pages, join(this.#folder, "mason"));
    writeFileSync(
      join(this.#folder, "RT_SiteConfig.pm"),
      siteConfig({ folder: this.#folder, port }),
    );
  }

  static async start(options: RtOptions = {}): Promise<RtServer> {
    const rt = new RtServer(await freePort(), await rtTemplate(), options);
    try {
      copyFileSync(rt.#template.database, join(rt.#folder, "rt.sqlite3"));
      await rt.resume();
    } catch (error) {
      await rt[Symbol.asyncDispose]();
      throw error;
    }
    return rt;
  }

  /** Token of the gateway's own user. */
  get token(): string {
    return this.tokenOf("gateway-bot");
  }

  tokenOf(user: string): string {
    const token = this.seed.tokens[user];
    if (token === undefined) throw new Error(`the seed has no user ${user}`);
    return token;
  }

  as(user: "gateway-bot" | "agent.anna" | "agent.ben"): RtAgent {
    return new RtAgent(`${this.url}/REST/2.0`, this.tokenOf(user));
  }

  /** Starts it with the tickets that it has. */
  async resume(): Promise<void> {
    const { hook, workers = 2 } = this.#options;
    const env = {
      ...process.env,
      ...rtEnvironment(this.#folder),
      ...(hook === undefined
        ? {}
        : { VOORZORG_HOOK_URL: hook.url, VOORZORG_HOOK_SECRET: hook.secret }),
    };
    const where = ["--server", "Starlet", "--host", "127.0.0.1", "--port", String(this.#port)];
    const limits = ["--max-workers", String(workers), "--max-reqs-per-child", "100000"];
    const child = spawn("perl", [SERVER, ...where, ...limits, "--timeout", "30"], {
      env,
      stdio: ["ignore", "pipe", "pipe"],
      // A group of its own, so that its workers end with it.
      detached: true,
    });
    this.#child = child;
    this.#output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.#output = (this.#output + text).slice(-10_000);
      });
    }
    await this.#ready(child);
  }

  /** Nobody listens any more; the tickets stay. */
  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill("SIGTERM");
    await Promise.race([gone, sleep(2_000, undefined, { ref: false })]);
    signalGroup(child.pid);
    await gone;
  }

  /** As freshly started, without tickets. */
  async reset(): Promise<void> {
    await this.stop();
    for (const name of readdirSync(this.#folder)) {
      if (/^rt\.sqlite3|\.mbox$/.test(name)) rmSync(join(this.#folder, name));
    }
    copyFileSync(this.#template.database, join(this.#folder, "rt.sqlite3"));
    await this.resume();
  }

  /** All mails that RT would have sent since the start. */
  mails(): string {
    const boxes = readdirSync(this.#folder).filter((name) => name.endsWith(".mbox"));
    return boxes.map((name) => readFileSync(join(this.#folder, name), "utf8")).join("\n");
  }

  /** Runs Perl with RT loaded and `$system` as its all-powerful user; for what no agent may do. */
  async administer(perl: string): Promise<void> {
    const head =
      "use lib '/usr/share/request-tracker5/lib'; use RT; RT->LoadConfig; RT->Init; my $system = RT->SystemUser;";
    const env = { ...process.env, ...rtEnvironment(this.#folder) };
    await promisify(execFile)("perl", ["-e", `${head}\n${perl}`], { env });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #ready(child: ChildProcess): Promise<void> {
    const ended = once(child, "exit").then(() => true);
    const giveUpAt = performance.now() + START_WITHIN_MS;
    while (performance.now() < giveUpAt) {
      const up = await fetch(`${this.url}/REST/2.0/rt`).then(
        (response) => response.status === 401,
        () => false,
      );
      if (up) return;
      if (await Promise.race([ended, sleep(50, false)])) break;
    }
    throw new Error(`Request Tracker did not start: ${this.#output}`);
  }
}

/** One Request Tracker for a test file. */
export const startRt = (options: RtOptions = {}): Promise<RtServer> => RtServer.start(options);

function signalGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // All of them have gone.
  }
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
