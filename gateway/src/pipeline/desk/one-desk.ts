import type { DurationMs, EpochMs } from "#domain/units.ts";
import { MINUTE_MS, SECOND_MS } from "#domain/units.ts";
import { backOffMs } from "#pipeline/desk/back-off.ts";
import { Bell } from "#pipeline/desk/bell.ts";
import { DeskLine } from "#pipeline/desk/desk-line.ts";
import { DeskPoller } from "#pipeline/desk/desk-poller.ts";
import { runLane } from "#pipeline/desk/lane-runner.ts";
import type { BridgeSettings, LaneDeps } from "#pipeline/desk/lane-work.ts";
import { sweepOrphans } from "#pipeline/desk/orphan-sweep.ts";
import type { Desk, DeskChange } from "#ports/desk.ts";
import type { DeskStatus } from "#ports/desk-side.ts";
import type { Lane } from "#ports/desk-store.ts";

export interface OneDeskDeps
  extends Pick<LaneDeps, "cases" | "dossiers" | "act" | "store" | "clock" | "log" | "metrics"> {
  readonly desk: Desk;
  readonly settings: BridgeSettings;
  readonly worker: string;
  readonly random: () => number;
  readonly onState: (desk: string, reason: string | undefined) => void;
  /** A bridge that has not been heard of for so long has died: its lanes are taken over. */
  readonly leaseMs: DurationMs;
  readonly orphanGraceMs: DurationMs;
  readonly parallel: number;
  readonly signal: AbortSignal;
}

/** A store that cannot be read or written is asked again after this. */
const STORE_PAUSE_MS: DurationMs = 5 * SECOND_MS;
/** Longest sleep of the loop over lanes: another bridge may have left some. */
const LONGEST_NAP_MS: DurationMs = 30 * SECOND_MS;
const SWEEP_EVERY_MS: DurationMs = 15 * MINUTE_MS;
const DEAD_SHOWN = 50;

/** All that goes on between the gateway and one desk: lanes, polls, sweeps. */
export class OneDesk {
  readonly #deps: OneDeskDeps;
  readonly #line: DeskLine;
  readonly #poller: DeskPoller;
  readonly #lanes: LaneDeps;
  readonly #laneBell = new Bell();
  readonly #pollBell = new Bell();
  readonly #sweepBell = new Bell();
  readonly #running = new Set<Promise<void>>();
  #checked = false;
  #suspectUntil: EpochMs = 0;

  constructor(deps: OneDeskDeps) {
    this.#deps = deps;
    const { desk, clock, metrics, random, signal, onState } = deps;
    const tell = (reason: string | undefined): void => onState(desk.name, reason);
    this.#line = new DeskLine({ desk, clock, metrics, random, signal, onState: tell });
    this.#poller = new DeskPoller({ ...deps, name: desk.name, line: this.#line });
    this.#lanes = {
      ...deps,
      line: this.#line,
      capabilities: desk.capabilities,
      catchUp: async () => (await this.#poller.poll()) === "read",
      suspectOrphan: () => this.#suspect(),
    };
  }

  get name(): string {
    return this.#deps.desk.name;
  }

  /** Runs until the signal ends it; then what is under way is given up at its next step. */
  async run(): Promise<void> {
    const { capabilities } = this.#deps.desk;
    const loops = [this.#overLanes()];
    if (capabilities.changes) loops.push(this.#overPolls());
    if (capabilities.readBack) loops.push(this.#overSweeps());
    await Promise.all(loops);
    await Promise.all(this.#running);
  }

  /** There is something to do on lanes. */
  wakeLanes(): void {
    this.#laneBell.ring();
  }

  /** The desk says that something changed. */
  wakePoll(): void {
    this.#pollBell.ring();
  }

  /** What the desk told by itself. */
  async receive(changes: readonly DeskChange[]): Promise<void> {
    await this.#poller.receive(changes);
    this.#laneBell.ring();
  }

  /** The signal has ended: nobody sleeps on. */
  stop(): void {
    for (const bell of [this.#laneBell, this.#pollBell, this.#sweepBell]) bell.ring();
  }

  check(): ReturnType<Desk["check"]> {
    return this.#line.call("check", (desk) => desk.check());
  }

  status(): DeskStatus {
    const { desk, settings, store } = this.#deps;
    const { dead, ...figures } = store.figures(desk.name);
    return {
      ...figures,
      name: desk.name,
      capabilities: desk.capabilities,
      url: settings.webUrl || settings.url,
      trouble: this.#line.trouble || this.#poller.lastError,
      deadCount: dead,
      dead: store.dead(desk.name, DEAD_SHOWN).map(deadLetter),
      lastPollAt: this.#poller.lastPollAt,
    };
  }

  /** Lanes whose work is under way. */
  get busy(): number {
    return this.#running.size;
  }

  async #overLanes(): Promise<void> {
    const { clock, signal } = this.#deps;
    while (!signal.aborted) {
      const nap = this.#guarded(() => this.#startLanes());
      await this.#laneBell.wait(clock, nap ?? STORE_PAUSE_MS);
    }
  }

  /** Answers how long there is nothing to start. */
  #startLanes(): DurationMs {
    const { desk, store, clock, worker, leaseMs, parallel } = this.#deps;
    // Before the first look at its changes, an agent's doing on a new ticket would go unseen.
    if (desk.capabilities.changes && store.cursor(desk.name) === null) return LONGEST_NAP_MS;
    const now = clock.now();
    if (this.#line.quietUntil > now) return Math.min(this.#line.quietUntil - now, LONGEST_NAP_MS);
    const free = (this.#line.isCareful ? 1 : parallel) - this.#running.size;
    if (free <= 0) return LONGEST_NAP_MS;
    const lanes = store.take(desk.name, { worker, now, until: now + leaseMs }, free);
    for (const lane of lanes) this.#start(lane);
    if (lanes.length === free) return LONGEST_NAP_MS;
    const next = store.nextDueAt(desk.name);
    return next === null ? LONGEST_NAP_MS : Math.min(Math.max(next - now, 1), LONGEST_NAP_MS);
  }

  #start(lane: Lane): void {
    const { log, random } = this.#deps;
    const work = runLane(this.#lanes, lane, random)
      .catch((error: unknown) => {
        // The lease runs out, and the lane is taken again.
        log.error({ caseId: lane.subject, reason: String(error) }, "a lane could not be kept");
      })
      .finally(() => {
        this.#running.delete(work);
        this.#laneBell.ring();
      });
    this.#running.add(work);
  }

  async #overPolls(): Promise<void> {
    const { clock, signal, settings, random } = this.#deps;
    let failures = 0;
    while (!signal.aborted) {
      const quiet = this.#line.quietUntil - clock.now();
      if (quiet > 0) {
        await this.#pollBell.wait(clock, Math.min(quiet, settings.pollEveryMs));
        continue;
      }
      const end = await this.#poller.poll();
      failures = end === "failed" ? failures + 1 : 0;
      if (end === "read") {
        this.#laneBell.ring();
        if (!this.#checked) await this.#tellCheck();
      }
      const wait = failures > 0 ? backOffMs(failures, undefined, random) : settings.pollEveryMs;
      await this.#pollBell.wait(clock, Math.min(wait, settings.pollEveryMs));
    }
  }

  /** What the desk lacks is said when it is first reached. */
  async #tellCheck(): Promise<void> {
    const { log, desk } = this.#deps;
    const checked = await this.check();
    if (checked.kind !== "done") return;
    this.#checked = true;
    for (const { state, what, next } of checked.value.lines) {
      if (state !== "ok") log.warn({ desk: desk.name, what, next }, `a desk's ${what} is ${state}`);
    }
  }

  async #overSweeps(): Promise<void> {
    const { clock, signal, orphanGraceMs, log, desk } = this.#deps;
    let wait: DurationMs = orphanGraceMs;
    while (!signal.aborted) {
      await this.#sweepBell.wait(clock, wait);
      if (signal.aborted) return;
      const sweep = { ...this.#deps, name: desk.name, line: this.#line, graceMs: orphanGraceMs };
      const left = await sweepOrphans(sweep).catch((error: unknown) => {
        log.warn({ desk: desk.name, reason: String(error) }, "orphans were not looked for");
        return undefined;
      });
      // However many creates are in doubt, one look serves them all.
      await this.#sweepPause();
      wait = left === false && clock.now() > this.#suspectUntil ? SWEEP_EVERY_MS : 1;
    }
  }

  /** A request that was given up may be carried out yet: what it leaves behind is looked for so long. */
  #suspect(): void {
    const { clock, orphanGraceMs } = this.#deps;
    this.#suspectUntil = clock.now() + 2 * orphanGraceMs;
    this.#sweepBell.ring();
  }

  async #sweepPause(): Promise<void> {
    const { clock, orphanGraceMs, signal } = this.#deps;
    await clock.sleep(orphanGraceMs, signal).catch(() => undefined);
  }

  #guarded<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      this.#deps.log.error(
        { desk: this.name, reason: String(error) },
        "the desk bridge cannot use its store",
      );
      return undefined;
    }
  }
}

const deadLetter = ({ subject, memo, reason, owedSince, attempts }: Lane) => ({
  subject,
  ticket: memo.ticket?.id ?? memo.attempt?.ticket ?? "",
  reason,
  since: owedSince as EpochMs,
  attempts,
});
