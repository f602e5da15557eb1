import { expect, it } from "vitest";
import type { DeskContract, Opened } from "./desk.ts";
import { got, made, newTicket, readBack } from "./desk-samples.ts";

/** Second tickets for one case, and what is left of them. */
export function fenceContract(opened: Opened, { capabilities }: DeskContract): void {
  if (capabilities.fence === "unique_reference") {
    it("never keeps one reference in two tickets", async () => {
      const under = opened();
      const { id, ticket } = await made(under);
      const second = await under.desk.create(ticket, "another key");
      const found = got(await under.desk.find(ticket.reference, [id]));
      expect(found.map((one) => one.id)).toEqual([id]);
      if (second.kind !== "done") return;
      expect((await readBack(under, second.value.id)).reference).toBe("");
      const orphans = got(await under.desk.orphans());
      expect(orphans.map((one) => one.id)).toContain(second.value.id);
    });
  }

  if (capabilities.fence === "idempotency_key") {
    it("answers the same ticket when a create is repeated with its key", async () => {
      const under = opened();
      const ticket = newTicket(under);
      const first = got(await under.desk.create(ticket, ticket.reference));
      const second = got(await under.desk.create(ticket, ticket.reference));
      expect(second).toEqual(first);
    });
  }

  it("finds a ticket of ours that lost its reference, and puts it out of the way", async () => {
    const under = opened();
    const whole = await made(under);
    const orphan = await under.makeOrphan();
    const foreign = await under.agent.create({ subject: "Mine", device: "espresso-7" });
    await under.settle();
    const ids = async (): Promise<readonly string[]> =>
      got(await under.desk.orphans()).map(({ id }) => id);
    expect(await ids()).toContain(orphan);
    expect(await ids()).not.toContain(whole.id);
    expect(await ids()).not.toContain(foreign);
    got(await under.desk.reject(orphan, "A second ticket was made by mistake."));
    await under.settle();
    expect(await ids()).not.toContain(orphan);
    expect(await readBack(under, orphan)).toMatchObject({ status: "rejected" });
    expect(await under.page(orphan)).toContain("A second ticket was made by mistake.");
  });
}
