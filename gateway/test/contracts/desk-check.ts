import { expect, it } from "vitest";
import type { DeskSettings } from "#ports/desk-settings.ts";
import type { Opened } from "./desk.ts";
import { got, made, newTicket } from "./desk-samples.ts";

/** What an administrator is told. */
export function checkContract(opened: Opened): void {
  it("finds nothing missing at a desk that is set up as its recipe says", async () => {
    const under = opened();
    await made(under);
    const check = got(await under.desk.check());
    expect(check.lines.filter(({ state }) => state === "missing")).toEqual([]);
    expect(check.ok).toBe(true);
    expect(check.desk).not.toBe("");
    expect(check.lines.every(({ state, next }) => (state === "ok") === (next === ""))).toBe(true);
  });

  it("changes nothing when it looks", async () => {
    const under = opened();
    const { id } = await made(under);
    const before = got(await under.desk.read(id));
    await under.desk.check();
    expect(got(await under.desk.read(id))).toEqual(before);
  });

  it("says in words what is missing: a queue, a field, a value", async () => {
    const under = opened();
    const cases: readonly (readonly [Partial<DeskSettings>, string])[] = [
      [{ queues: { ...under.settings.queues, default: "Nowhere" } }, "Nowhere"],
      [{ fields: { ...under.settings.fields, reference: "No Such Field" } }, "No Such Field"],
      [{ severities: { ...under.settings.severities, safety: "molten" } }, "molten"],
    ];
    for (const [settings, word] of cases) {
      const check = got(await under.other(settings).check());
      expect(check.ok).toBe(false);
      const lines = check.lines.filter(({ state }) => state === "missing");
      expect(lines.some(({ what, next }) => what.includes(word) && next !== "")).toBe(true);
    }
  });

  it("makes no ticket where its reference or its queue would be missing", async () => {
    const under = opened();
    const ticket = newTicket(under);
    const fields = { ...under.settings.fields, reference: "No Such Field" };
    const blind = under.other({ fields });
    const lost = under.other({ queues: { ...under.settings.queues, default: "Nowhere" } });
    expect((await blind.create(ticket, "a")).kind).toBe("refused");
    expect((await lost.create({ ...ticket, queue: "Nowhere" }, "b")).kind).toBe("refused");
    expect((await blind.find(ticket.reference, [])).kind).toBe("refused");
    expect((await blind.orphans()).kind).toBe("refused");
    await under.settle();
    expect(got(await under.desk.find(ticket.reference, []))).toEqual([]);
  });

  it("is refused with a wrong token, and does not show it", async () => {
    const under = opened();
    const token = "1-14-99999999999999999999999999999999";
    const desk = under.other({}, token);
    for (const answer of [await desk.check(), await desk.read("1"), await desk.changes("")]) {
      expect(answer).toMatchObject({ kind: "refused", code: "denied" });
      expect(JSON.stringify(answer)).not.toContain(token);
    }
  });
}
