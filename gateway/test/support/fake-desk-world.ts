import type { AgentVerdict } from "#domain/record.ts";
import type { EpochMs } from "#domain/units.ts";
import type {
  DeskCapabilities,
  DeskChange,
  NewTicket,
  Ticket,
  TicketChange,
  TicketStatus,
} from "#ports/desk.ts";

export interface FakeTicket extends Ticket {
  readonly own: boolean;
  readonly createdAt: EpochMs;
  readonly comments: readonly {
    readonly by: string;
    readonly text: string;
    readonly at: EpochMs;
  }[];
  readonly mergedInto: string;
  readonly device: string;
  readonly parent: string;
  readonly follows: string;
  /** How often the gateway wrote each of its parts. */
  readonly writes: number;
}

type Doing = DeskChange extends infer C
  ? C extends DeskChange
    ? Omit<C, "id" | "ticket" | "at" | "by" | "own">
    : never
  : never;

const CLOSED: readonly TicketStatus[] = ["resolved", "rejected", "closed"];

export const FAKE_CAPABILITIES: DeskCapabilities = {
  kind: "fake",
  fence: "unique_reference",
  searchLagMs: 0,
  readBack: true,
  changes: true,
  optimisticLock: true,
  attachments: true,
  links: true,
  merges: true,
  evidencePlace: "field",
  limits: { requestsPerMinute: 600_000 },
};

const BOT = "gateway-bot";

/** What a help desk keeps, and what its agents do. Several connectors may talk to the same one. */
export class FakeDeskWorld {
  readonly capabilities: DeskCapabilities;
  readonly tickets = new Map<string, FakeTicket>();
  readonly changes: DeskChange[] = [];
  readonly rejected: string[] = [];
  /** Every change of status that the gateway made. */
  statusWrites = 0;
  /** The queue has no field for the reference now. */
  dropsReference = false;
  /** Answers 2xx and keeps the status. */
  keepsStatus = false;
  /** Runs after every change, as a desk's own rules do. */
  automation: ((change: DeskChange) => void) | undefined;
  readonly now: () => EpochMs;
  #automating = false;

  constructor(now: () => EpochMs, capabilities: Partial<DeskCapabilities> = {}) {
    this.now = now;
    this.capabilities = { ...FAKE_CAPABILITIES, ...capabilities };
  }

  /** Tickets made by the gateway that live. */
  live(): readonly FakeTicket[] {
    return [...this.tickets.values()].filter(
      ({ own, status, mergedInto }) => own && status !== "rejected" && mergedInto === "",
    );
  }

  /** Follows merges. Throws for an id that never was. */
  ticket(id: string): FakeTicket {
    const found = this.tickets.get(id);
    if (found === undefined) throw new Error(`there is no ticket ${id}`);
    return found.mergedInto === "" ? found : this.ticket(found.mergedInto);
  }

  create(wanted: NewTicket): string {
    const taken = [...this.tickets.values()].some((t) => t.reference === wanted.reference);
    const unique = this.capabilities.fence === "unique_reference";
    const reference = this.dropsReference || (unique && taken) ? "" : wanted.reference;
    const { revision, subject, severity, queue, device, parent, follows } = wanted;
    const own = true;
    const status = "new" as const;
    const evidenceHash = JSON.stringify(wanted.evidence);
    return this.#insert(
      {
        reference,
        revision,
        subject,
        severity,
        queue,
        device,
        parent,
        follows,
        own,
        status,
        evidenceHash,
      },
      BOT,
    );
  }

  update(id: string, { fields, status, reference }: TicketChange): void {
    const now = this.ticket(id);
    if (fields !== undefined) {
      const { revision, evidence } = fields;
      const severity = fields.severity === "" ? now.severity : fields.severity;
      const evidenceHash = JSON.stringify(evidence);
      const writes = now.writes + 1;
      this.#put({ ...now, revision, severity, evidenceHash, writes });
      if (revision !== now.revision) this.#tell(now.id, BOT, { kind: "field", field: "revision" });
      if (severity !== now.severity) this.#tell(now.id, BOT, { kind: "field", field: "severity" });
      this.#tell(now.id, BOT, { kind: "field", field: "evidence" });
    }
    if (reference !== undefined && !this.dropsReference) this.#setReference(now.id, reference);
    if (status !== undefined && !this.keepsStatus) {
      this.statusWrites += 1;
      this.#setStatus(now.id, status, BOT);
    }
  }

  /** Answers the change's id. */
  comment(id: string, by: string, text: string): string {
    const ticket = this.ticket(id);
    const comments = [...ticket.comments, { by, text, at: this.now() }];
    this.#put({ ...ticket, comments });
    return this.#tell(ticket.id, by, { kind: "comment", text });
  }

  reject(id: string, reason: string): void {
    this.rejected.push(id);
    this.comment(id, BOT, reason);
    this.#setStatus(this.ticket(id).id, "rejected", BOT);
  }

  link(child: string, parent: string): void {
    const ticket = this.ticket(child);
    this.#put({ ...ticket, parent });
    this.#tell(ticket.id, BOT, { kind: "field", field: "" });
  }

  /** Signed by somebody who is no user of the gateway. */
  readonly agent = {
    create: (by: string, device: string): string =>
      this.#insert({ subject: "The owner called", device, queue: "Proactive" }, by),
    comment: (id: string, by: string, text: string): string => this.comment(id, by, text),
    own: (id: string, by: string, owner: string): void => {
      const ticket = this.ticket(id);
      if (ticket.owner === owner) return;
      this.#put({ ...ticket, owner });
      this.#tell(ticket.id, by, { kind: "owner", to: owner });
    },
    status: (id: string, by: string, to: TicketStatus): void =>
      this.#setStatus(this.ticket(id).id, to, by),
    severity: (id: string, by: string, severity: string): void => {
      const ticket = this.ticket(id);
      this.#put({ ...ticket, severity });
      this.#tell(ticket.id, by, { kind: "field", field: "severity" });
    },
    reference: (id: string, by: string, reference: string): void => {
      const ticket = this.ticket(id);
      this.#put({ ...ticket, reference });
      this.#tell(ticket.id, by, { kind: "field", field: "reference" });
    },
    verdict: (id: string, by: string, verdict: AgentVerdict): void => {
      const ticket = this.ticket(id);
      this.#put({ ...ticket, verdict });
      this.#tell(ticket.id, by, { kind: "verdict", verdict });
    },
    rename: (id: string, by: string, subject: string): void => {
      this.#put({ ...this.ticket(id), subject });
      this.#tell(this.ticket(id).id, by, { kind: "field", field: "" });
    },
    move: (id: string, by: string, queue: string): void => {
      const ticket = this.ticket(id);
      this.#put({ ...ticket, queue });
      this.#tell(ticket.id, by, { kind: "queue", to: queue });
    },
    merge: (id: string, by: string, into: string): void => {
      const ticket = this.ticket(id);
      const target = this.ticket(into);
      if (ticket.id === target.id) return;
      this.#put({ ...ticket, mergedInto: target.id });
      this.#tell(ticket.id, by, { kind: "merged", into: target.id });
    },
    remove: (id: string): void => {
      this.tickets.delete(id);
    },
  };

  #insert(fields: Partial<FakeTicket>, by: string): string {
    const id = String(this.tickets.size + 1);
    const createdAt = this.now();
    const made: FakeTicket = {
      ...{ id, url: `https://desk.example/${id}`, reference: "", revision: 0, subject: "" },
      ...{ status: "new", raw: "new", owner: "", queue: "", severity: "", verdict: null },
      ...{ version: "", evidenceHash: "", own: false, createdAt, comments: [], mergedInto: "" },
      ...{ device: "", parent: "", follows: "", writes: 0 },
      ...fields,
    };
    this.tickets.set(id, made);
    const { device, reference } = made;
    this.#tell(id, by, { kind: "created", device, reference });
    return id;
  }

  #setReference(id: string, reference: string): void {
    const taken = [...this.tickets.values()].some((t) => t.reference === reference && t.id !== id);
    if (taken && this.capabilities.fence === "unique_reference") return;
    this.#put({ ...this.ticket(id), reference });
    this.#tell(id, BOT, { kind: "field", field: "reference" });
  }

  #setStatus(id: string, to: TicketStatus, by: string): void {
    const ticket = this.ticket(id);
    if (ticket.status === to) return;
    this.#put({ ...ticket, status: to, raw: to });
    this.#tell(id, by, { kind: "status", to, raw: to });
  }

  #put(ticket: FakeTicket): void {
    this.tickets.set(ticket.id, ticket);
  }

  #tell(ticket: string, by: string, doing: Doing): string {
    const id = String(this.changes.length + 1);
    const change = { id, ticket, at: this.now(), by, own: by === BOT, ...doing };
    this.changes.push(change);
    const known = this.tickets.get(ticket);
    if (known !== undefined) this.#put({ ...known, version: id });
    if (this.automation !== undefined && !this.#automating) {
      this.#automating = true;
      this.automation(change);
      this.#automating = false;
    }
    return id;
  }
}

export const isClosed = (status: TicketStatus): boolean => CLOSED.includes(status);
