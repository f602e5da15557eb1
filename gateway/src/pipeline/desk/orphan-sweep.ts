import type { DurationMs } from "#domain/units.ts";
import type { DeskLine } from "#pipeline/desk/desk-line.ts";
import type { Clock } from "#ports/clock.ts";
import type { Ticket } from "#ports/desk.ts";
import type { DeskStore } from "#ports/desk-store.ts";
import type { Log } from "#ports/log.ts";
import type { Metrics } from "#ports/metrics.ts";

export interface SweepDeps {
  readonly name: string;
  readonly line: DeskLine;
  readonly store: DeskStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** A ticket without reference is left alone for so long: another bridge may be at it. */
  readonly graceMs: DurationMs;
}

/** Tickets put out of the way with one sweep; the next sweep goes on. */
const AT_ONCE = 20;

/**
 * Puts tickets out of the way that a create of ours left behind without reference. Answers whether
 * any are still too young, or undefined when the desk did not answer.
 */
export async function sweepOrphans(deps: SweepDeps): Promise<boolean | undefined> {
  const { name, line, store, clock, graceMs } = deps;
  const found = await line.call("orphans", (desk) => desk.orphans());
  if (found.kind !== "done") return undefined;
  const strays = found.value.filter((ticket) => isStray(store, name, ticket));
  const now = clock.now();
  const ids = strays.map(({ id }) => id);
  const since = store.orphans(name, ids, now);
  const old = strays.filter(({ id }) => now - (since.get(id) ?? now) >= graceMs);
  for (const { id } of old.slice(0, AT_ONCE)) if (!(await putAway(deps, id))) return undefined;
  return strays.length > old.length || old.length > AT_ONCE;
}

/** What a lane holds is repaired by the lane; what an agent has begun with is theirs. */
const isStray = (store: DeskStore, desk: string, ticket: Ticket): boolean =>
  ticket.owner === "" &&
  ticket.status === "new" &&
  ticket.reference === "" &&
  store.lanesOfTicket(desk, ticket.id).length === 0;

async function putAway({ name, line, log, metrics }: SweepDeps, id: string): Promise<boolean> {
  const reason = "Made twice by accident and never used: another ticket stands for its case.";
  const away = await line.call("reject", (desk) => desk.reject(id, reason));
  if (away.kind !== "done") return false;
  metrics.count("desk_orphans_rejected_total", { desk: name });
  log.warn({ desk: name, ticket: id }, "a ticket without reference was rejected");
  return true;
}
