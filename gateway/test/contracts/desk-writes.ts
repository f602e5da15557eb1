import { expect, it } from "vitest";
import type { GatewayFields } from "#ports/desk.ts";
import type { DeskContract, Opened } from "./desk.ts";
import { got, made, readBack } from "./desk-samples.ts";

const fields = (more: Partial<GatewayFields> = {}): GatewayFields => ({
  revision: 2,
  severity: "safety",
  link: "https://gateway.invalid/cases/1?to=2",
  evidence: [{ kind: "facts", rows: [["Boiler", "146 °C, at most 135 °C"]] }],
  ...more,
});

/** Changing tickets. */
export function writesContract(opened: Opened, { capabilities }: DeskContract): void {
  it("writes the gateway's fields and leaves the agent's alone", async () => {
    const under = opened();
    const { id, ticket } = await made(under);
    await under.agent.take(id);
    await under.agent.rename(id, "Anna looks at it");
    const before = await readBack(under, id);
    expect(await under.desk.update(id, { fields: fields() }, before.version)).toMatchObject({
      kind: "done",
    });
    const after = await readBack(under, id);
    expect(after).toMatchObject({
      revision: 2,
      severity: under.settings.severities.safety,
      reference: ticket.reference,
      subject: "Anna looks at it",
      owner: under.agent.name,
      status: before.status,
    });
    const place = capabilities.evidencePlace;
    if (place !== "none") {
      expect(before.evidenceHash).not.toBe("");
      expect(after.evidenceHash).not.toBe(before.evidenceHash);
    }
  });

  it("writes the same twice without harm, and knows its evidence again", async () => {
    const under = opened();
    const { id } = await made(under);
    const hashes: string[] = [];
    for (let time = 0; time < 2; time++) {
      const { version } = await readBack(under, id);
      got(await under.desk.update(id, { fields: fields() }, version));
      hashes.push((await readBack(under, id)).evidenceHash);
    }
    expect(hashes[0]).toBe(hashes[1]);
  });

  it("resolves a ticket and opens it again", async () => {
    const under = opened();
    const { id } = await made(under);
    for (const status of ["resolved", "open"] as const) {
      const { version } = await readBack(under, id);
      got(await under.desk.update(id, { status }, version));
      expect(await readBack(under, id)).toMatchObject({ status });
    }
  });

  it("writes nothing when somebody changed the ticket since it was read", async () => {
    const under = opened();
    const { id } = await made(under);
    const read = await readBack(under, id);
    await under.agent.comment(id, "I am on it");
    await under.settle();
    const answer = await under.desk.update(id, { fields: fields() }, read.version);
    expect(answer).toMatchObject({ kind: "refused", code: "conflict" });
    expect(await readBack(under, id)).toMatchObject({ revision: 1, severity: read.severity });
    const again = await readBack(under, id);
    got(await under.desk.update(id, { fields: fields() }, again.version));
    expect(await readBack(under, id)).toMatchObject({ revision: 2 });
  });

  it("shows by reading back what the desk did not take, whatever it answered", async () => {
    const under = opened();
    const { id } = await made(under, { severity: "urgent" });
    const words = { normal: "lukewarm", urgent: "hot", safety: "molten" };
    const wrong = under.other({
      severities: words,
      statuses: { ...under.settings.statuses, resolved: ["evaporated"] },
    });
    const { version } = await readBack(under, id);
    const severity = await wrong.update(id, { fields: fields() }, version);
    const now = await readBack(under, id);
    const status = await wrong.update(id, { status: "resolved" }, now.version);
    for (const { kind } of [severity, status]) expect(["done", "refused"]).toContain(kind);
    expect(await readBack(under, id)).toMatchObject({
      severity: under.settings.severities.urgent,
      status: "new",
    });
  });

  it("puts a reference back that was lost", async () => {
    const under = opened();
    const id = await under.makeOrphan();
    const { version } = await readBack(under, id);
    got(await under.desk.update(id, { reference: "case-found-again" }, version));
    expect(await readBack(under, id)).toMatchObject({ reference: "case-found-again" });
    await under.settle();
    const found = got(await under.desk.find("case-found-again", []));
    expect(found.map((ticket) => ticket.id)).toEqual([id]);
  });
}
