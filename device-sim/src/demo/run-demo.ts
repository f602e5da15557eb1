import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openAckLog, readAckLog } from "../ack-log.ts";
import type { Terminal } from "../cli/command.ts";
import { Fleet } from "../fleet/fleet.ts";
import { planFleet, repeatTroubles } from "../fleet/plan.ts";
import type { TruthRow } from "../fleet/truth.ts";
import { GatewayChild } from "../gateway-child.ts";
import { instantMs, untilQuiet } from "../gateway-http.ts";
import type { CasePage } from "../gateway-views.ts";
import { PRODUCTS } from "../models/make-appliance.ts";
import { Random } from "../random.ts";
import { abortAfter } from "../wall-clock.ts";
import type { DemoResult } from "./proof.ts";
import { countCases, duplicateCases, lostMessages, quantile, unproved } from "./proof.ts";
import { SentLog } from "./sent-log.ts";
import { Story } from "./story.ts";

export interface DemoOptions {
  /** End by itself and judge the outcome. */
  readonly once: boolean;
  readonly seed: number;
  readonly devices: number;
  readonly days: number;
  /** Simulated over wall time when it goes on. */
  readonly acceleration: number;
}

const DAY_MS = 86_400_000;
/** A Monday at midnight: the same seed tells the same story on any day. */
const START_MS = Date.UTC(2026, 2, 2);
/** The whole demonstration ends within a minute, also on a slow machine. */
const FLEET_LIMIT_MS = 40_000;
const WISHED_HTTP_PORT = 8080;
/** Days of trouble prepared for a demonstration that goes on. */
const LONG_DAYS = 200;

interface Stage {
  readonly gateway: GatewayChild;
  readonly story: Story;
  readonly sent: SentLog;
  readonly ackFile: string;
}

/** @returns the exit code: 0 only if the loop was proved, or, without `once`, when stopped in order. */
export async function runDemo(options: DemoOptions, terminal: Terminal): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "voorzorg-demo-"));
  try {
    const httpPort = !options.once && (await isFree(WISHED_HTTP_PORT)) ? WISHED_HTTP_PORT : 0;
    await using gateway = await GatewayChild.start(terminal.machine, { httpPort });
    const ackFile = join(folder, "acks.ndjson");
    await using acks = await openAckLog(ackFile);
    const story = new Story(gateway.http, terminal.out);
    greet(options, gateway, terminal);
    const stage: Stage = { gateway, story, sent: new SentLog(acks), ackFile };
    const deaf = new AbortController();
    const listening = story.listen(deaf.signal);
    const truth = await Promise.race([live(options, stage, terminal), gateway.died]);
    await untilQuiet(gateway.http);
    const cases = await story.finish();
    deaf.abort();
    await listening;
    const result = await prove(stage, cases, truth);
    return conclude(options, result, terminal);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function greet(options: DemoOptions, gateway: GatewayChild, terminal: Terminal): void {
  const { devices, seed, days, once } = options;
  terminal.out(`Console  ${gateway.httpUrl}`);
  if (gateway.signInLink !== undefined) terminal.out(`Sign in  ${gateway.signInLink}`);
  const span = once ? `${days} simulated days` : "until Ctrl-C";
  terminal.out(`${devices} devices, seed ${seed}, ${span}. Times are simulated.`);
  terminal.out("");
}

async function live(
  options: DemoOptions,
  { gateway, sent }: Stage,
  terminal: Terminal,
): Promise<readonly TruthRow[]> {
  const { once, days, devices } = options;
  const random = new Random(options.seed);
  const endMs = START_MS + days * DAY_MS;
  const plan = { products: PRODUCTS, devices, startMs: START_MS, endMs, random };
  const plans = planFleet({ ...plan, wrongClocks: false });
  const progress = progressOf(options, endMs, terminal);
  const fleet = new Fleet({
    plans: once ? plans : repeatTroubles(plans, { random, fromMs: endMs, days: LONG_DAYS }),
    mqttUrl: gateway.mqttUrl,
    startMs: START_MS,
    endMs: once ? endMs : Number.POSITIVE_INFINITY,
    random,
    acks: sent,
    gateway: gateway.http,
    register: true,
    lockstep: true,
    acceleration: once ? Number.POSITIVE_INFINITY : options.acceleration,
    pacedFromMs: START_MS + DAY_MS,
    signal: once ? AbortSignal.any([terminal.signal, abortAfter(FLEET_LIMIT_MS)]) : terminal.signal,
    onProgress: progress,
  });
  await fleet.run();
  return fleet.truth.rows();
}

/** A bar for those who watch, a line per simulated day for logs. */
function progressOf(
  { once, days }: DemoOptions,
  endMs: number,
  terminal: Terminal,
): (nowMs: number) => void {
  let lastDay = 0;
  return (nowMs) => {
    const day = Math.floor((nowMs - START_MS) / DAY_MS);
    if (terminal.progress !== undefined) {
      const share = Math.min(1, (nowMs - START_MS) / (endMs - START_MS));
      const bar = `[${"#".repeat(Math.round(share * 30)).padEnd(30, ".")}]`;
      const clock = new Date(nowMs).toISOString().slice(0, 16).replace("T", " ");
      terminal.progress(once ? `${bar} ${clock}` : clock);
    } else if (day > lastDay) {
      terminal.out(once ? `-- day ${day} of ${days} is over` : `-- day ${day} is over`);
    }
    lastDay = day;
  };
}

/** From the log of PUBACKs, the ground truth and the journal; never from the gateway's counters. */
async function prove(
  { gateway, story, sent, ackFile }: Stage,
  cases: readonly CasePage[],
  truth: readonly TruthRow[],
): Promise<DemoResult> {
  await sent.flushed();
  const acked = await readAckLog(ackFile);
  const latencies = cases.flatMap((one) => {
    const heardAtMs = story.heardAtMs.get(one.id);
    const sentAtMs = sent.decidingSentAt(one.device, instantMs(one.openedAt));
    return heardAtMs === undefined || sentAtMs === undefined ? [] : [heardAtMs - sentAtMs];
  });
  return {
    messages: acked.length,
    quarantined: await gateway.http.quarantined(),
    ...countCases(cases),
    lostMessages: await lostMessages(acked, gateway.journal()),
    duplicateCases: duplicateCases(cases, truth),
    readingToCaseMsP99: quantile(latencies, 0.99),
  };
}

function conclude({ once }: DemoOptions, result: DemoResult, terminal: Terminal): number {
  const missing = unproved(result);
  terminal.out("");
  if (once && missing.length > 0) terminal.err(`The loop was not proved: ${missing.join("; ")}.`);
  terminal.out(JSON.stringify(result));
  return once && missing.length > 0 ? 1 : 0;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
