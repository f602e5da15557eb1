import type { DurationMs } from "#domain/units.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "#domain/units.ts";
import type { DeskCapabilities, DeskChange } from "#ports/desk.ts";
import { SqliteDeskStore } from "../../src/adapters/desk-sqlite/sqlite-desk-store.ts";
import { dossierOf } from "./desk-plant.ts";
import { DeskRig } from "./desk-rig.ts";
import type { FakeFault } from "./fake-desk.ts";
import type { FakeDeskWorld, FakeTicket } from "./fake-desk-world.ts";
import { isClosed } from "./fake-desk-world.ts";
import { prng } from "./prng.ts";

export const SIM_KINDS = [
  ...(["open", "recover", "refire", "evidence", "worse"] as const),
  ...(["take", "give_back", "comment", "resolve", "reject", "reopen"] as const),
  ...(["severity", "verdict", "move", "lose_reference"] as const),
] as const;

export interface SimStep {
  readonly afterMs: DurationMs;
  readonly case: number;
  readonly kind: (typeof SIM_KINDS)[number];
}

export interface Simulation {
  readonly steps: readonly SimStep[];
  readonly seed: number;
  readonly capabilities: Partial<DeskCapabilities>;
  readonly bridges: number;
  /** One file for all bridges, or one each. */
  readonly shared: boolean;
  readonly rule?: (change: DeskChange, world: FakeDeskWorld) => void;
  readonly restMs?: DurationMs;
}

/** Plays it, lets everything come to rest without faults, and answers what is wrong then. */
export async function simulate(sim: Simulation): Promise<readonly string[]> {
  const random = prng(sim.seed);
  const faulty = { is: true };
  const fault = (call: string): FakeFault => {
    const point = random();
    if (!faulty.is || point > 0.25) return "none";
    if (point < 0.1) return "cut";
    if (point < 0.15) return "drop";
    return call === "changes" || point < 0.2 ? "later" : "busy";
  };
  await using rig = new DeskRig({
    capabilities: sim.capabilities,
    desk: { fault, latencyMs: () => 20 + random() * 600 },
    settings: { pollEveryMs: MINUTE_MS, comments: { everyMs: 30 * MINUTE_MS, perDay: 6 } },
  });
  const overwritten = watchAgents(rig.world);
  if (sim.rule !== undefined) {
    const { rule } = sim;
    rig.world.automation = (change) => rule(change, rig.world);
  }
  const store = new SqliteDeskStore(":memory:");
  for (let n = 0; n < sim.bridges; n++) rig.start(sim.shared ? { store } : {});
  await rig.pass(MINUTE_MS);
  for (const [n, step] of sim.steps.entries()) {
    await rig.pass(step.afterMs);
    play(rig, step, n);
  }
  faulty.is = false;
  await rig.pass(sim.restMs ?? 2 * HOUR_MS);
  return [...overwritten, ...wrong(rig, sim)];
}

function play(rig: DeskRig, { kind, case: number }: SimStep, n: number): void {
  const id = `c-${number}`;
  const { plant, world } = rig;
  const view = plant.cases.get(id);
  if (view === undefined) {
    plant.open(id, { severity: "normal" });
    return;
  }
  if (kind === "recover") plant.recover(id);
  if (kind === "refire") plant.refire(id);
  if (kind === "worse") {
    plant.patch(id, { severity: view.severity === "normal" ? "urgent" : "safety" });
  }
  if (kind === "evidence" || kind === "worse") plant.evidence(id);
  const ticket = world.live().find((one) => one.reference === id);
  if (ticket !== undefined) agentDoes(world, ticket, kind, n);
}

function agentDoes(
  { agent }: FakeDeskWorld,
  { id, status }: FakeTicket,
  kind: SimStep["kind"],
  n: number,
): void {
  if (kind === "take") agent.own(id, "anna", "anna");
  if (kind === "give_back") agent.own(id, "anna", "");
  if (kind === "comment") agent.comment(id, "anna", `note ${n}`);
  if (kind === "resolve") agent.status(id, "anna", "resolved");
  if (kind === "reject") agent.status(id, "anna", "rejected");
  if (kind === "reopen" && isClosed(status)) agent.status(id, "anna", "open");
  if (kind === "severity") agent.severity(id, "anna", `anna-${n}`);
  if (kind === "verdict") agent.verdict(id, "anna", "confirmed");
  if (kind === "move") agent.move(id, "anna", `queue ${n}`);
  if (kind === "lose_reference") agent.reference(id, "anna", "");
}

/** What an agent set is only changed by the gateway where it may: a reopening, or a status of its own. */
function watchAgents(world: FakeDeskWorld): readonly string[] {
  const wrongs: string[] = [];
  const update = world.update.bind(world);
  world.update = (id, change) => {
    const before = world.ticket(id);
    update(id, change);
    const after = world.ticket(id);
    const byAgent = world.changes.filter((one) => one.ticket === before.id && !one.own);
    const severity = byAgent.some((one) => one.kind === "field" && one.field === "severity");
    if (severity && before.severity !== after.severity) {
      wrongs.push(`severity ${before.severity} of ${id} was overwritten`);
    }
    const status = byAgent.findLast((one) => one.kind === "status");
    const crossed = status?.kind === "status" && isClosed(status.to);
    if (change.status === "resolved" && byAgent.some(touches) && !crossed) {
      wrongs.push(`ticket ${id} was resolved although an agent has it`);
    }
    if (before.status === "rejected" && change.status !== undefined) {
      wrongs.push(`rejected ticket ${id} was set to ${change.status}`);
    }
    if (before.owner !== after.owner || before.queue !== after.queue) wrongs.push("owner or queue");
  };
  return wrongs;
}

const touches = ({ kind }: DeskChange): boolean => kind === "owner" || kind === "comment";

function wrong(rig: DeskRig, sim: Simulation): readonly string[] {
  const { world, plant } = rig;
  const wrongs: string[] = [];
  const counts = Map.groupBy(world.live(), ({ reference }) => reference);
  for (const [reference, tickets] of counts) {
    if (tickets.length > 1 || reference === "") {
      wrongs.push(`${tickets.length} tickets live with the reference "${reference}"`);
    }
  }
  for (const ticket of world.tickets.values()) wrongs.push(...overspent(ticket, sim));
  for (const { id, status, severity } of plant.cases.values()) {
    const ticket = world.live().find(({ reference }) => reference === id);
    if (ticket === undefined) {
      const rejected = [...world.tickets.values()].some((one) => one.reference === id);
      if (status !== "resolved" && !rejected) wrongs.push(`${id} needs a person and has no ticket`);
      continue;
    }
    const { evidence } = dossierOf(id, plant.contentOf(id));
    if (ticket.evidenceHash !== JSON.stringify(evidence)) {
      wrongs.push(`the ticket of ${id} shows ${ticket.evidenceHash}`);
    }
    if (!ticket.severity.startsWith("anna") && ticket.severity !== severity) {
      wrongs.push(`the ticket of ${id} shows severity ${ticket.severity} of ${severity}`);
    }
    if (status !== "resolved" && isClosed(ticket.status)) {
      wrongs.push(`the ticket of ${id} is ${ticket.status}, the case is open`);
    }
  }
  return [...wrongs, ...unheard(rig), ...unsettled(rig)];
}

function overspent({ id, comments }: FakeTicket, { shared }: Simulation): readonly string[] {
  const times = comments.filter(({ by }) => by === "gateway-bot").map(({ at }) => at);
  if (!shared) return [];
  const wrongs: string[] = [];
  for (const [i, at] of times.entries()) {
    const last = times[i - 1];
    // The bridge counts from when it began to send, up to the desk's whole latency earlier.
    if (last !== undefined && at - last < 30 * MINUTE_MS - 1_000) wrongs.push(`too soon on ${id}`);
    const sixth = times[i - 6];
    if (sixth !== undefined && at - sixth < DAY_MS - 1_000) wrongs.push(`too many on ${id}`);
  }
  return wrongs;
}

/** Every word of an agent is in the journal, once. */
function unheard({ world, plant }: DeskRig): readonly string[] {
  const heard = plant.named("comment").map((action) => "comment" in action && action.comment);
  const texts = world.changes.flatMap((one) =>
    one.kind === "comment" && !one.own && world.ticket(one.ticket).own ? [one.text] : [],
  );
  return texts.filter((text) => heard.filter((one) => one === text).length !== 1);
}

const unsettled = ({ bridges }: DeskRig): readonly string[] =>
  bridges.flatMap((bridge) =>
    bridge
      .status()
      .filter(({ owed, deadCount }) => owed > 0 || deadCount > 0)
      .map(({ owed, dead }) => `${owed} owed, dead: ${dead.map(({ reason }) => reason).join()}`),
  );
