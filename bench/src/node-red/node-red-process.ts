import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdir, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { monotonicMs, Random, sleepMs } from "@voorzorg/device-sim";
import type { BenchContext } from "../bench.ts";
import { BenchError } from "../bench.ts";
import { RawDevice } from "../devices/raw-device.ts";
import { OutputTail } from "../output-tail.ts";
import type { FlowOptions } from "./flow.ts";
import { COUNTERS_PATH, flowOf } from "./flow.ts";

/** Pinned, so that figures of different days are of the same programs. */
const PACKAGES = {
  "node-red": "5.0.7",
  "node-red-contrib-aedes": "0.6.0",
  "node-red-contrib-influxdb": "0.7.0",
} as const;
const READY_WITHIN_MS = 60_000;

export const NODE_RED_NAME = `Node-RED ${PACKAGES["node-red"]} (aedes node ${PACKAGES["node-red-contrib-aedes"]}, influxdb node ${PACKAGES["node-red-contrib-influxdb"]})`;

/** Into a folder outside of the project, which knows nothing of it. @throws BenchError when npm cannot. */
export async function installNodeRed(folder: string, context: BenchContext): Promise<void> {
  if (await stat(join(folder, "node_modules/node-red")).catch(() => undefined)) return;
  context.out(`installing Node-RED into ${folder}`);
  await mkdir(folder, { recursive: true });
  const manifest = { name: "bench-node-red", private: true, dependencies: PACKAGES };
  await writeFile(join(folder, "package.json"), JSON.stringify(manifest));
  const args = ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", folder];
  const npm = spawn("npm", args, {
    cwd: folder,
    env: { ...environment(context), INIT_CWD: folder },
    stdio: ["ignore", "pipe", "pipe"],
    signal: context.signal,
  });
  const tail = new OutputTail(npm);
  const [code] = (await once(npm, "close")) as [number | null];
  if (code !== 0) {
    throw new BenchError(
      `npm could not install Node-RED (it needs a registry with ${Object.keys(PACKAGES).join(", ")}); its last output:\n${tail.text}`,
    );
  }
}

/** Node-RED runs on the Node that runs the bench; settings of the npm that started us are not meant for it. */
function environment({ env, node }: BenchContext): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(
    ([name]) => !/^npm_(config|package|lifecycle)_/.test(name),
  );
  return { ...Object.fromEntries(kept), PATH: `${dirname(node)}:${env.PATH ?? ""}` };
}

export interface NodeRedOptions extends FlowOptions {
  /** Where it is installed. */
  readonly folder: string;
  /** Its settings and its flow. */
  readonly userDir: string;
  readonly httpPort: number;
}

/** Node-RED with the flow of the comparison, in a process of its own. */
export class NodeRedProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #options: NodeRedOptions;

  private constructor(child: ChildProcess, options: NodeRedOptions) {
    this.#child = child;
    this.#options = options;
  }

  /** @throws BenchError when it does not answer in time. */
  static async start(options: NodeRedOptions, context: BenchContext): Promise<NodeRedProcess> {
    const { folder, httpPort, userDir } = options;
    await mkdir(userDir, { recursive: true });
    // It looks for nodes in its user's folder only.
    await symlink(join(folder, "node_modules"), join(userDir, "node_modules"));
    await copyFile(join(folder, "package.json"), join(userDir, "package.json"));
    const settings = {
      uiHost: "127.0.0.1",
      uiPort: httpPort,
      flowFile: "flows.json",
      credentialSecret: false,
      disableEditor: true,
      httpAdminRoot: false,
      telemetry: { enabled: false },
      mqttReconnectTime: 500,
      logging: { console: { level: "warn", metrics: false, audit: false } },
    };
    await writeFile(
      join(userDir, "settings.js"),
      `module.exports = ${JSON.stringify(settings)};\n`,
    );
    await writeFile(join(userDir, "flows.json"), JSON.stringify(flowOf(options)));
    const program = join(folder, "node_modules/node-red/red.js");
    const child = spawn(context.node, [program, "--userDir", userDir], {
      // A flow file of that name in the current folder would win.
      cwd: userDir,
      env: environment(context),
      stdio: ["ignore", "pipe", "pipe"],
    });
    const tail = new OutputTail(child);
    const started = new NodeRedProcess(child, options);
    const ready = await started.#works(() => child.exitCode !== null || context.signal.aborted);
    if (ready) return started;
    await started[Symbol.asyncDispose]();
    context.signal.throwIfAborted();
    throw new BenchError(`Node-RED did not start; its last output:\n${tail.text}`);
  }

  /** True once a message has gone all the way through the flow: its nodes start one after the other. */
  async #works(isOver: () => boolean): Promise<boolean> {
    const device = new RawDevice({
      host: "127.0.0.1",
      port: this.#options.mqttPort,
      localAddress: undefined,
      product: "probe",
      device: "probe",
      password: undefined,
      boot: 1,
      random: new Random(1),
    });
    void device.open();
    const endMs = monotonicMs() + READY_WITHIN_MS;
    try {
      while (monotonicMs() < endMs && !isOver()) {
        device.send();
        await sleepMs(200);
        if ((await this.processed().catch(() => 0)) > 0) return true;
      }
      return false;
    } finally {
      device.close();
    }
  }

  get mqttUrl(): string {
    return `mqtt://127.0.0.1:${this.#options.mqttPort}`;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Messages that went through the function with the rules. */
  async processed(): Promise<number> {
    const answer = await fetch(`http://127.0.0.1:${this.#options.httpPort}${COUNTERS_PATH}`);
    return ((await answer.json()) as { readonly processed: number }).processed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
  }
}
