import type { SignalValue } from "@voorzorg/firmware-contracts";
import type { CaseView } from "#domain/case/case.ts";
import type { ChangedViews, Effects } from "#domain/effects.ts";
import type { EpochMs, Offset } from "#domain/units.ts";
import type { CaseStore, OutboxItem, OutboxMark } from "#ports/case-store.ts";
import type { SeriesRejection, SeriesRow, WriteSummary } from "#ports/series-store.ts";
import { SeriesUnavailableError } from "#ports/series-store.ts";
import type { StateEntry, StateStore } from "#ports/state-store.ts";
import { StoreUnavailableError } from "../../../src/adapters/sqlite/database.ts";
import { MemoryCaseStore } from "../../support/memory-case-store.ts";
import { MemoryState } from "../../support/memory-state.ts";
import type { Disk } from "./disk.ts";
import { DiskFile } from "./disk.ts";
import type { Life, Scheduler } from "./scheduler.ts";

type CaseCommit =
  | { readonly kind: "mark"; readonly id: string; readonly mark: OutboxMark }
  | {
      readonly kind: "effects";
      readonly upTo: Offset;
      readonly effects: readonly Effects[];
      readonly views: ChangedViews;
    };

const full = (what: string): StoreUnavailableError =>
  new StoreUnavailableError(`${what}: database or disk is full`);

/** `cases.db`: the fake that passes the port's contract, over a file that may lose its last commit. */
export class CaseFile implements CaseStore {
  readonly #disk: Disk;
  readonly #file = new DiskFile<CaseCommit>();
  /** Told what is new, once it is stored. */
  onNews: (effects: readonly Effects[], views: ChangedViews) => void = () => undefined;
  stored = new MemoryCaseStore();
  /** For a mutant. */
  dropsQuarantine = false;

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  applied(): Offset {
    return this.stored.applied();
  }

  commit(upTo: Offset, effects: readonly Effects[], views: ChangedViews): void {
    if (this.#disk.full) throw full("cases.db");
    const before = this.applied();
    const written = this.dropsQuarantine
      ? effects.map((one) => ({ ...one, quarantine: [] }))
      : effects;
    const next: CaseCommit = { kind: "effects", upTo, effects: written, views };
    this.#disk.commit("cases", this.#file, next);
    this.#apply(next);
    this.onNews(
      written.filter((one) => one.offset > before),
      views,
    );
  }

  markOutbox(id: string, mark: OutboxMark): void {
    if (this.#disk.full) throw full("cases.db");
    const next: CaseCommit = { kind: "mark", id, mark };
    this.#disk.commit("cases", this.#file, next);
    this.#apply(next);
  }

  dueOutbox(limit: number): readonly OutboxItem[] {
    return this.stored.dueOutbox(limit);
  }

  outboxOf(device: string): readonly OutboxItem[] {
    return this.stored.outboxOf(device);
  }

  /** Every case that was ever shown, as it was shown last. */
  views(): ReadonlyMap<string, CaseView> {
    const views = new Map<string, CaseView>();
    for (const commit of this.#file.commits) {
      if (commit.kind === "mark") continue;
      for (const view of commit.views.cases) views.set(view.id, view);
    }
    return views;
  }

  /** All that was ever decided, in order. */
  history(): readonly Effects[] {
    let applied = 0;
    const all: Effects[] = [];
    for (const commit of this.#file.commits) {
      if (commit.kind === "mark") continue;
      all.push(...commit.effects.filter((one) => one.offset > applied));
      applied = Math.max(applied, commit.upTo);
    }
    return all;
  }

  restart(powerCut: Parameters<DiskFile<CaseCommit>["powerCut"]>[0] | undefined): void {
    if (powerCut === undefined) this.#file.sync();
    else this.#file.powerCut(powerCut);
    this.stored = new MemoryCaseStore();
    for (const commit of this.#file.commits) this.#apply(commit);
  }

  [Symbol.dispose](): void {}

  #apply(commit: CaseCommit): void {
    if (commit.kind === "mark") this.stored.markOutbox(commit.id, commit.mark);
    else this.stored.commit(commit.upTo, commit.effects, commit.views);
  }
}

interface Saved {
  readonly offset: Offset;
  readonly build: string;
  readonly dirty: readonly StateEntry[];
}

/** `state.db`. */
export class StateFile implements StateStore {
  readonly #disk: Disk;
  readonly #file = new DiskFile<Saved>();
  #stored = new MemoryState();

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  save(offset: Offset, build: string, dirty: readonly StateEntry[]): void {
    if (this.#disk.full) throw full("state.db");
    this.#disk.commit("state", this.#file, { offset, build, dirty });
    this.#stored.save(offset, build, dirty);
  }

  load(): ReturnType<StateStore["load"]> {
    return this.#stored.load();
  }

  get saves(): number {
    return this.#file.commits.length;
  }

  /** The n-th snapshot, as it was when it was saved. */
  snapshot(n: number): ReturnType<StateStore["load"]> {
    const store = new MemoryState();
    for (const { offset, build, dirty } of this.#file.commits.slice(0, n + 1)) {
      store.save(offset, build, dirty);
    }
    return store.load();
  }

  restart(powerCut: Parameters<DiskFile<Saved>["powerCut"]>[0] | undefined): void {
    if (powerCut === undefined) this.#file.sync();
    else this.#file.powerCut(powerCut);
    this.#stored = new MemoryState();
    for (const { offset, build, dirty } of this.#file.commits) {
      this.#stored.save(offset, build, dirty);
    }
  }

  [Symbol.dispose](): void {}
}

export type StoreMood = "good" | "refuses" | "denies" | "slow" | "half";

/** A store of samples with a file of its own, and moods. */
export class SeriesServer {
  mood: StoreMood = "good";
  /** A row that it will never take. */
  isPoison: (row: SeriesRow) => boolean = () => false;
  readonly #scheduler: Scheduler;
  readonly #values = new Map<string, SignalValue>();

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  get(device: string, signal: string, at: EpochMs): SignalValue | undefined {
    return this.#values.get(`${device} ${signal} ${at}`);
  }

  /** Another machine: what has reached it stays, whatever happens to the gateway. */
  async write(rows: readonly SeriesRow[], life: Life): Promise<WriteSummary> {
    const { dice } = this.#scheduler;
    const mood = this.mood;
    await this.#scheduler.wait(dice.between(1, mood === "slow" ? 20_000 : 40), life);
    if (mood === "denies") throw new SeriesUnavailableError("401", { problem: "denied" });
    if (mood === "refuses") throw new SeriesUnavailableError("connection refused");
    const taken = mood === "half" ? rows.slice(0, dice.between(0, rows.length)) : rows;
    const rejected: SeriesRejection[] = [];
    let written = 0;
    for (const row of taken) {
      if (this.isPoison(row)) {
        rejected.push({ row, reason: "field type conflict" });
        continue;
      }
      for (const [signal, value] of Object.entries(row.values)) {
        this.#values.set(`${row.device} ${signal} ${row.at}`, value);
        written += 1;
      }
    }
    if (mood === "half") throw new SeriesUnavailableError("connection reset");
    await this.#scheduler.wait(dice.between(0, 20), life);
    return { written, overwritten: 0, rejected };
  }
}

interface Consumed {
  readonly consumed: Offset;
  readonly context: string;
}

/** The consumer's own small file. */
export class ConsumedMark {
  readonly #disk: Disk;
  readonly #file = new DiskFile<Consumed>();
  /** For a mutant. */
  forgetful = false;

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  load(): Consumed {
    return this.#file.commits.at(-1) ?? { consumed: 0, context: "" };
  }

  save(consumed: Offset, context?: string): void {
    if (this.#disk.full) throw full("meta.db");
    const kept = this.forgetful ? "" : (context ?? this.load().context);
    this.#disk.commit("consumed", this.#file, { consumed, context: kept });
  }

  restart(powerCut: Parameters<DiskFile<Consumed>["powerCut"]>[0] | undefined): void {
    if (powerCut === undefined) this.#file.sync();
    else this.#file.powerCut(powerCut);
  }
}
