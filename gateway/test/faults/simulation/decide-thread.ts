import type { Offset } from "#domain/units.ts";
import type { DecideReport } from "#pipeline/decide.ts";
import { Decider } from "#pipeline/decide.ts";
import type { CaseStore, OutboxItem, OutboxMark } from "#ports/case-store.ts";
import type { StateStore } from "#ports/state-store.ts";
import { StoreUnavailableError } from "../../../src/adapters/sqlite/database.ts";
import type { DecideSide } from "../../../src/core.ts";
import type { Life, Scheduler } from "./scheduler.ts";
import { Crash, Wire } from "./scheduler.ts";

const IDLE_EVERY_MS = 7_000;
const RETRY_MS = 1_000;

export interface DecideThreadDeps {
  readonly scheduler: Scheduler;
  readonly life: Life;
  readonly decider: ConstructorParameters<typeof Decider>[0];
  readonly cases: CaseStore;
  readonly state: StateStore;
  readonly onReport: (report: DecideReport) => void;
  readonly onStalled: (reason: string | undefined) => void;
  /** The thread ends, and the process with it. */
  readonly onFailure: (error: unknown) => void;
}

/** Stands for the deciding worker: the real loop over the files, a turn at a time, reports by a wire. */
export class DecideThread implements DecideSide {
  readonly #deps: DecideThreadDeps;
  readonly #decider: Decider;
  readonly #toMain: Wire;
  readonly #toThread: Wire;
  #newest: Offset = 0;
  #busy = false;
  #stalled = false;
  readonly #marks: { readonly id: string; readonly mark: OutboxMark }[] = [];

  constructor(deps: DecideThreadDeps) {
    this.#deps = deps;
    this.#toMain = new Wire(deps.scheduler, 5, deps.life);
    this.#toThread = new Wire(deps.scheduler, 5, deps.life);
    this.#decider = new Decider(deps.decider);
  }

  get applied(): Offset {
    return this.#decider.applied;
  }

  async start(): Promise<void> {
    this.#work();
    this.#idleLater();
  }

  readonly committed = (newest: Offset): void =>
    this.#toThread.send(() => {
      this.#newest = newest;
      if (newest > this.#decider.applied) this.#work();
    });

  mark(id: string, mark: OutboxMark): void {
    this.#toThread.send(() => {
      this.#marks.push({ id, mark });
      if (!this.#stalled) this.#stores(() => this.#writeMarks());
    });
  }

  due(limit: number): Promise<readonly OutboxItem[]> {
    const { promise, resolve } = Promise.withResolvers<readonly OutboxItem[]>();
    this.#toThread.send(() => {
      const items = this.#deps.cases.dueOutbox(limit);
      this.#toMain.send(() => resolve(items));
    });
    return promise;
  }

  async load(): ReturnType<DecideSide["load"]> {
    return { delayP99Ms: 0, busy: 0 };
  }

  pointsTold(): void {}

  drop(): void {}

  /** A clean stop: the marks that are under way come first. */
  [Symbol.asyncDispose](): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#toThread.send(() => {
      this.#stores(() => {
        this.#writeMarks();
        this.#decider.snapshot();
      });
      resolve();
    });
    return promise;
  }

  #work(): void {
    if (this.#busy) return;
    this.#busy = true;
    this.#later(this.#deps.scheduler.dice.between(0, 6));
  }

  #later(delay: number): void {
    this.#deps.scheduler.after(delay, this.#deps.life, () => this.#turn());
  }

  #turn(): void {
    const { dice } = this.#deps.scheduler;
    const done = this.#stores(() => {
      this.#writeMarks();
      const report = this.#decider.step(dice.pick([1, 7, 2_000]));
      this.#report(report);
      this.#busy = !report.caughtUp || report.applied < this.#newest;
    });
    if (!done) this.#later(RETRY_MS);
    else if (this.#busy) this.#later(dice.between(0, 3));
  }

  #idleLater(): void {
    this.#deps.scheduler.after(IDLE_EVERY_MS, this.#deps.life, () => {
      this.#idleLater();
      if (this.#busy) return;
      this.#stores(() => {
        this.#writeMarks();
        const report = this.#decider.idle();
        if (report !== undefined) this.#report(report);
      });
    });
  }

  #report(report: DecideReport): void {
    const told = structuredClone(report);
    this.#toMain.send(() => this.#deps.onReport(told));
  }

  #writeMarks(): void {
    for (let first = this.#marks[0]; first !== undefined; first = this.#marks[0]) {
      this.#deps.cases.markOutbox(first.id, first.mark);
      this.#marks.shift();
    }
  }

  #stores(write: () => void): boolean {
    try {
      write();
    } catch (error) {
      if (error instanceof Crash) throw error;
      if (error instanceof StoreUnavailableError) {
        if (!this.#stalled) this.#deps.onStalled(error.message);
        this.#stalled = true;
        return false;
      }
      this.#deps.onFailure(error);
      throw new Crash("the deciding thread ended", { cause: error });
    }
    if (this.#stalled) this.#deps.onStalled(undefined);
    this.#stalled = false;
    return true;
  }
}
