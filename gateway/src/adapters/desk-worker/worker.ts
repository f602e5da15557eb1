import { randomInt } from "node:crypto";
import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { compileRuleset } from "#domain/rules/compile.ts";
import { DeskBridge } from "#pipeline/desk/desk-bridge.ts";
import { createDossierSource } from "#pipeline/dossier/dossier-source.ts";
import type { Desk } from "#ports/desk.ts";
import type { HookAnswer } from "#ports/desk-side.ts";
import { loadAnswerSecret } from "../answer-links/answer-secret.ts";
import { signAnswer } from "../answer-links/sign-answer.ts";
import { SqliteEventFeed } from "../cases-sqlite/event-feed.ts";
import { SqliteCaseReader } from "../cases-sqlite/sqlite-case-reader.ts";
import { createChartDrawer } from "../chart-png/chart-png.ts";
import { isHookSource, isHookVerifier } from "../desk-http/hook.ts";
import { SqliteDeskStore } from "../desk-sqlite/sqlite-desk-store.ts";
import { SystemClock } from "../system-clock/system-clock.ts";
import { Calls } from "./calls.ts";
import { createDesk } from "./create-desk.ts";
import { mainLog, mainMetrics } from "./main-ports.ts";
import type { DeskThread, DeskWorkerData, MainSide } from "./messages.ts";

const { dataDir, desks, products, rules, publicUrl, worker } = workerData as DeskWorkerData;
const port = parentPort;
if (port === null) throw new Error("desk-worker is started by the gateway, as a worker thread");

const clock = new SystemClock();
const closing = new AbortController();
const casesPath = join(dataDir, "cases.db");
const cases = new SqliteCaseReader(casesPath);
const feed = new SqliteEventFeed(casesPath);
const store = new SqliteDeskStore(join(dataDir, "desk.db"));
const answerSecret = await loadAnswerSecret(dataDir);
const compiled = compileRuleset({ products, rules, hash: "" });
if (!compiled.ok) throw new Error("the ruleset was checked by the gateway and cannot be wrong");
const inForce = [...compiled.ruleset.products.values()];
const catalogue = {
  products: inForce.map(({ model }) => model),
  rules: inForce.flatMap((product) => product.rules.map(({ rule }) => rule)),
};

const live = desks.map(({ settings, secrets }) => ({
  settings,
  secrets,
  desk: createDesk({ settings, secrets, clock, signal: closing.signal }),
}));
const styleOf = (name: string) => live.find(({ settings }) => settings.name === name)?.settings;

const own: DeskThread = {
  start: async () => bridge.start(),
  changed: () => bridge.follow(),
  status: async () => bridge.status(),
  hook: async ({ desk, headers, body }) => {
    const found = live.find(({ settings }) => settings.name === desk);
    if (found === undefined) return "no_such_desk";
    if (found.secrets.hookSecret === "") return "no_hooks";
    return hooked(desk, found.desk, { headers, body });
  },
  retry: async ({ desk, subject }) => bridge.retry(desk, subject),
  check: ({ desk }) => bridge.check(desk),
  close: async () => {
    await bridge.stop();
    closing.abort(new Error("the gateway stops"));
    for (const one of [store, feed, cases]) one[Symbol.dispose]();
  },
};

const calls = new Calls<DeskThread, MainSide>(port, own);

const bridge = new DeskBridge({
  desks: live,
  feed,
  cases,
  dossiers: createDossierSource({
    cases,
    series: { read: (query) => calls.call("series", query) },
    catalogue: () => catalogue,
    charts: createChartDrawer(),
    signAnswer: (caseId, expiresAt) => signAnswer(answerSecret, caseId, expiresAt),
    publicUrl,
    desk: styleOf,
    clock,
    breathe: () => clock.sleep(0),
  }),
  act: (id, by, action) => calls.call("act", { id, by, action }),
  store,
  clock,
  log: mainLog(calls),
  metrics: mainMetrics(calls),
  worker,
  random: () => randomInt(2 ** 32) / 2 ** 32,
  onState: (desk, reason = "") => void calls.call("trouble", { desk, reason }),
});

type Told = { readonly headers: Readonly<Record<string, string>>; readonly body: Uint8Array };

async function hooked(name: string, desk: Desk, { headers, body }: Told): Promise<HookAnswer> {
  if (isHookSource(desk)) {
    const parsed = desk.parseHook(headers, body, clock.now());
    if (parsed.kind === "refused") return parsed.code;
    await bridge.receive(name, parsed.changes);
    return "taken";
  }
  if (!isHookVerifier(desk)) return "no_hooks";
  if (!desk.verifyHook(headers, body, clock.now())) return "forged";
  bridge.wake(name);
  return "taken";
}
