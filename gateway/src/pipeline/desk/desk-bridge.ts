import type { DurationMs } from "#domain/units.ts";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "#domain/units.ts";
import { Bell } from "#pipeline/desk/bell.ts";
import { FeedFollower } from "#pipeline/desk/feed-follower.ts";
import type { Act, BridgeSettings, SubjectReader } from "#pipeline/desk/lane-work.ts";
import { OneDesk } from "#pipeline/desk/one-desk.ts";
import type { Clock } from "#ports/clock.ts";
import type { Desk, DeskChange, DeskCheck, DeskOutcome } from "#ports/desk.ts";
import type { DeskStatus } from "#ports/desk-side.ts";
import type { CaseEventFeed, DeskStore } from "#ports/desk-store.ts";
import type { DossierSource } from "#ports/dossier.ts";
import type { Log } from "#ports/log.ts";
import type { Metrics } from "#ports/metrics.ts";

export interface BridgeDeps {
  readonly desks: readonly { readonly desk: Desk; readonly settings: BridgeSettings }[];
  readonly feed: CaseEventFeed;
  readonly cases: SubjectReader;
  readonly dossiers: DossierSource;
  readonly act: Act;
  readonly store: DeskStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Unique among all bridges that share the store, and new with every start. */
  readonly worker: string;
  /** 0 to 1: spreads what is tried again. */
  readonly random: () => number;
  /** A desk began to fail, or (undefined) works again. */
  readonly onState: (desk: string, reason: string | undefined) => void;
  /** Lanes of one desk that are worked on at the same time; default 4. */
  readonly parallel?: number;
  /** Default 2 min: longer than any step on a lane takes. */
  readonly leaseMs?: DurationMs;
  /** How long a ticket without reference is left alone; default 5 min. */
  readonly orphanGraceMs?: DurationMs;
  /** How often case events are looked for when nobody says that there are any; default 1 s. */
  readonly followEveryMs?: DurationMs;
}

const DRAIN_MS: DurationMs = 5 * SECOND_MS;
const FIGURES_EVERY_MS: DurationMs = 15 * SECOND_MS;

/**
 * Keeps the tickets of all desks in step with the cases, both ways. It follows the case events, works
 * on one lane per case and desk, and passes on what agents do. Nothing here decides about a case.
 */
export class DeskBridge {
  readonly #deps: BridgeDeps;
  readonly #desks: readonly OneDesk[];
  readonly #follower: FeedFollower;
  readonly #followBell = new Bell();
  readonly #stopped = new AbortController();
  #done: Promise<unknown> = Promise.resolve();
  #prunedAt = 0;

  constructor(deps: BridgeDeps) {
    this.#deps = deps;
    const { leaseMs = 2 * MINUTE_MS, orphanGraceMs = 5 * MINUTE_MS, parallel = 4 } = deps;
    const { signal } = this.#stopped;
    const shared = { ...deps, leaseMs, orphanGraceMs, parallel, signal };
    this.#desks = deps.desks.map((one) => new OneDesk({ ...shared, ...one }));
    const names = this.#desks.map(({ name }) => name);
    this.#follower = new FeedFollower({ ...deps, desks: names });
  }

  start(): void {
    const loops = [this.#overFeed(), this.#overFigures(), ...this.#desks.map((one) => one.run())];
    this.#done = Promise.all(loops);
  }

  /** Ends within seconds; what was under way is found by its lease and its notes. */
  async stop(): Promise<void> {
    this.#stopped.abort(new Error("the desk bridge stops"));
    this.#followBell.ring();
    for (const desk of this.#desks) desk.stop();
    const late = new AbortController();
    const patience = this.#deps.clock.sleep(DRAIN_MS, late.signal).catch(() => undefined);
    await Promise.race([this.#done, patience]);
    late.abort();
  }

  /** There are new case events. */
  follow(): void {
    this.#followBell.ring();
  }

  /** The desk says that something changed: it is asked at once. */
  wake(desk: string): void {
    this.#named(desk)?.wakePoll();
  }

  /** Changes that a desk without a list of them told by itself, signed; kept when it resolves. */
  async receive(desk: string, changes: readonly DeskChange[]): Promise<void> {
    await this.#named(desk)?.receive(changes);
  }

  /** Tries a dead letter again; false = there is none. */
  retry(desk: string, subject: string): boolean {
    const { store, clock } = this.#deps;
    if (!store.retry({ desk, subject }, clock.now())) return false;
    this.#named(desk)?.wakeLanes();
    return true;
  }

  status(): readonly DeskStatus[] {
    return this.#desks.map((one) => one.status());
  }

  /** Undefined = there is no such desk. */
  async check(desk: string): Promise<DeskOutcome<DeskCheck> | undefined> {
    return this.#named(desk)?.check();
  }

  #named(name: string): OneDesk | undefined {
    return this.#desks.find((one) => one.name === name);
  }

  async #overFeed(): Promise<void> {
    const { clock, followEveryMs = SECOND_MS } = this.#deps;
    while (!this.#stopped.signal.aborted) {
      const more = this.#followed();
      // A turn for everything else between two pages.
      await this.#followBell.wait(clock, more ? 1 : followEveryMs);
    }
  }

  #followed(): boolean {
    const { log } = this.#deps;
    try {
      const before = this.#deps.store.position();
      const more = this.#follower.step();
      const { offset, n } = this.#deps.store.position();
      if (offset !== before.offset || n !== before.n)
        for (const one of this.#desks) one.wakeLanes();
      return more;
    } catch (error) {
      log.warn({ reason: String(error) }, "the desk bridge cannot follow the cases");
      return false;
    }
  }

  async #overFigures(): Promise<void> {
    const { clock, log } = this.#deps;
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      try {
        this.#tellFigures();
      } catch (error) {
        log.warn({ reason: String(error) }, "the desk bridge cannot read its store");
      }
      await clock.sleep(FIGURES_EVERY_MS, signal).catch(() => undefined);
    }
  }

  #tellFigures(): void {
    const { store, clock, metrics } = this.#deps;
    const now = clock.now();
    for (const { name } of this.#desks) {
      const { owed, oldestOwedAt, dead } = store.figures(name);
      const age = oldestOwedAt === null ? 0 : Math.max(0, now - oldestOwedAt) / SECOND_MS;
      metrics.gauge("desk_lanes_owed", owed, { desk: name });
      metrics.gauge("desk_oldest_owed_seconds", age, { desk: name });
      metrics.gauge("desk_dead_letters", dead, { desk: name });
    }
    if (now - this.#prunedAt < HOUR_MS) return;
    this.#prunedAt = now;
    store.prune(now);
  }
}
