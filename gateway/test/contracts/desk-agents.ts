import { expect, it } from "vitest";
import type { DeskChange } from "#ports/desk.ts";
import type { DeskUnderTest, Opened } from "./desk.ts";
import { changesAfter, got, made, readBack, startHere } from "./desk-samples.ts";

const at = async (
  under: DeskUnderTest,
  cursor: string,
  id: string,
): Promise<readonly DeskChange[]> =>
  (await changesAfter(under, cursor)).changes.filter(({ ticket }) => ticket === id);

/** What agents do arrives in order, signed by them. */
export function agentsContract(opened: Opened): void {
  it("tells that an agent takes, comments, resolves, opens again and gives back", async () => {
    const under = opened();
    const { id } = await made(under);
    const start = await startHere(under);
    const { agent } = under;
    await agent.take(id);
    await agent.comment(id, "Zeile eins\nline two 😀 <b>");
    await agent.status(id, "resolved");
    await agent.status(id, "open");
    await agent.giveBack(id);
    const changes = await at(under, start, id);
    const told = changes.filter(({ kind }) => kind !== "field");
    expect(told.every(({ own, by }) => !own && by !== "")).toBe(true);
    expect(told).toMatchObject([
      { kind: "owner", to: agent.name, by: agent.name },
      { kind: "comment", text: "Zeile eins\nline two 😀 <b>" },
      { kind: "status", to: "resolved" },
      { kind: "status", to: "open" },
      { kind: "owner", to: "" },
    ]);
    const times = told.map((change) => change.at);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(Math.abs((times[0] ?? 0) - Date.now())).toBeLessThan(120_000);
  });

  it("tells an agent's verdict, and that an agent rejects", async () => {
    const under = opened();
    const { id } = await made(under);
    const start = await startHere(under);
    await under.agent.verdict(id, "sensor_fault");
    await under.agent.status(id, "rejected");
    const changes = await at(under, start, id);
    expect(changes).toEqual([
      expect.objectContaining({ kind: "verdict", verdict: "sensor_fault", own: false }),
      expect.objectContaining({ kind: "status", to: "rejected" }),
    ]);
    expect(await readBack(under, id)).toMatchObject({
      verdict: "sensor_fault",
      status: "rejected",
    });
  });

  it("tells apart a field of the agent's and one of the gateway's", async () => {
    const under = opened();
    const { id } = await made(under);
    const start = await startHere(under);
    await under.agent.rename(id, "Anna looks at it");
    const { version } = await readBack(under, id);
    const fields = { revision: 5, severity: "safety", link: "", evidence: [] };
    got(await under.desk.update(id, { fields }, version));
    const changes = await at(under, start, id);
    const [first, ...rest] = changes.map(({ kind, own, ...more }) => ({ kind, own, ...more }));
    expect(first).toMatchObject({ kind: "field", field: "", own: false });
    expect(rest).toContainEqual(expect.objectContaining({ field: "revision", own: true }));
    expect(rest).toContainEqual(expect.objectContaining({ field: "severity", own: true }));
  });

  it("follows a ticket that an agent moves to another queue", async () => {
    const under = opened();
    const { id, ticket } = await made(under);
    const start = await startHere(under);
    await under.agent.move(id);
    await under.agent.comment(id, "for the technicians");
    const changes = await at(under, start, id);
    expect(changes).toContainEqual(
      expect.objectContaining({ kind: "queue", to: under.secondQueue }),
    );
    expect(changes).toContainEqual(expect.objectContaining({ kind: "comment", own: false }));
    expect(await readBack(under, id)).toMatchObject({ queue: under.secondQueue });
    const found = got(await under.desk.find(ticket.reference, [id]));
    expect(found.map((one) => one.id)).toEqual([id]);
  });

  it("tells a ticket that an agent makes about a device", async () => {
    const under = opened();
    const start = await startHere(under);
    const id = await under.agent.create({ subject: "Customer called", device: "espresso-9" });
    const changes = await at(under, start, id);
    expect(changes).toContainEqual(
      expect.objectContaining({ kind: "created", device: "espresso-9", reference: "", own: false }),
    );
  });
}

export function mergesContract(opened: Opened): void {
  it("goes on with the ticket that an agent merged ours into", async () => {
    const under = opened();
    const { agent, desk } = under;
    const { id, ticket } = await made(under);
    const into = await agent.create({ subject: "Customer called", device: "espresso-7" });
    const start = await startHere(under);
    await agent.comment(id, "the same as the other one");
    await agent.merge?.(id, into);
    await agent.comment(into, "one ticket is enough");
    const { changes } = await changesAfter(under, start);
    const told = changes.filter(({ kind }) => kind === "comment" || kind === "merged");
    expect(told).toMatchObject([
      { kind: "comment", ticket: id, text: "the same as the other one" },
      { kind: "merged", ticket: id, into, own: false },
      { kind: "comment", ticket: into, text: "one ticket is enough" },
    ]);
    const read = await readBack(under, id);
    expect(read).toMatchObject({ id: into });
    const found = got(await desk.find(ticket.reference, [id]));
    expect(found.map((one) => one.id)).toEqual([into]);
    got(await desk.update(id, { reference: ticket.reference }, read.version));
    expect(await readBack(under, into)).toMatchObject({ subject: "Customer called" });
    got(await desk.comment(id, [{ kind: "paragraph", text: "Back to normal since noon" }]));
    expect(await under.page(into)).toContain("Back to normal since noon");
  });
}
