import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Offset } from "#domain/units.ts";
import { Decider } from "#pipeline/decide.ts";
import { ReplayDivergedError } from "#ports/case-store.ts";
import type { StateEntry, StateStore } from "#ports/state-store.ts";
import { ReplayComparison } from "../adapters/cases-sqlite/replay-comparison.ts";
import { SqliteJournalReader } from "../adapters/journal-sqlite/sqlite-journal-reader.ts";
import { readSnapshot } from "../adapters/state-sqlite/sqlite-state.ts";
import type { AdminContext, Finding } from "./context.ts";
import type { JournalWalk } from "./journal-walk.ts";

const BATCH = 2_000;

type Snapshot = ReturnType<StateStore["load"]>;

const EMPTY: Snapshot = { offset: 0, build: "", entries: [] };

/** Starts from a snapshot and keeps what is saved, in memory. */
class HeldState implements StateStore {
  readonly #from: Snapshot;
  readonly entries: Map<string, string>;

  constructor(from: Snapshot) {
    this.#from = from;
    this.entries = new Map(from.entries.map(({ key, value }) => [key, value ?? ""]));
  }

  load(): Snapshot {
    return this.#from;
  }

  save(_offset: Offset, _build: string, dirty: readonly StateEntry[]): void {
    for (const { key, value } of dirty) {
      if (value === undefined) this.entries.delete(key);
      else this.entries.set(key, value);
    }
  }

  [Symbol.dispose](): void {
    this.entries.clear();
  }
}

/**
 * Decides the records again and compares with what the gateway stored: all of them when the journal
 * reaches back to the first, else those after the snapshot. Whole journals are held against the
 * snapshot, too.
 */
export async function replayFindings(
  folder: string,
  journal: Pick<JournalWalk, "oldest" | "newest">,
  context: AdminContext,
): Promise<readonly Finding[]> {
  const casesPath = join(folder, "cases.db");
  const statePath = join(folder, "state.db");
  if (!existsSync(casesPath)) {
    await context.out("Replay: nothing was decided here yet");
    return [];
  }
  const snapshot = existsSync(statePath) ? readSnapshot(statePath) : EMPTY;
  const isWhole = journal.oldest <= 1;
  const from = isWhole ? EMPTY : snapshot;
  using cases = new ReplayComparison(casesPath, from.offset);
  // A snapshot may be newer than the cases: what lies between must then have had no effect.
  const upTo = Math.min(Math.max(cases.stored(), snapshot.offset), journal.newest);
  if (upTo <= from.offset) {
    await context.out(
      "Replay: nothing was decided since the snapshot, and the journal does not reach back before it",
    );
    return [];
  }
  const run = new ReplayRun({ folder, from, cases, context });
  try {
    run.to(isWhole ? Math.min(snapshot.offset, upTo) : upTo, upTo);
    const differing = isWhole && snapshot.offset <= upTo ? run.differingEntries(snapshot) : [];
    run.to(upTo, upTo);
    await context.out(
      `Replay: offsets ${from.offset + 1} to ${upTo} decide what cases.db holds${isWhole && differing.length === 0 ? `, and the state at ${snapshot.offset} is the one stored` : ""}`,
    );
    return differing.length === 0 ? [] : [stateDiffers(snapshot, differing, context)];
  } catch (error) {
    if (!(error instanceof ReplayDivergedError)) throw error;
    return [{ what: error.message, todo: divergedTodo(snapshot.build, context.build) }];
  } finally {
    run[Symbol.dispose]();
  }
}

class ReplayRun implements Disposable {
  readonly #reader: SqliteJournalReader;
  readonly #cases: ReplayComparison;
  readonly #state: HeldState;
  readonly #decider: Decider;
  readonly #context: AdminContext;
  #end: Offset = 0;

  constructor(parts: {
    readonly folder: string;
    readonly from: Snapshot;
    readonly cases: ReplayComparison;
    readonly context: AdminContext;
  }) {
    this.#reader = new SqliteJournalReader(join(parts.folder, "journal"));
    this.#cases = parts.cases;
    this.#state = new HeldState(parts.from);
    this.#context = parts.context;
    this.#decider = new Decider({
      read: (from, limit) =>
        this.#reader.readSync(from, Math.max(0, Math.min(limit, this.#end - from + 1))),
      cases: parts.cases,
      state: this.#state,
      now: () => parts.context.now(),
      build: parts.context.build,
    });
  }

  /** Decides up to that offset. `all`: where the whole replay ends, for the progress. */
  to(end: Offset, all: Offset): void {
    this.#end = end;
    while (this.#decider.applied < end) {
      const before = this.#decider.applied;
      this.#decider.step(BATCH);
      if (this.#decider.applied === before) return;
      this.#context.progress(before / (all + 1), `replay, offset ${this.#decider.applied}`);
    }
  }

  /** Keys whose values differ from those of the snapshot that was stored at this offset. */
  differingEntries(snapshot: Snapshot): readonly string[] {
    this.#cases.pause(() => this.#decider.snapshot());
    const stored = new Map(snapshot.entries.map(({ key, value }) => [key, value]));
    const keys = new Set([...stored.keys(), ...this.#state.entries.keys()]);
    return [...keys].filter((key) => stored.get(key) !== this.#state.entries.get(key)).sort();
  }

  [Symbol.dispose](): void {
    this.#reader[Symbol.dispose]();
    this.#state[Symbol.dispose]();
  }
}

function stateDiffers(snapshot: Snapshot, keys: readonly string[], context: AdminContext): Finding {
  const named = keys.slice(0, 3).join(", ");
  return {
    what: `the state at offset ${snapshot.offset} is not what the journal leads to: ${keys.length} of ${snapshot.entries.length} entries differ (${named})`,
    todo: divergedTodo(snapshot.build, context.build),
  };
}

function divergedTodo(builtBy: string, build: string): string {
  return builtBy === build
    ? "A bug, or a file that was changed from outside: keep a copy of the folder and report it. To go on: restore the newest good backup."
    : `Version ${builtBy} decided this and version ${build} compares: check again with ${builtBy} before you believe it.`;
}
