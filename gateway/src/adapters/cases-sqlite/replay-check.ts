import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Effects } from "#domain/effects.ts";
import type { Offset } from "#domain/units.ts";
import { ReplayDivergedError } from "#ports/case-store.ts";
import type { Row } from "./schema.ts";
import { caseEventOf, clipped, quarantineEntryOf } from "./schema.ts";

interface Pruned {
  readonly offset: Offset;
  readonly n: number;
}

/**
 * Compares what a replay decides with what the live run stored. Equality is by content, so the same
 * decision in other words is a divergence too: the timeline that people read must not change.
 */
export class ReplayCheck {
  readonly #events: StatementSync;
  readonly #quarantine: StatementSync;
  readonly #outboxRange: StatementSync;
  readonly #outboxById: StatementSync;

  constructor(db: DatabaseSync) {
    this.#events = db.prepare(
      "SELECT * FROM case_event WHERE offset > ? AND offset <= ? ORDER BY offset, n",
    );
    this.#quarantine = db.prepare(
      "SELECT * FROM quarantine WHERE offset > ? AND offset <= ? ORDER BY offset, n",
    );
    this.#outboxRange = db.prepare(
      "SELECT id, offset, json FROM outbox WHERE offset > ? AND offset <= ? ORDER BY seq",
    );
    this.#outboxById = db.prepare("SELECT id, offset, json FROM outbox WHERE id = ?");
  }

  /**
   * `effects` are all those of the offsets after `after` up to `upTo`; an offset without any has
   * none. `pruned`: newest quarantine key that was dropped for space.
   */
  compare(
    range: { readonly after: Offset; readonly upTo: Offset },
    effects: readonly Effects[],
    pruned: Pruned,
  ): void {
    const { after, upTo } = range;
    const events = this.#events.all(after, upTo).map((row) => ({ ...caseEventOf(row) }));
    assertSame("case event", events.map(keyed), effects.flatMap((e) => e.events).map(keyed));
    const stored = this.#quarantine.all(after, upTo).map((row) => quarantineKeyed(row));
    const decided = effects
      .flatMap((e) => e.quarantine)
      .filter((e) => e.offset > pruned.offset || (e.offset === pruned.offset && e.n > pruned.n))
      .map((e) => quarantined(e));
    assertSame("quarantine entry", stored, decided);
    this.#compareOutbox(range, effects);
  }

  #compareOutbox(
    range: { readonly after: Offset; readonly upTo: Offset },
    effects: readonly Effects[],
  ): void {
    const stored = this.#outboxRange.all(range.after, range.upTo).map(outboxKeyed);
    const decided: Keyed[] = [];
    const seen = new Set<string>();
    for (const { offset, outbox } of effects) {
      for (const entry of outbox) {
        const row = this.#outboxById.get(entry.id);
        // The id was taken by an earlier record, then and now: the insert was and is ignored.
        if (row !== undefined && Number(row.offset) < offset) continue;
        if (seen.has(entry.id)) continue;
        seen.add(entry.id);
        decided.push({ offset, key: `${offset}/${entry.id}`, content: canonical(entry) });
      }
    }
    assertSame("outbox entry", stored, decided);
  }
}

interface Keyed {
  readonly offset: Offset;
  readonly key: string;
  readonly content: string;
}

function keyed(event: ReturnType<typeof caseEventOf>): Keyed {
  const { offset, n, caseId, at, kind, by, reason } = event;
  return {
    offset,
    key: `${offset}/${n}`,
    content: JSON.stringify({ offset, n, caseId, at, kind, by, reason }),
  };
}

const quarantineKeyed = (row: Row): Keyed => quarantined(quarantineEntryOf(row));

function quarantined(entry: ReturnType<typeof quarantineEntryOf>): Keyed {
  const { offset, n, at, device, topic, code, reason } = entry;
  const payload = Buffer.from(clipped(entry.payload)).toString("base64");
  return {
    offset,
    key: `${offset}/${n}`,
    content: JSON.stringify({ offset, n, at, device, topic, code, reason, payload }),
  };
}

const outboxKeyed = (row: Row): Keyed => ({
  offset: Number(row.offset),
  key: `${row.offset}/${row.id}`,
  content: canonical(JSON.parse(String(row.json))),
});

/** JSON with the keys of every object in order: how an object was built is no difference. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, part: unknown) =>
    part !== null && typeof part === "object" && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );

function assertSame(what: string, stored: readonly Keyed[], decided: readonly Keyed[]): void {
  const open = new Map(stored.map((entry) => [entry.key, entry]));
  for (const entry of decided) {
    const before = open.get(entry.key);
    open.delete(entry.key);
    if (before?.content !== entry.content) throw diverged(what, { before, now: entry });
  }
  for (const before of open.values()) throw diverged(what, { before, now: undefined });
}

function diverged(
  what: string,
  pair: { readonly before: Keyed | undefined; readonly now: Keyed | undefined },
): ReplayDivergedError {
  const { before, now } = pair;
  const offset = now?.offset ?? before?.offset ?? 0;
  return new ReplayDivergedError(
    `replay diverged at offset ${offset}, ${what}: stored ${before?.content ?? "nothing"}, decided now ${now?.content ?? "nothing"}`,
  );
}
