import { expect, it } from "vitest";
import type { Opened } from "./desk.ts";
import { changesAfter, got, made, startHere } from "./desk-samples.ts";

/** Reading what happened at the desk. */
export function cursorContract(opened: Opened): void {
  it("begins with now: nothing of the past is told", async () => {
    const under = opened();
    const { id } = await made(under);
    await under.agent.comment(id, "before");
    const { changes } = await changesAfter(under, await startHere(under));
    expect(changes.filter(({ ticket }) => ticket === id)).toEqual([]);
  });

  it("tells the same with the same ids when it is asked from the same place again", async () => {
    const under = opened();
    const { id } = await made(under);
    const start = await startHere(under);
    await under.agent.comment(id, "one");
    await under.agent.status(id, "resolved");
    const [first, again] = [await changesAfter(under, start), await changesAfter(under, start)];
    expect(first.changes.length).toBeGreaterThanOrEqual(2);
    expect(again.changes).toEqual(first.changes);
  });

  it("tells each change once when it goes on, each with an id of its own", async () => {
    const under = opened();
    const { id } = await made(under);
    let cursor = await startHere(under);
    const ids: string[] = [];
    for (const text of ["one", "two", "three"]) {
      await under.agent.comment(id, text);
      const read = await changesAfter(under, cursor);
      ids.push(...read.changes.filter(({ ticket }) => ticket === id).map((change) => change.id));
      cursor = read.cursor;
    }
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toHaveLength(3);
    expect((await changesAfter(under, cursor)).changes).toEqual([]);
  });

  it("refuses a place that it never gave", async () => {
    expect((await opened().desk.changes("no place")).kind).toBe("refused");
  });

  it("marks what the gateway did, and answers the id under which its comment is told", async () => {
    const under = opened();
    const start = await startHere(under);
    const { id } = await made(under);
    const comment = [{ kind: "paragraph", text: "Back to normal" }] as const;
    const { change } = got(await under.desk.comment(id, comment));
    const { changes } = await changesAfter(under, start);
    const own = changes.filter(({ ticket }) => ticket === id);
    expect(own.map(({ kind }) => kind)).toContain("created");
    expect(own.every((one) => one.own)).toBe(true);
    if (change !== "") {
      expect(own.find((one) => one.id === change)).toMatchObject({ kind: "comment" });
    }
  });
}
