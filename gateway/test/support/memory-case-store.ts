import { isDeepStrictEqual } from "node:util";
import type { AlertView } from "#domain/alert/alert.ts";
import type { CaseEvent, CaseView } from "#domain/case/case.ts";
import type { DeviceView } from "#domain/device-view.ts";
import type { ChangedViews, Effects, OutboxEntry, QuarantineEntry } from "#domain/effects.ts";
import type { ProblemView } from "#domain/problem/problem.ts";
import type { FixView, RemedySwitch } from "#domain/remedy/fix.ts";
import type { EpochMs, Offset } from "#domain/units.ts";
import type {
  CaseFilter,
  CaseReader,
  CaseStore,
  OutboxItem,
  OutboxMark,
  Page,
  ProblemFilter,
} from "#ports/case-store.ts";
import { ReplayDivergedError } from "#ports/case-store.ts";
import type { ServicePoint } from "#ports/point-store.ts";
import type { CursorKey } from "../../src/adapters/cases-sqlite/cursor.ts";
import { decodeCursor, encodeCursor } from "../../src/adapters/cases-sqlite/cursor.ts";

interface OutboxRow {
  readonly entry: OutboxEntry;
  readonly offset: Offset;
  state: "new" | "retry" | "done" | "failed" | "cancelled";
  attempts: number;
  nextAt: EpochMs;
}

/** Both sides of the case store in one object. */
export class MemoryCaseStore implements CaseStore, CaseReader {
  /** Points in the order of their commits. */
  readonly told: ServicePoint[] = [];
  readonly #events: CaseEvent[] = [];
  readonly #cases = new Map<string, CaseView>();
  readonly #alerts = new Map<string, AlertView>();
  readonly #devices = new Map<string, DeviceView>();
  readonly #problems = new Map<string, ProblemView>();
  readonly #fixes = new Map<string, FixView>();
  readonly #remedies = new Map<string, RemedySwitch>();
  readonly #outbox = new Map<string, OutboxRow>();
  readonly #quarantine: QuarantineEntry[] = [];
  #applied: Offset = 0;

  applied(): Offset {
    return this.#applied;
  }

  commit(
    upTo: Offset,
    effects: readonly Effects[],
    views: ChangedViews,
    points: readonly ServicePoint[] = [],
  ): void {
    for (const one of effects) if (one.offset <= this.#applied) this.#compare(one);
    if (upTo < this.#applied) return;
    for (const one of effects) if (one.offset > this.#applied) this.#insert(one);
    for (const id of views.removedDevices) {
      this.#devices.delete(id);
      for (const alert of this.#alerts.values()) {
        if (alert.device === id) this.#alerts.delete(alert.key);
      }
    }
    for (const view of views.cases) this.#cases.set(view.id, view);
    for (const view of views.alerts) {
      if (view.phase === "inactive") this.#alerts.delete(view.key);
      else this.#alerts.set(view.key, view);
    }
    for (const view of views.devices) this.#devices.set(view.id, view);
    for (const view of views.problems ?? []) this.#problems.set(view.id, view);
    for (const view of views.fixes ?? []) this.#fixes.set(fixKey(view), view);
    for (const one of views.remedies ?? []) this.#remedies.set(one.product, one);
    this.told.push(...points);
    this.#applied = upTo;
  }

  markOutbox(id: string, mark: OutboxMark): void {
    const row = this.#outbox.get(id);
    if (row === undefined || !isOwed(row)) return;
    row.state = mark.state;
    row.attempts = mark.attempts;
    row.nextAt = mark.nextAt;
  }

  dueOutbox(limit: number): readonly OutboxItem[] {
    return [...this.#outbox.values()].filter(isOwed).slice(0, limit).map(itemOf);
  }

  outboxOf(device: string): readonly OutboxItem[] {
    return [...this.#outbox.values()]
      .filter((row) => isOwed(row) && row.entry.device === device)
      .map(itemOf);
  }

  async cases(filter: CaseFilter): Promise<Page<CaseView>> {
    const { limit, cursor, ...where } = filter;
    const found = [...this.#cases.values()].filter((view) => matches(view, where));
    return page(found, {
      list: "cases",
      key: (view) => [view.openedAt, view.id],
      newestFirst: true,
      limit,
      cursor,
    });
  }

  async case(id: string): Promise<CaseView | undefined> {
    return this.#cases.get(id);
  }

  async timeline(caseId: string): Promise<readonly CaseEvent[]> {
    return this.#events.filter((event) => event.caseId === caseId);
  }

  async alerts(filter: Parameters<CaseReader["alerts"]>[0]): Promise<Page<AlertView>> {
    const { limit, cursor, ...where } = filter;
    const found = [...this.#alerts.values()].filter((view) => matches(view, where));
    return page(found, {
      list: "alerts",
      key: (view) => [view.since, view.key],
      newestFirst: true,
      limit,
      cursor,
    });
  }

  async devices(filter: Parameters<CaseReader["devices"]>[0]): Promise<Page<DeviceView>> {
    const { limit, cursor, ...where } = filter;
    const found = [...this.#devices.values()].filter((view) => matches(view, where));
    return page(found, {
      list: "devices",
      key: (view) => [rank(view), view.id],
      newestFirst: false,
      limit,
      cursor,
    });
  }

  async device(id: string): Promise<DeviceView | undefined> {
    return this.#devices.get(id);
  }

  async quarantine(
    filter: Parameters<CaseReader["quarantine"]>[0],
  ): Promise<Page<QuarantineEntry>> {
    const { limit, cursor, ...where } = filter;
    const found = this.#quarantine.filter((entry) => matches(entry, where));
    return page(found, {
      list: "quarantine",
      key: (entry) => [entry.offset, entry.n],
      newestFirst: true,
      limit,
      cursor,
    });
  }

  async problems(filter: ProblemFilter): Promise<Page<ProblemView>> {
    const { limit, cursor, ...where } = filter;
    const found = [...this.#problems.values()].filter((view) => matches(view, where));
    return page(found, {
      list: "problems",
      key: (view) => [view.openedAt, view.id],
      newestFirst: true,
      limit,
      cursor,
    });
  }

  async problem(id: string): Promise<ProblemView | undefined> {
    return this.#problems.get(id);
  }

  async fixes(filter: Parameters<CaseReader["fixes"]>[0]): Promise<readonly FixView[]> {
    const found = [...this.#fixes].filter(([, view]) => matches(view, { ...filter }));
    return found.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, view]) => view);
  }

  async remedies(): Promise<readonly RemedySwitch[]> {
    return [...this.#remedies.values()].sort((a, b) => (a.product < b.product ? -1 : 1));
  }

  async counts(): ReturnType<CaseReader["counts"]> {
    const open = [...this.#cases.values()].filter((view) => view.status !== "resolved");
    const openCases = { fault: 0, misuse: 0, underuse: 0 };
    for (const view of open) openCases[view.kind] += 1;
    const devices = [...this.#devices.values()];
    return {
      devices: devices.length,
      online: devices.filter((view) => view.presence === "online").length,
      openCases,
      escalated: open.filter((view) => view.stage === "escalated").length,
      quarantined: this.#quarantine.length,
      outboxDue: [...this.#outbox.values()].filter(isOwed).length,
    };
  }

  [Symbol.dispose](): void {}

  #insert(effects: Effects): void {
    this.#events.push(...effects.events);
    this.#quarantine.push(...effects.quarantine);
    for (const entry of effects.outbox) {
      if (this.#outbox.has(entry.id)) continue;
      const row = { entry, offset: effects.offset, state: "new", attempts: 0, nextAt: 0 } as const;
      this.#outbox.set(entry.id, { ...row });
    }
    for (const id of effects.cancelled) {
      const row = this.#outbox.get(id);
      if (row !== undefined && isOwed(row)) row.state = "cancelled";
    }
  }

  #compare(now: Effects): void {
    const at = <T extends { readonly offset: Offset }>(items: readonly T[]): readonly T[] =>
      items.filter((item) => item.offset === now.offset);
    const outbox = at([...this.#outbox.values()]).map((row) => row.entry);
    const decided = now.outbox.filter(
      (entry) => (this.#outbox.get(entry.id)?.offset ?? now.offset) >= now.offset,
    );
    assertSame(now.offset, at(this.#events), now.events);
    assertSame(now.offset, at(this.#quarantine), now.quarantine);
    assertSame(now.offset, outbox, decided);
  }
}

function assertSame(offset: Offset, stored: unknown, decided: unknown): void {
  if (isDeepStrictEqual(stored, decided)) return;
  throw new ReplayDivergedError(
    `replay diverged at offset ${offset}: stored ${JSON.stringify(stored)}, decided now ${JSON.stringify(decided)}`,
  );
}

const fixKey = ({ product, rule, step }: FixView): string => `${product}\n${rule}\n${step}`;

const isOwed = (row: OutboxRow): boolean => row.state === "new" || row.state === "retry";

const itemOf = ({ entry, attempts, nextAt }: OutboxRow): OutboxItem => ({
  entry,
  attempts,
  nextAt,
});

const RANKS = { safety: 0, urgent: 1, normal: 2 } as const;

function rank(view: DeviceView): number {
  if (view.worst !== null) return RANKS[view.worst];
  return view.presence === "lost" || view.presence === "never_seen" ? 3 : 4;
}

function matches(item: object, where: Readonly<Record<string, unknown>>): boolean {
  const fields = new Map<string, unknown>(Object.entries(item));
  return Object.entries(where).every(
    ([key, value]) => value === undefined || fields.get(key) === value,
  );
}

function page<T>(
  items: readonly T[],
  wanted: {
    readonly list: string;
    readonly key: (item: T) => CursorKey;
    readonly newestFirst: boolean;
    readonly limit: number;
    readonly cursor: string | undefined;
  },
): Page<T> {
  const { list, key, newestFirst, limit, cursor } = wanted;
  const sign = newestFirst ? -1 : 1;
  const sorted = [...items].sort((a, b) => sign * compareKeys(key(a), key(b)));
  const after = cursor === undefined ? undefined : decodeCursor(list, cursor);
  const rest = sorted.filter(
    (item) => after === undefined || sign * compareKeys(key(item), after) > 0,
  );
  const shown = rest.slice(0, limit);
  const last = rest.length > limit ? shown.at(-1) : undefined;
  return { items: shown, nextCursor: last === undefined ? null : encodeCursor(list, key(last)) };
}

function compareKeys(a: CursorKey, b: CursorKey): number {
  if (a[0] !== b[0]) return a[0] - b[0];
  return a[1] < b[1] ? -1 : a[1] > b[1] ? 1 : 0;
}
