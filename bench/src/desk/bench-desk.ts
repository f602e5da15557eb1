import type {
  Desk,
  DeskCapabilities,
  DeskOutcome,
  NewTicket,
  Ticket,
} from "../../../gateway/src/ports/desk.ts";

/** How a desk of a bench is reached. */
export interface BenchDeskLink {
  find(reference: string): Promise<DeskOutcome<readonly Ticket[]>>;
  create(ticket: NewTicket): Promise<DeskOutcome<{ readonly id: string }>>;
  read(id: string): Promise<DeskOutcome<Ticket>>;
  /** Asks for changes; there are never any. */
  changes(): Promise<DeskOutcome<null>>;
}

const capabilities = (requestsPerMinute: number): DeskCapabilities => ({
  ...{ kind: "bench", fence: "unique_reference", searchLagMs: 0, readBack: true, changes: true },
  ...{ optimisticLock: false, attachments: false, links: false, merges: false },
  ...{ evidencePlace: "field", limits: { requestsPerMinute } },
});

const done = <T>(value: T): DeskOutcome<T> => ({ kind: "done", value });

/** A desk in which nobody does anything but the bridge. */
export function benchDesk(link: BenchDeskLink, requestsPerMinute: number): Desk {
  const none = async (): Promise<DeskOutcome<null>> => done(null);
  return {
    name: "bench",
    capabilities: capabilities(requestsPerMinute),
    check: async () => done({ ok: true, desk: "bench", lines: [] }),
    find: (reference) => link.find(reference),
    create: (ticket) => link.create(ticket),
    read: (id) => link.read(id),
    update: none,
    comment: async () => done({ change: "" }),
    attach: none,
    link: none,
    changes: async () => {
      const asked = await link.changes();
      if (asked.kind !== "done") return asked;
      return done({ changes: [], cursor: "1", more: false });
    },
    orphans: async () => done([]),
    reject: none,
  };
}
