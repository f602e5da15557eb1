import type { AgentVerdict } from "#domain/record.ts";
import type { DurationMs, EpochMs } from "#domain/units.ts";
import type { Document } from "#ports/document.ts";

/**
 * What a desk answered. `refused`: it never will take this. `later`: it did not take it now, and did
 * nothing. `unknown`: it may have done it (time-out, cut, 5xx on a write): look before doing it again.
 */
export type DeskOutcome<T> =
  | { readonly kind: "done"; readonly value: T }
  | { readonly kind: "refused"; readonly code: RefusalCode; readonly reason: string }
  | { readonly kind: "later"; readonly reason: string; readonly retryAfterMs?: DurationMs }
  | { readonly kind: "unknown"; readonly reason: string };

/**
 * `conflict`: somebody changed the ticket meanwhile (read, merge, try again). `not_found`: no such
 * ticket. `closed`: the ticket can never be changed again. `denied`: token or rights. `invalid`: all else.
 */
export type RefusalCode = "conflict" | "not_found" | "closed" | "denied" | "invalid";

/** What a desk can do; the bridge works with what there is, and the docs are written from it. */
export interface DeskCapabilities {
  /** Kind of desk, as in its configuration. */
  readonly kind: string;
  /** Best protection against a second ticket that the desk itself offers. */
  readonly fence: "idempotency_key" | "unique_reference" | "search" | "none";
  /** How long a new ticket may be missing from a search by reference. */
  readonly searchLagMs: DurationMs;
  /** Tickets can be read back, so what was written is compared. */
  readonly readBack: boolean;
  /** The desk's changes can be asked for (the truth); a desk without tells nothing by itself. */
  readonly changes: boolean;
  /** `update` honours `expected`. */
  readonly optimisticLock: boolean;
  readonly attachments: boolean;
  readonly links: boolean;
  readonly merges: boolean;
  /** One place per ticket that is rewritten instead of commenting again. */
  readonly evidencePlace: "field" | "description" | "none";
  readonly limits: { readonly requestsPerMinute: number };
}

/** Where a ticket stands, in words that all desks share; `raw` in the ticket is the desk's own. */
export type TicketStatus =
  /** Nobody has begun. */
  | "new"
  /** Somebody works on it or waits for somebody. */
  | "open"
  | "resolved"
  /** "Won't fix", rejected, deleted: it must not come back by itself. */
  | "rejected"
  /** Closed for good: it can never be changed. */
  | "closed";

export interface Ticket {
  /** As the desk names it now; after a merge it differs from the id that was asked for. */
  readonly id: string;
  /** Page of the ticket for people. */
  readonly url: string;
  /** Value of the reference field; "" = none. */
  readonly reference: string;
  /** Value of the revision field; 0 = none. */
  readonly revision: number;
  readonly subject: string;
  readonly status: TicketStatus;
  readonly raw: string;
  /** Who has it; "" = nobody. */
  readonly owner: string;
  readonly queue: string;
  /** The desk's own word; "" = none. */
  readonly severity: string;
  /** What stands in the verdict field; null = nothing yet, or the desk has none. */
  readonly verdict: AgentVerdict | null;
  /** Given back as `expected`; "" = the desk has none. */
  readonly version: string;
  /** Evidence block as it was last written by us, as a hash that the connector computes; "" = cannot tell. */
  readonly evidenceHash: string;
}

/** Fields that belong to the gateway. All others belong to the agents and are never written after creation. */
export interface GatewayFields {
  readonly revision: number;
  /** `normal`, `urgent`, `safety`: the connector maps it to the desk's word. "" in a change = it stays. */
  readonly severity: string;
  readonly link: string;
  readonly evidence: Document;
}

export interface NewTicket extends GatewayFields {
  /** Unique for the case and its ticket number: [a-z0-9-]{1,64}. */
  readonly reference: string;
  /** Device and rule: equal for all cases of one key. */
  readonly dedupKey: string;
  readonly device: string;
  readonly product: string;
  /** One line, at most 200 characters. */
  readonly subject: string;
  /** Internal: agents see it, owners do not. */
  readonly body: Document;
  readonly queue: string;
  readonly attachments: readonly Attachment[];
  /** Ticket of an earlier case that this one follows; "" = none. */
  readonly follows: string;
  /** Ticket of the problem that this one belongs to; "" = none. */
  readonly parent: string;
}

export interface Attachment {
  /** File name, [A-Za-z0-9._-]. */
  readonly name: string;
  readonly type: "image/png" | "text/plain";
  readonly bytes: Uint8Array;
}

export interface TicketChange {
  readonly fields?: GatewayFields;
  /** Only when the bridge may: no agent has touched the ticket, or it reopens with a reason. */
  readonly status?: "open" | "resolved";
  /** The same reference again, when it was lost. */
  readonly reference?: string;
}

/** One thing that somebody did to a ticket, oldest first. The bridge tells our own doing from an agent's. */
export type DeskChange = {
  /** Unique in the desk; the same change read again has the same id. */
  readonly id: string;
  /** Ticket as the desk names it now. */
  readonly ticket: string;
  /** The desk's clock. */
  readonly at: EpochMs;
  readonly by: string;
  /** Signed by the gateway's own user. */
  readonly own: boolean;
} & (
  | { readonly kind: "created"; readonly device: string; readonly reference: string }
  | { readonly kind: "comment"; readonly text: string }
  | { readonly kind: "owner"; readonly to: string }
  | { readonly kind: "status"; readonly to: TicketStatus; readonly raw: string }
  | { readonly kind: "queue"; readonly to: string }
  | { readonly kind: "merged"; readonly into: string }
  | { readonly kind: "verdict"; readonly verdict: AgentVerdict | null }
  /** Another field; `field` says which of ours, "" = one of theirs. */
  | {
      readonly kind: "field";
      readonly field: "reference" | "revision" | "severity" | "link" | "evidence" | "";
    }
);

export interface ChangesPage {
  readonly changes: readonly DeskChange[];
  /** Opaque; the next call continues after these. */
  readonly cursor: string;
  readonly more: boolean;
}

/** What a capability check found, in words that an administrator can act upon. */
export interface DeskCheck {
  readonly ok: boolean;
  /** Version and name of the desk, as it says. */
  readonly desk: string;
  readonly lines: readonly {
    readonly state: "ok" | "missing" | "doubtful";
    /** E.g. `queue "Proactive Service"`. */
    readonly what: string;
    /** What to do; "" when ok. */
    readonly next: string;
  }[];
}

/**
 * One help desk. Every adapter passes test/contracts/desk.ts. No method retries a write by itself,
 * none throws for what the desk or the network does: that is an outcome. A 2xx is no proof: the bridge
 * reads back and compares.
 */
export interface Desk {
  readonly name: string;
  readonly capabilities: DeskCapabilities;
  /** Queue, fields, values, transitions and rights, against the live desk. */
  check(): Promise<DeskOutcome<DeskCheck>>;
  /**
   * All tickets with exactly this reference, closed ones included, oldest first; rows whose reference
   * differs are left out. `known`: ticket ids that should be found: fewer is `unknown`, no licence to create.
   */
  find(reference: string, known: readonly string[]): Promise<DeskOutcome<readonly Ticket[]>>;
  /** One request that creates; `idempotencyKey` is sent where the desk knows such keys. Answers the id. */
  create(ticket: NewTicket, idempotencyKey: string): Promise<DeskOutcome<{ readonly id: string }>>;
  read(id: string): Promise<DeskOutcome<Ticket>>;
  /** `expected`: version that was read; another one at the desk is `refused` with `conflict`. */
  update(id: string, change: TicketChange, expected: string): Promise<DeskOutcome<null>>;
  /** Internal comment. Answers the change id that reading the desk's changes will show for it, "" = unknown. */
  comment(id: string, comment: Document): Promise<DeskOutcome<{ readonly change: string }>>;
  attach(id: string, file: Attachment): Promise<DeskOutcome<null>>;
  /** `child` belongs to `parent`; linking twice is done once. */
  link(child: string, parent: string): Promise<DeskOutcome<null>>;
  /** From `cursor` on; "" = from now on, nothing of the past. */
  changes(cursor: string): Promise<DeskOutcome<ChangesPage>>;
  /** Tickets that we created, that live and have no reference: left behind by a create whose field was lost. */
  orphans(): Promise<DeskOutcome<readonly Ticket[]>>;
  /** Puts an orphan out of the way, with the reason. */
  reject(id: string, reason: string): Promise<DeskOutcome<null>>;
}
