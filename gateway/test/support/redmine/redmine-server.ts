import type { ChildProcess } from "node:child_process";
import { execFile, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { RedmineAgent } from "./redmine-agent.ts";
import type { RedmineSeed } from "./redmine-seed.ts";
import { redmineSeed } from "./redmine-seed.ts";

const run = promisify(execFile);

const APP = "/usr/share/redmine";
/** Debian's Redmine looks for the folder of an instance here, and nowhere else. */
const INSTANCES = "/var/lib/redmine";
const START_WITHIN_MS = 60_000;
const SEED_SCRIPT = join(import.meta.dirname, "seed.rb");

/**
 * A real Redmine 5 from Debian's packages, with a folder, database and port of its own. `stop` and
 * `resume` keep its tickets.
 */
export class RedmineServer implements AsyncDisposable {
  readonly url: string;
  readonly seed: RedmineSeed;
  readonly anna: RedmineAgent;
  readonly ben: RedmineAgent;
  /** The gateway's own user, to look at what the connector did. */
  readonly bot: RedmineAgent;
  readonly #port: number;
  readonly #place: Place;
  #child: ChildProcess | undefined;
  #output = "";

  constructor(place: Place, port: number, seed: RedmineSeed) {
    this.#place = place;
    this.#port = port;
    this.seed = seed;
    this.url = `http://127.0.0.1:${port}`;
    this.anna = new RedmineAgent(this.url, seed, seed.people.anna);
    this.ben = new RedmineAgent(this.url, seed, seed.people.ben);
    this.bot = new RedmineAgent(this.url, seed, seed.people.bot);
  }

  async resume(): Promise<void> {
    const args = [
      "-e",
      "production",
      "-b",
      `tcp://127.0.0.1:${this.#port}`,
      "-t",
      "1:4",
      "-w",
      "0",
    ];
    const child = spawn("puma", [...args, "--dir", APP], {
      cwd: APP,
      env: this.#place.env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    this.#output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.#output = (this.#output + text).slice(-10_000);
      });
    }
    const failed = once(child, "error").then(([cause]) => {
      throw new Error(`puma cannot be run: ${INSTALL}`, { cause });
    });
    await Promise.race([failed, this.#answers(child)]);
  }

  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  }

  /** What only an administrator can do, in the database: e.g. take a right from a role. */
  sql(statement: string, ...values: readonly (string | number)[]): void {
    const database = new DatabaseSync(join(this.#place.folder, "redmine.sqlite3"));
    database.exec("PRAGMA busy_timeout = 5000");
    database.prepare(statement).run(...values);
    database.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    this.#place[Symbol.dispose]();
  }

  async #answers(child: ChildProcess): Promise<void> {
    const deadline = performance.now() + START_WITHIN_MS;
    while (performance.now() < deadline && child.exitCode === null) {
      try {
        const { status } = await this.bot.request("GET", "/users/current.json");
        if (status === 200) return;
      } catch {
        // Not listening yet.
      }
      await sleep(100);
    }
    throw new Error(`Redmine did not start:\n${this.#output}`);
  }
}

const INSTALL = "scripts/integration-setup.sh installs Redmine";

/** Starts one; the first start on a machine fills a database (about 15 s), later ones copy it. */
export async function startRedmine(): Promise<RedmineServer> {
  if (!existsSync(APP)) throw new Error(`there is no ${APP}: ${INSTALL}`);
  const place = new Place();
  try {
    const server = new RedmineServer(place, await freePort(), await fill(place));
    await server.resume();
    return server;
  } catch (error) {
    place[Symbol.dispose]();
    throw error;
  }
}

/** Folder of one instance, and its link where Debian's Redmine finds it. */
class Place implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), "voorzorg-redmine-"));
  readonly env: NodeJS.ProcessEnv;
  readonly #link: string;

  constructor() {
    const name = `voorzorg-test-${randomBytes(6).toString("hex")}`;
    this.#link = join(INSTANCES, name);
    for (const sub of ["config", "files", "log", "tmp/pids", "tmp/cache", "public/plugin_assets"]) {
      mkdirSync(join(this.folder, sub), { recursive: true });
    }
    const config = (file: string, text: string) =>
      writeFileSync(join(this.folder, "config", file), text);
    config(
      "database.yml",
      `production:\n  adapter: sqlite3\n  database: ${this.folder}/redmine.sqlite3\n  timeout: 15000\n`,
    );
    config("configuration.yml", "default:\n  email_delivery:\n    delivery_method: :test\n");
    config("secret_key.txt", randomBytes(32).toString("hex"));
    removeDeadLinks();
    symlinkSync(this.folder, this.#link);
    this.env = {
      ...process.env,
      REDMINE_INSTANCE: name,
      RAILS_ENV: "production",
      // Debian's own bundler: the newer one of ruby's security update does not find Debian's gems.
      BUNDLER_VERSION: "2.3.15",
      // The application's folder belongs to the package: no schema is dumped into it.
      SCHEMA: "/dev/null",
      RUBYOPT: "-W0",
    };
  }

  [Symbol.dispose](): void {
    rmSync(this.#link, { force: true });
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Left by tests that were killed. */
function removeDeadLinks(): void {
  for (const name of readdirSync(INSTANCES)) {
    const link = join(INSTANCES, name);
    if (name.startsWith("voorzorg-test-") && !existsSync(link)) rmSync(link, { force: true });
  }
}

async function fill({ folder, env }: Place): Promise<RedmineSeed> {
  const version = createHash("sha256").update(readFileSync(SEED_SCRIPT)).digest("hex").slice(0, 16);
  const template = join(tmpdir(), `voorzorg-redmine-template-${version}`);
  const database = join(folder, "redmine.sqlite3");
  if (!existsSync(template)) {
    const options = { cwd: APP, env, maxBuffer: 10_000_000 };
    await run("bundle", ["exec", "rake", "db:migrate"], options);
    const { stdout } = await run("bundle", ["exec", "rails", "runner", SEED_SCRIPT], options);
    const json = stdout.trim().split("\n").at(-1) ?? "";
    const made = mkdtempSync(join(tmpdir(), "voorzorg-redmine-template-"));
    const filled = new DatabaseSync(database);
    // Readers do not wait for writers then; with one user at a time a test would see no difference.
    filled.exec("PRAGMA journal_mode = WAL; PRAGMA wal_checkpoint(TRUNCATE)");
    filled.close();
    copyFileSync(database, join(made, "redmine.sqlite3"));
    writeFileSync(join(made, "seed.json"), json);
    try {
      renameSync(made, template);
    } catch {
      // Another test run was faster, with the same.
      rmSync(made, { recursive: true, force: true });
    }
    return redmineSeed.parse(JSON.parse(json));
  }
  copyFileSync(join(template, "redmine.sqlite3"), database);
  return redmineSeed.parse(JSON.parse(readFileSync(join(template, "seed.json"), "utf8")));
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
