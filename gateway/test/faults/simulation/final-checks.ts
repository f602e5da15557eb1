import type { CaseEvent } from "#domain/case/case.ts";
import type { OutboxEntry } from "#domain/effects.ts";
import type { EpochMs, Offset } from "#domain/units.ts";
import { MINUTE_MS } from "#domain/units.ts";
import type { Entry } from "./journal-index.ts";
import type { Oracle } from "./oracle.ts";
import type { Sent } from "./sim-device.ts";

/** Plausibility of a device's clock, from the contract: not before 2020, at most five minutes ahead. */
const EARLIEST = Date.UTC(2020, 0, 1);
const AHEAD_MS = 5 * MINUTE_MS;
/** A device keeps so many messages, and may send them within one millisecond. */
const BURST_MS = 400;
/** The broker keeps this many refusals of one client in full per minute; the rest is only counted. */
const REFUSALS_KEPT = 20;

/** After the run, when everything has settled: what was promised against what is there. */
export async function checkOutcome(oracle: Oracle): Promise<void> {
  checkOrder(oracle);
  await checkSamples(oracle);
  await checkQuarantine(oracle);
  checkWebhooks(oracle);
  checkCommands(oracle);
  checkActions(oracle);
}

function checkOrder(oracle: Oracle): void {
  const { devices, acknowledged, index } = oracle;
  for (const { id } of devices) {
    let newest = 0;
    const own = acknowledged.filter((m) => m.device === id && !m.swapped);
    for (const message of [...new Set(own)].sort((a, b) => a.number - b.number)) {
      const first = index.placesOf(message)[0] ?? 0;
      if (first < newest) oracle.report("order", `${message.class} ${message.number} of ${id}`);
      newest = Math.max(newest, first);
    }
  }
}

/** Independent of how the gateway stamps: a plausible own time is where the value must be. */
async function checkSamples(oracle: Oracle): Promise<void> {
  const { machine, index } = oracle;
  const poison = new Map<string, number>();
  for (const message of new Set(oracle.acknowledged)) {
    const { reading, device } = message;
    if (reading === undefined) continue;
    const { ts, values } = reading;
    if (machine.series.isPoison({ product: "boiler", device, at: ts, values })) {
      poison.set(device, (poison.get(device) ?? 0) + 1);
      continue;
    }
    for (const [signal, value] of Object.entries(values)) {
      const isHeld = timesOf(message, oracle).some(({ from, to }) => {
        for (let at = from; at <= to; at += 1) {
          if (machine.series.get(device, signal, at) === value) return true;
        }
        return false;
      });
      if (isHeld) continue;
      const detail = `${signal} ${value} of ${device} at ${ts}, records ${index.placesOf(message)}`;
      oracle.report("samples", detail);
    }
  }
  for (const [device, count] of poison) {
    const kept = await machine.cases.stored.quarantine({
      device,
      code: "store_rejected",
      limit: 10_000,
    });
    if (kept.items.length >= Math.min(count, REFUSALS_KEPT)) continue;
    oracle.report(
      "refusals",
      `${count} rows of ${device} were rejected, ${kept.items.length} kept`,
    );
  }
}

/**
 * Where the value may be: at the device's time, or about the receipt of a copy if that was
 * implausible; what arrives in one millisecond then gets one each.
 */
function timesOf(message: Sent, { index }: Oracle): readonly Place[] {
  const ts = message.reading?.ts ?? 0;
  return index.placesOf(message).map((offset) => {
    const { appendedAt } = index.at(offset).record;
    const exact = ts >= EARLIEST && ts <= appendedAt + AHEAD_MS;
    return exact ? { from: ts, to: ts } : { from: appendedAt, to: appendedAt + BURST_MS };
  });
}

interface Place {
  readonly from: EpochMs;
  readonly to: EpochMs;
}

async function checkQuarantine(oracle: Oracle): Promise<void> {
  const { items } = await oracle.machine.cases.stored.quarantine({ limit: 100_000 });
  const kept = new Set(items.map(({ payload }) => Buffer.from(payload).toString("latin1")));
  for (const { garbage, payload, device } of oracle.acknowledged) {
    if (!garbage || kept.has(Buffer.from(payload).toString("latin1"))) continue;
    oracle.report("refusals", `what ${device} babbled is not in quarantine`);
  }
}

function owed(oracle: Oracle): {
  readonly all: readonly OutboxEntry[];
  readonly gone: Set<string>;
} {
  const history = oracle.machine.cases.history();
  return {
    all: history.flatMap((effects) => effects.outbox),
    gone: new Set(history.flatMap((effects) => effects.cancelled)),
  };
}

function checkWebhooks(oracle: Oracle): void {
  const { effects, changedBodies } = oracle.machine.receiver;
  const webhooks = owed(oracle).all.filter((entry) => entry.kind === "webhook");
  for (const { id, body } of webhooks) {
    const acted = effects.get(id) ?? [];
    if (acted.length !== 1) oracle.report("webhooks", `${id} had ${acted.length} effects`);
    else if (acted[0] !== body) oracle.report("webhooks", `${id} was sent with another body`);
  }
  for (const id of changedBodies) oracle.report("webhooks", `${id} came with two bodies`);
  const known = new Set(webhooks.map(({ id }) => id));
  for (const id of effects.keys()) {
    if (!known.has(id)) oracle.report("webhooks", `${id} was sent and is not owed`);
  }
}

function checkCommands(oracle: Oracle): void {
  const { all } = owed(oracle);
  const known = new Set(all.filter((e) => e.kind === "command").map(({ id }) => id));
  if (known.size < all.filter((e) => e.kind === "command").length) {
    oracle.report("commands", "one id was owed twice");
  }
  for (const device of oracle.devices) {
    const { executed } = device;
    const once = new Set(executed);
    if (once.size < executed.length) oracle.report("commands", `${device.id} ran one twice`);
    for (const id of once) {
      if (!known.has(id)) oracle.report("commands", `${device.id} ran ${id}, which nobody owed`);
    }
  }
}

function checkActions(oracle: Oracle): void {
  const events = oracle.machine.cases.history().flatMap((effects) => effects.events);
  for (const { key, note, answer } of oracle.asked) {
    const told = events.filter((e) => e.kind === "comment" && e.reason === note).length;
    const wrong = answer === "done" ? told !== 1 : told > (answer === "none" ? 1 : 0);
    if (wrong) oracle.report("actions", `${key} was answered ${answer} and is told ${told} times`);
  }
}

/** Begins a new episode; an agent who reopens a case does not. */
const firedAgain: ReadonlySet<CaseEvent["kind"]> = new Set(["reopened", "refired"]);

/** What the timeline says against what was true. */
export function checkTruth(oracle: Oracle): void {
  const events = oracle.machine.cases.history().flatMap((effects) => effects.events);
  const shown = oracle.machine.cases.views();
  const views = new Map<string, Case>();
  for (const { offset, kind, caseId, ...rest } of events) {
    const known = views.get(caseId);
    if (kind === "opened") {
      const view = shown.get(caseId);
      if (view === undefined) continue;
      views.set(caseId, { device: view.device, rule: view.rule, since: offset });
      checkOpened(oracle, { offset, device: view.device, rule: view.rule });
    } else if (known !== undefined && firedAgain.has(kind) && rest.by === "gateway") {
      known.since = offset;
    } else if (known !== undefined && kind === "resolved" && rest.by === "gateway") {
      checkResolved(oracle, known, { offset, reason: rest.reason });
    }
  }
  for (const device of oracle.devices) {
    const hot = [...views.values()].filter((c) => c.device === device.id && c.rule === "too-hot");
    if (hot.length <= device.episodes) continue;
    const detail = `${device.id} was hot ${device.episodes} times and has ${hot.length} cases`;
    oracle.report("falseCase", detail);
  }
}

interface Case {
  readonly device: string;
  readonly rule: string;
  /** Offset since which it must be disproved. */
  since: Offset;
}

function checkOpened(
  oracle: Oracle,
  {
    offset,
    device,
    rule,
  }: Pick<CaseEvent, "offset"> & { readonly device: string; readonly rule: string },
): void {
  if (rule !== "silent") return;
  const { index, machine } = oracle;
  const before = index.entries.slice(0, offset);
  const last = before.findLast((entry) => isHeard(entry, device));
  const first = before.find((e) => e.record.kind === "registry" && e.record.device.id === device);
  const since = last?.at ?? first?.at ?? 0;
  const silent = index.at(offset).at - since;
  // Time that nobody lived through counts, but devices then get ten minutes to be heard.
  const isSet = machine.serverClock.forwardAt.some((at) => at >= since - MINUTE_MS);
  if (silent >= (isSet ? 9 : 29) * MINUTE_MS) return;
  oracle.report("falseCase", `${device} was silent for ${Math.round(silent / 1_000)} s only`);
}

/** Only telemetry closes a case by itself: of this device, and such as disproves it. */
function checkResolved(
  oracle: Oracle,
  { device, rule, since }: Case,
  { offset, reason }: { readonly offset: Offset; readonly reason: string },
): void {
  // A timer may open it on the very record that then disproves it.
  const between = oracle.index.entries.slice(since - 1, offset);
  const proved = between.some((entry) => {
    if (rule !== "too-hot") return isHeard(entry, device);
    const { record } = entry;
    if (record.kind !== "message" || record.device !== device || record.class !== "tele")
      return false;
    const temp = /"temp":(\d+)/.exec(Buffer.from(record.payload).toString())?.[1];
    return temp !== undefined && Number(temp) < 120;
  });
  if (!proved) oracle.report("silence", `${rule} of ${device} at record ${offset}: ${reason}`);
}

/** The device itself was heard: not the broker that speaks its will. */
function isHeard({ record }: Entry, device: string): boolean {
  if (record.kind !== "message" || record.device !== device) return false;
  return record.class !== "status" || !Buffer.from(record.payload).toString().includes("lost");
}
