import type { DurationMs } from "#domain/units.ts";
import type { Clock } from "#ports/clock.ts";
import type {
  Attachment,
  ChangesPage,
  Desk,
  DeskCheck,
  DeskOutcome,
  NewTicket,
  Ticket,
  TicketChange,
} from "#ports/desk.ts";
import type { Document } from "#ports/document.ts";
import type { FakeDeskWorld } from "./fake-desk-world.ts";

/**
 * `cut`: done, the answer is lost. `drop`: the request is lost. `later`: 503. `busy`: 429 with
 * Retry-After.
 */
export type FakeFault = "none" | "cut" | "drop" | "later" | "busy";

export interface FakeDeskOptions {
  readonly name?: string;
  readonly clock: Clock;
  /** Asked at every call; default none. */
  readonly fault?: (call: string) => FakeFault;
  /** How long the desk takes; half of it before it does something, half of it after. */
  readonly latencyMs?: () => DurationMs;
  readonly pageSize?: number;
}

const done = <T>(value: T): DeskOutcome<T> => ({ kind: "done", value });
const refused = (
  code: "conflict" | "not_found" | "closed" | "invalid",
  reason: string,
): DeskOutcome<never> => ({ kind: "refused", code, reason });

/** A connector to a desk that exists in memory only; what it keeps is in its world. */
export class FakeDesk implements Desk {
  readonly name: string;
  readonly world: FakeDeskWorld;
  readonly calls = new Map<string, number>();
  readonly #options: FakeDeskOptions;

  constructor(world: FakeDeskWorld, options: FakeDeskOptions) {
    this.world = world;
    this.name = options.name ?? "desk";
    this.#options = options;
  }

  get capabilities() {
    return this.world.capabilities;
  }

  check(): Promise<DeskOutcome<DeskCheck>> {
    return this.#read("check", () => done({ ok: true, desk: "fake 1", lines: [] }));
  }

  find(reference: string, known: readonly string[]): Promise<DeskOutcome<readonly Ticket[]>> {
    const { world } = this;
    return this.#read("find", () => {
      const visible = world.now() - world.capabilities.searchLagMs;
      const rows = [...world.tickets.values()].filter(
        (ticket) => ticket.reference === reference && ticket.createdAt <= visible,
      );
      // A merged ticket stands for the one that survived, whatever reference that has.
      const survivors = rows.map(({ id }) => ({ ...world.ticket(id), reference }));
      const found = [...new Map(survivors.map((ticket) => [ticket.id, ticket])).values()];
      const missing = known.filter((id) => {
        const now = world.tickets.has(id) ? world.ticket(id).id : "";
        return !found.some((ticket) => ticket.id === now);
      });
      if (missing.length > 0) return { kind: "unknown", reason: `${missing.join()} not found` };
      return done(found);
    });
  }

  create(ticket: NewTicket): Promise<DeskOutcome<{ readonly id: string }>> {
    return this.#write("create", () => done({ id: this.world.create(ticket) }));
  }

  read(id: string): Promise<DeskOutcome<Ticket>> {
    return this.#read("read", () =>
      this.world.tickets.has(id) ? done(this.world.ticket(id)) : refused("not_found", `no ${id}`),
    );
  }

  update(id: string, change: TicketChange, expected: string): Promise<DeskOutcome<null>> {
    return this.#write("update", () => {
      if (!this.world.tickets.has(id)) return refused("not_found", `no ticket ${id}`);
      const { status, version } = this.world.ticket(id);
      if (status === "closed") return refused("closed", `ticket ${id} is closed`);
      if (this.capabilities.optimisticLock && expected !== "" && version !== expected) {
        return refused("conflict", `ticket ${id} was changed`);
      }
      this.world.update(id, change);
      return done(null);
    });
  }

  comment(id: string, comment: Document): Promise<DeskOutcome<{ readonly change: string }>> {
    return this.#write("comment", () => {
      if (!this.world.tickets.has(id)) return refused("not_found", `no ticket ${id}`);
      if (this.world.ticket(id).status === "closed") return refused("closed", `${id} is closed`);
      const text = comment.map((block) => ("text" in block ? block.text : "")).join("\n");
      return done({ change: this.world.comment(id, "gateway-bot", text) });
    });
  }

  attach(_id: string, _file: Attachment): Promise<DeskOutcome<null>> {
    return this.#write("attach", () => done(null));
  }

  link(child: string, parent: string): Promise<DeskOutcome<null>> {
    return this.#write("link", () => {
      this.world.link(child, parent);
      return done(null);
    });
  }

  changes(cursor: string): Promise<DeskOutcome<ChangesPage>> {
    const { changes } = this.world;
    return this.#read("changes", () => {
      if (!/^\d*$/.test(cursor)) return refused("invalid", `no place: ${cursor}`);
      const from = cursor === "" ? changes.length : Number(cursor);
      const to = from + (this.#options.pageSize ?? 50);
      const page = changes.slice(from, to);
      const end = from + page.length;
      return done({ changes: page, cursor: String(end), more: end < changes.length });
    });
  }

  orphans(): Promise<DeskOutcome<readonly Ticket[]>> {
    return this.#read("orphans", () =>
      done(this.world.live().filter(({ reference }) => reference === "")),
    );
  }

  reject(id: string, reason: string): Promise<DeskOutcome<null>> {
    return this.#write("reject", () => {
      this.world.reject(id, reason);
      return done(null);
    });
  }

  #read<T>(call: string, answer: () => DeskOutcome<T>): Promise<DeskOutcome<T>> {
    return this.#exchange(call, answer, "later");
  }

  #write<T>(call: string, answer: () => DeskOutcome<T>): Promise<DeskOutcome<T>> {
    return this.#exchange(call, answer, "unknown");
  }

  async #exchange<T>(
    call: string,
    answer: () => DeskOutcome<T>,
    lost: "later" | "unknown",
  ): Promise<DeskOutcome<T>> {
    const { clock, fault = () => "none", latencyMs = () => 0 } = this.#options;
    this.calls.set(call, (this.calls.get(call) ?? 0) + 1);
    const half = latencyMs() / 2;
    if (half > 0) await clock.sleep(half);
    const met = fault(call);
    if (met === "busy") return { kind: "later", reason: "429", retryAfterMs: 2_000 };
    if (met === "later") return { kind: lost, reason: "503" };
    if (met === "drop") return { kind: lost, reason: "connection reset" };
    const outcome = answer();
    if (half > 0) await clock.sleep(half);
    return met === "cut" ? { kind: lost, reason: "cut" } : outcome;
  }
}
