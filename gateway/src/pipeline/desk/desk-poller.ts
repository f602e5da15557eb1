import type { DurationMs, EpochMs } from "#domain/units.ts";
import { MINUTE_MS } from "#domain/units.ts";
import type { DeskLine } from "#pipeline/desk/desk-line.ts";
import { judgeChange } from "#pipeline/desk/echo.ts";
import type { WantedAction } from "#pipeline/desk/inbound.ts";
import { inboundOf, ownerCalled } from "#pipeline/desk/inbound.ts";
import type { Act } from "#pipeline/desk/lane-work.ts";
import type { Clock } from "#ports/clock.ts";
import type { DeskChange } from "#ports/desk.ts";
import type { AgentNote, DeskStore, Lane } from "#ports/desk-store.ts";
import type { Log } from "#ports/log.ts";
import type { Metrics } from "#ports/metrics.ts";

export interface PollerDeps {
  readonly name: string;
  readonly line: DeskLine;
  readonly store: DeskStore;
  readonly act: Act;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly worker: string;
}

export type PollEnd = "read" | "busy" | "failed";

const POLL_LEASE_MS: DurationMs = 2 * MINUTE_MS;
const PARKED_PAGE = 100;

/**
 * Reads what happened in a desk and passes agents' doing on to the journal. The cursor moves only
 * after the actions are in the journal; each change is dealt with once, whoever reads it again.
 */
export class DeskPoller {
  readonly #deps: PollerDeps;
  #running: Promise<PollEnd> | undefined;
  #next: Promise<PollEnd> | undefined;
  #received: Promise<void> = Promise.resolve();
  lastPollAt: EpochMs | null = null;
  lastError = "";

  constructor(deps: PollerDeps) {
    this.#deps = deps;
  }

  /** To the end of what the desk tells; it begins after the call, so that it sees all that was before. */
  poll(): Promise<PollEnd> {
    if (this.#next !== undefined) return this.#next;
    if (this.#running === undefined) return this.#run();
    this.#next = this.#running.then(() => {
      this.#next = undefined;
      return this.#run();
    });
    return this.#next;
  }

  /** What a desk without a list of its changes told by itself; kept when it resolves. One telling at a time. */
  receive(changes: readonly DeskChange[]): Promise<void> {
    const taken = this.#received.then(async () => {
      for (const change of changes) await this.#take(change);
      await this.#parked();
      this.lastPollAt = this.#deps.clock.now();
    });
    this.#received = taken.catch(() => undefined);
    return taken;
  }

  #run(): Promise<PollEnd> {
    const run = this.#poll()
      .catch((error: unknown): PollEnd => this.#failed(String(error)))
      .finally(() => {
        this.#running = undefined;
      });
    this.#running = run;
    return run;
  }

  async #poll(): Promise<PollEnd> {
    const { name, store, worker } = this.#deps;
    if (!this.#lease()) return "busy";
    try {
      for (;;) {
        const more = await this.#page();
        if (more === undefined) return "failed";
        if (!more) break;
        if (!this.#lease()) return "busy";
      }
      await this.#parked();
      this.lastPollAt = this.#deps.clock.now();
      this.lastError = "";
      return "read";
    } finally {
      store.endPoll(name, worker);
    }
  }

  #lease(): boolean {
    const { name, store, clock, worker } = this.#deps;
    const now = clock.now();
    return store.leasePoll(name, { worker, now, until: now + POLL_LEASE_MS });
  }

  /** Whether there is more; undefined = the desk did not answer. */
  async #page(): Promise<boolean | undefined> {
    const { name, line, store } = this.#deps;
    const cursor = store.cursor(name);
    const page = await line.call("changes", (desk) => desk.changes(cursor ?? ""));
    if (page.kind !== "done") {
      this.#failed(page.reason);
      return undefined;
    }
    for (const change of page.value.changes) await this.#take(change);
    if (page.value.cursor !== cursor) store.setCursor(name, page.value.cursor);
    return page.value.more;
  }

  /** Changes of tickets that turned out to be ours after they were read. */
  async #parked(): Promise<void> {
    const { name, store } = this.#deps;
    for (;;) {
      const parked = store.parkedKnown(name, PARKED_PAGE);
      for (const change of parked) {
        await this.#deal(change, store.lanesOfTicket(name, change.ticket));
        store.unpark(name, change.id);
      }
      if (parked.length < PARKED_PAGE) return;
    }
  }

  async #take(change: DeskChange): Promise<void> {
    const { name, store, clock } = this.#deps;
    if (store.seen(name, change.id)) return;
    const lanes = store.lanesOfTicket(name, change.ticket);
    if (lanes.length > 0) return this.#deal(change, lanes);
    // While a create is open its ticket is not known yet, and an agent may have taken it already.
    if (store.hasAttempts(name)) {
      store.park(name, change, clock.now());
      if (change.kind !== "created") return;
    }
    const called = ownerCalled(change, name);
    if (called === undefined) return;
    await this.#act(called);
    store.noteChange(name, change.id, [], clock.now());
  }

  async #deal(change: DeskChange, lanes: readonly Lane[]): Promise<void> {
    const { name, store, clock } = this.#deps;
    const notes: AgentNote[] = [];
    for (const lane of lanes) notes.push(await this.#dealFor(change, lane));
    store.noteChange(name, change.id, notes, clock.now());
  }

  async #dealFor(change: DeskChange, lane: Lane): Promise<AgentNote> {
    const { name, clock, log, metrics } = this.#deps;
    const judged = judgeChange(change, lane.memo.ticket, lane.agents);
    const by = judged.kind;
    metrics.count("desk_changes_total", { desk: name, kind: change.kind, by });
    const { subject } = lane;
    if (judged.kind === "echo") return { subject, agents: judged.agents, wakes: false };
    const { kind: subjectKind } = lane.memo;
    const place = { desk: name, now: clock.now(), subjectKind, agents: judged.agents };
    const { actions, agents, remark } = inboundOf(change, lane, place);
    if (remark !== "") log.warn({ caseId: subject, desk: name }, remark);
    for (const action of actions) await this.#act(action);
    return { subject, agents, wakes: true };
  }

  /** An answer that refuses is an answer: asking again would get the same one. */
  async #act({ id, by, action }: WantedAction): Promise<void> {
    const { act, log, metrics, name } = this.#deps;
    const answer = await act(id, by, action);
    const outcome = answer.ok ? "taken" : "refused";
    metrics.count("desk_actions_total", { desk: name, action: action.name, outcome });
    if (answer.ok) return;
    const { status, reason } = answer;
    log.info({ desk: name, action: action.name, status, reason }, "a desk's change was refused");
  }

  #failed(reason: string): "failed" {
    const { name, log } = this.#deps;
    // Said when it changes, not at every try.
    if (reason !== this.lastError)
      log.warn({ desk: name, reason }, "a desk's changes were not read");
    this.lastError = reason;
    return "failed";
  }
}
