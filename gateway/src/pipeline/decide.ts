import type {
  ActionAnswer,
  ChangedViews,
  Count,
  Effects,
  QuarantineEntry,
} from "#domain/effects.ts";
import type { EngineOptions } from "#domain/engine/engine.ts";
import { Engine } from "#domain/engine/engine.ts";
import { GatewayError } from "#domain/errors.ts";
import type { JournalRecord } from "#domain/record.ts";
import type { StoppedRule } from "#domain/rules/stopped-rule.ts";
import { failureText } from "#domain/rules/stopped-rule.ts";
import type { DurationMs, EpochMs, Offset } from "#domain/units.ts";
import { changesOf, countsOnly, isEmpty, merged, NO_VIEWS } from "#pipeline/decide-changes.ts";
import { ServicePoints } from "#pipeline/points/service-points.ts";
import { decodeRecord, RecordUnreadableError } from "#pipeline/record-codec.ts";
import type { CaseStore, OutboxItem } from "#ports/case-store.ts";
import type { Change } from "#ports/gateway-api.ts";
import type { StoredRecord } from "#ports/journal.ts";
import type { ServicePoint } from "#ports/point-store.ts";
import type { StateEntry, StateStore } from "#ports/state-store.ts";

/** The deciding core fails on a record, and not within a rule: a bug, or a state that is damaged. */
export class RecordNotAppliedError extends GatewayError {
  readonly code = "VZ_RECORD_NOT_APPLIED";
}

const SNAPSHOT_EVERY_MS: DurationMs = 5_000;
const SNAPSHOT_EVERY_RECORDS = 50_000;
/** Device pages may lag this much: they are views, and each one is a row to write. */
const DEVICE_VIEWS_EVERY_MS: DurationMs = 1_000;

export interface DeciderDeps {
  /** Durable records with offset >= from, in order. */
  readonly read: (from: Offset, limit: number) => readonly StoredRecord[];
  readonly cases: CaseStore;
  readonly state: StateStore;
  /** Wall clock: paces snapshots and views, decides nothing. */
  readonly now: () => EpochMs;
  /** Identity of decisions holds per build; an upgrade starts from its own snapshot. */
  readonly build: string;
  /** What is decided is told as points too. */
  readonly points?: boolean | undefined;
  /** For tests whose rules fail. */
  readonly compile?: EngineOptions["compile"];
  /** More often than in service only for tests. */
  readonly snapshotEveryMs?: DurationMs | undefined;
}

/** What one batch did, for the rest of the gateway. Sent only after it is durable. */
export interface DecideReport {
  readonly applied: Offset;
  /** A restart reads the journal from here on: it must be kept. */
  readonly saved: Offset;
  /** False when there may be more to read at once. */
  readonly caughtUp: boolean;
  readonly answers: readonly { readonly offset: Offset; readonly answer: ActionAnswer }[];
  readonly outbox: readonly OutboxItem[];
  readonly cancelled: readonly string[];
  readonly changes: readonly Change[];
  readonly counts: readonly Count[];
  /** All rules that failed and judge nothing any more, oldest first. */
  readonly stopped: readonly StoppedRule[];
  /** Messages that went to quarantine, for the log: the first few. */
  readonly quarantined: readonly Omit<QuarantineEntry, "payload">[];
  /** Wall milliseconds from append to open case, for each case opened. */
  readonly readingToCaseMs: readonly number[];
  readonly serviceTime: EpochMs;
  readonly clock: "live" | "event";
  /** Earliest deadline on the service clock; null = none. */
  readonly deadline: EpochMs | null;
}

/** Applied by the engine; owed to the stores until it is durable. */
interface Batch {
  readonly last: Offset;
  readonly records: number;
  readonly effects: readonly Effects[];
  readonly views: ChangedViews;
  readonly points: readonly ServicePoint[];
  readonly openedFrom: readonly EpochMs[];
  readonly quarantined: readonly QuarantineEntry[];
  readonly caughtUp: boolean;
}

/** A flood of bad messages is in the counters; the log needs samples of it only. */
const QUARANTINED_TOLD = 20;

/**
 * Reads the journal from the snapshot on and applies it: one batch per `step`, one transaction per
 * batch that had effects, a snapshot of the state every few seconds. The order is fixed: effects
 * are durable before they are reported, and a snapshot is never ahead of the effects. While a store
 * takes nothing (disk full) what is applied stays owed, and no more is read.
 */
export class Decider {
  readonly #deps: DeciderDeps;
  readonly #engine: Engine;
  readonly #points: ServicePoints | undefined;
  #applied: Offset;
  #saved: Offset;
  #savedAt: EpochMs;
  #unsavedRecords = 0;
  #viewsAt: EpochMs = 0;
  #owed: Batch | undefined;
  #unsaved: readonly StateEntry[] = [];
  /** Told with the next report. */
  #flushed: readonly Change[] = [];

  constructor(deps: DeciderDeps) {
    this.#deps = deps;
    const snapshot = deps.state.load();
    const { compile, points = false } = deps;
    const tells = { alerts: points, cases: points };
    const options = compile === undefined ? tells : { ...tells, compile };
    this.#engine = new Engine(snapshot.entries, options);
    this.#points = points ? new ServicePoints() : undefined;
    this.#applied = snapshot.offset;
    this.#saved = snapshot.offset;
    this.#savedAt = deps.now();
  }

  get applied(): Offset {
    return this.#applied;
  }

  /**
   * Reads, applies and stores the next batch.
   *
   * @throws StoreUnavailableError; nothing is lost by it: the next call tries the same batch again.
   */
  step(limit: number): DecideReport {
    if (this.#owed === undefined) this.#snapshotIfDue();
    return this.#settle(this.#owed ?? this.#apply(limit));
  }

  /** For when no traffic comes: writes device views and the snapshot that are still owed. Throws as `step`. */
  idle(): DecideReport | undefined {
    if (this.#owed !== undefined) return this.#settle(this.#owed);
    if (this.#applied < this.#deps.cases.applied()) return undefined;
    this.#snapshotIfDue();
    const views = this.#takeViews(this.#applied);
    const nothing = isEmpty(views) && this.#flushed.length === 0;
    return nothing ? undefined : this.#settle({ ...this.#viewsOnly(views), caughtUp: true });
  }

  /** Saves what changed; called before a clean stop too. Throws as `step`. */
  snapshot(): void {
    if (this.#owed !== undefined) this.#flushed = this.#settle(this.#owed).changes;
    if (this.#applied < this.#deps.cases.applied()) return;
    this.#flushViews();
    this.#unsaved = [...this.#unsaved, ...this.#engine.takeUnsaved()];
    this.#deps.state.save(this.#applied, this.#deps.build, this.#unsaved);
    this.#unsaved = [];
    this.#saved = this.#applied;
    this.#savedAt = this.#deps.now();
    this.#unsavedRecords = 0;
  }

  #apply(limit: number): Batch {
    const records = this.#deps.read(this.#applied + 1, limit);
    const effects: Effects[] = [];
    const openedFrom: EpochMs[] = [];
    const quarantined: QuarantineEntry[] = [];
    for (const { offset, bytes } of records) {
      const record = readable(offset, bytes);
      const done = this.#applyOne(offset, record);
      if (done === undefined) continue;
      effects.push(done);
      if (done.events.some((e) => e.kind === "opened")) openedFrom.push(record.appendedAt);
      // What the broker refused is told when it happens.
      if (record.kind === "message") quarantined.push(...done.quarantine);
    }
    const last = records.at(-1)?.offset ?? this.#applied;
    // Who asked for something looks at what became of it.
    const asked = effects.some(({ answer }) => answer !== undefined);
    const views = this.#takeViews(last, asked);
    const caughtUp = records.length < limit;
    const points = this.#pointsOf(effects, views);
    const done = { last, records: records.length, effects, views, points };
    return { ...done, openedFrom, quarantined, caughtUp };
  }

  /** Rules that fail are stopped by the engine; whatever else it throws leaves its state half changed. */
  #applyOne(offset: Offset, record: JournalRecord): Effects | undefined {
    try {
      return this.#engine.apply(offset, record);
    } catch (error) {
      const device = record.kind === "message" ? ` of ${record.device}` : "";
      throw new RecordNotAppliedError(
        `record ${offset} (${record.kind}${device}) cannot be applied: ${failureText(error)}. Nothing is decided past it`,
        { cause: error },
      );
    }
  }

  /** What a replay decides again was told before. */
  #pointsOf(effects: readonly Effects[], views: ChangedViews): readonly ServicePoint[] {
    if (this.#points === undefined) return [];
    const known = this.#deps.cases.applied();
    const fresh = effects.filter(({ offset }) => offset > known);
    return this.#points.of(fresh, views, this.#engine.serviceTime);
  }

  /** A replay is committed for comparison only; its views keep until it has caught up. */
  #takeViews(last: Offset, asked = false): ChangedViews {
    if (last < this.#deps.cases.applied()) return NO_VIEWS;
    const now = this.#deps.now();
    const devices = asked || apart(now, this.#viewsAt) >= DEVICE_VIEWS_EVERY_MS;
    const views = this.#engine.takeViews({ devices });
    if (views.devices.length > 0) this.#viewsAt = now;
    return views;
  }

  #settle(batch: Batch): DecideReport {
    this.#owed = batch;
    const { effects, last, views, points } = batch;
    const replay = last < this.#deps.cases.applied();
    if (replay || !effects.every(countsOnly) || !isEmpty(views) || points.length > 0) {
      this.#deps.cases.commit(last, effects, views, points);
    }
    this.#owed = undefined;
    this.#applied = last;
    this.#unsavedRecords += batch.records;
    return this.#report(batch);
  }

  /** Device views held back by pacing are written before the state that they come from is saved. */
  #flushViews(): void {
    const views = this.#engine.takeViews({ devices: true });
    if (!isEmpty(views)) this.#flushed = this.#settle(this.#viewsOnly(views)).changes;
  }

  #viewsOnly(views: ChangedViews): Batch {
    const nothing = { records: 0, effects: [], openedFrom: [], quarantined: [] };
    const points = this.#pointsOf([], views);
    return { last: this.#applied, views, points, caughtUp: false, ...nothing };
  }

  #snapshotIfDue(): void {
    const elapsed = apart(this.#deps.now(), this.#savedAt);
    if (this.#unsavedRecords === 0 || this.#applied < this.#deps.cases.applied()) return;
    const every = this.#deps.snapshotEveryMs ?? SNAPSHOT_EVERY_MS;
    if (elapsed < every && this.#unsavedRecords < SNAPSHOT_EVERY_RECORDS) return;
    this.snapshot();
  }

  #report(batch: Batch): DecideReport {
    const { effects, views } = batch;
    const cancelled = effects.flatMap((e) => e.cancelled);
    const withdrawn = new Set(cancelled);
    const now = this.#deps.now();
    const flushed = this.#flushed;
    this.#flushed = [];
    return {
      applied: this.#applied,
      saved: this.#saved,
      caughtUp: batch.caughtUp,
      answers: effects.flatMap(({ offset, answer }) =>
        answer === undefined ? [] : [{ offset, answer }],
      ),
      // What was owed and taken back within the batch must never be sent.
      outbox: effects
        .flatMap((e) => e.outbox)
        .filter((entry) => !withdrawn.has(entry.id))
        .map((entry) => ({ entry, attempts: 0, nextAt: 0 })),
      cancelled,
      changes: [...flushed, ...changesOf(effects, views)],
      counts: merged(effects.flatMap((e) => e.counts)),
      stopped: this.#engine.stoppedRules,
      quarantined: batch.quarantined
        .slice(0, QUARANTINED_TOLD)
        .map(({ payload: _, ...told }) => told),
      readingToCaseMs: batch.openedFrom.map((at) => now - at),
      serviceTime: this.#engine.serviceTime,
      clock: this.#engine.clockMode,
      deadline: this.#engine.nextDeadline() ?? null,
    };
  }
}

/** A clock that was set back must not hold anything up until it has caught up. */
const apart = (now: EpochMs, before: EpochMs): DurationMs => Math.abs(now - before);

function readable(offset: Offset, bytes: Uint8Array): JournalRecord {
  try {
    return decodeRecord(bytes);
  } catch (error) {
    throw new RecordUnreadableError(`record ${offset} cannot be read: ${failureText(error)}`, {
      cause: error,
    });
  }
}
