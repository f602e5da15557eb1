import type { NewTicket, Ticket } from "../../../gateway/src/ports/desk.ts";

const MINUTE_MS = 60_000;

/** What a simple help desk keeps: enough to find, read and count; no texts. */
export class TicketBook {
  readonly #byReference = new Map<string, number>();
  readonly #references: string[] = [];
  readonly #callTimes: number[] = [];
  #first = 0;
  /** Most requests within any minute. */
  mostInAMinute = 0;
  calls = 0;

  get tickets(): number {
    return this.#references.length;
  }

  get references(): number {
    return this.#byReference.size;
  }

  /** Furthest that a ticket came before or after its case's place in the order. */
  get mostOutOfOrder(): number {
    const places = this.#references.map((reference) => Number(reference.split("-")[1]));
    return places.reduce((most, place, i) => Math.max(most, Math.abs(place - 1 - i)), 0);
  }

  called(now: number): void {
    this.calls += 1;
    this.#callTimes.push(now);
    while ((this.#callTimes[this.#first] ?? now) <= now - MINUTE_MS) this.#first += 1;
    this.mostInAMinute = Math.max(this.mostInAMinute, this.#callTimes.length - this.#first);
    if (this.#first < 10_000) return;
    this.#callTimes.splice(0, this.#first);
    this.#first = 0;
  }

  create({ reference }: Pick<NewTicket, "reference">): string {
    const taken = this.#byReference.has(reference);
    this.#references.push(taken ? "" : reference);
    const number = this.#references.length;
    if (!taken) this.#byReference.set(reference, number);
    return String(number);
  }

  find(reference: string): readonly Ticket[] {
    const number = this.#byReference.get(reference);
    return number === undefined ? [] : [this.read(String(number))].filter((t) => t !== undefined);
  }

  read(id: string): Ticket | undefined {
    const reference = this.#references[Number(id) - 1];
    if (reference === undefined) return undefined;
    return {
      ...{ id, url: `https://desk.example/${id}`, reference, revision: 2, subject: "" },
      ...{ status: "new", raw: "new", owner: "", queue: "Proactive", severity: "", verdict: null },
      ...{ version: "1", evidenceHash: "" },
    };
  }
}
