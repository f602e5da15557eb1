import { describe, expect, it } from "vitest";
import { NEW_MEMO, NEW_TICKET, NO_AGENTS } from "#pipeline/desk/lane-start.ts";
import type { DeskChange } from "#ports/desk.ts";
import type { DeskStore, LaneMemo, LaneResult, LaneWish } from "#ports/desk-store.ts";

const wish = (subject: string, wakes = true): LaneWish => ({
  desk: "rt",
  subject,
  note: (news) => ({ ...news, changes: news.changes + 1 }),
  wakes,
});
const follow = (store: DeskStore, now: number, ...subjects: readonly string[]): void =>
  store.follow(
    { offset: now, n: 0 },
    subjects.map((id) => wish(id)),
    now,
  );
const lease = (worker: string, now: number) => ({ worker, now, until: now + 100 });
const memo = (ticket: string): LaneMemo => ({ ...NEW_MEMO, ticket: { ...NEW_TICKET, id: ticket } });
const settled = (over: Partial<LaneResult> = {}): LaneResult => ({
  ...{ memo: NEW_MEMO, state: "idle", worked: 1, dueAt: 0, attempts: 0, reason: "" },
  ...over,
});
const comment: DeskChange = {
  ...{ id: "9", ticket: "17", at: 1, by: "anna", own: false },
  ...{ kind: "comment", text: "on my way" },
};

/** What the bridge relies on; two stores over one file behave like two processes. */
export function deskStoreContract(open: () => DeskStore): void {
  describe("following cases", () => {
    it("keeps the position and what was asked for together", () => {
      using store = open();
      expect(store.position()).toEqual({ offset: 0, n: -1 });
      store.follow({ offset: 7, n: 2 }, [wish("c-1"), wish("c-2", false)], 10);
      expect(store.position()).toEqual({ offset: 7, n: 2 });
      expect(store.lane({ desk: "rt", subject: "c-1" })).toMatchObject({
        ...{ state: "owed", wanted: 1, done: 0, owedSince: 10, dueAt: 10 },
        news: { changes: 1 },
      });
      expect(store.lane({ desk: "rt", subject: "c-2" })).toMatchObject({
        state: "idle",
        wanted: 0,
      });
      expect(store.lane({ desk: "rt", subject: "c-3" })).toBeUndefined();
    });

    it("makes one lane of many events, and keeps when the first was owed", () => {
      using store = open();
      for (const now of [10, 20, 30]) follow(store, now, "c-1");
      expect(store.take("rt", lease("a", 40), 9)).toMatchObject([
        { wanted: 3, owedSince: 10, news: { changes: 3 } },
      ]);
      expect(store.figures("rt")).toMatchObject({ owed: 1, oldestOwedAt: 10 });
    });
  });

  describe("leases", () => {
    it("gives a lane to one worker, the longest owed first", () => {
      using store = open();
      follow(store, 10, "c-1", "c-2");
      follow(store, 20, "c-3");
      const first = store.take("rt", lease("a", 30), 2);
      expect(first.map(({ subject }) => subject)).toEqual(["c-1", "c-2"]);
      expect(store.take("rt", lease("b", 31), 9).map(({ subject }) => subject)).toEqual(["c-3"]);
      expect(store.take("redmine", lease("b", 31), 9)).toEqual([]);
      expect(store.nextDueAt("rt")).toBe(130);
    });

    it("gives it to another one when the lease has run out, and the first one may keep nothing", () => {
      using store = open();
      follow(store, 10, "c-1");
      const [mine] = store.take("rt", lease("a", 10), 1);
      if (mine === undefined) throw new Error("nothing was taken");
      expect(store.save(mine, lease("a", 60), memo("17"))).toBe(true);
      expect(store.take("rt", lease("b", 150), 1)).toEqual([]);
      const [theirs] = store.take("rt", lease("b", 160), 1);
      expect(theirs?.memo.ticket?.id).toBe("17");
      expect(store.save(mine, lease("a", 161), memo("18"))).toBe(false);
      expect(store.settle(mine, lease("a", 161), settled())).toBe(false);
      expect(store.lane(mine)?.memo.ticket?.id).toBe("17");
    });

    it("keeps a lane owed that was asked for again while it was worked on", () => {
      using store = open();
      follow(store, 10, "c-1");
      const [lane] = store.take("rt", lease("a", 10), 1);
      follow(store, 20, "c-1");
      store.settle({ desk: "rt", subject: "c-1" }, lease("a", 30), settled());
      expect(lane?.wanted).toBe(1);
      expect(store.take("rt", lease("a", 30), 1)).toMatchObject([{ wanted: 2, done: 1 }]);
      store.settle({ desk: "rt", subject: "c-1" }, lease("a", 40), settled({ worked: 2 }));
      expect(store.take("rt", lease("a", 50), 1)).toEqual([]);
      expect(store.nextDueAt("rt")).toBeNull();
    });

    it("waits as long as it was told; a new event ends a wait on purpose, not one after a failure", () => {
      using store = open();
      const key = { desk: "rt", subject: "c-1" };
      follow(store, 10, "c-1");
      store.take("rt", lease("a", 10), 1);
      store.settle(key, lease("a", 10), settled({ state: "later", dueAt: 500 }));
      expect(store.take("rt", lease("a", 499), 1)).toEqual([]);
      expect(store.figures("rt").owed).toBe(0);
      follow(store, 20, "c-1");
      expect(store.take("rt", lease("a", 20), 1)).toHaveLength(1);
      const failed = settled({ state: "owed", worked: 2, dueAt: 600, attempts: 3, reason: "503" });
      store.settle(key, lease("a", 30), failed);
      follow(store, 40, "c-1");
      expect(store.take("rt", lease("a", 599), 1)).toEqual([]);
      expect(store.take("rt", lease("a", 600), 1)).toMatchObject([{ attempts: 3, reason: "503" }]);
    });
  });

  it("shows dead letters, newest first, and tries them again when asked", () => {
    using store = open();
    follow(store, 10, "c-1");
    follow(store, 20, "c-2");
    const dead = settled({ state: "dead", attempts: 4, reason: "no such queue" });
    for (const { subject } of store.take("rt", lease("a", 20), 2)) {
      store.settle({ desk: "rt", subject }, lease("a", 30), dead);
    }
    expect(store.dead("rt", 1)).toMatchObject([{ subject: "c-2", reason: "no such queue" }]);
    expect(store.figures("rt")).toMatchObject({ owed: 0, dead: 2 });
    expect(store.retry({ desk: "rt", subject: "c-2" }, 50)).toBe(true);
    expect(store.retry({ desk: "rt", subject: "c-2" }, 50)).toBe(false);
    expect(store.take("rt", lease("a", 50), 9)).toMatchObject([{ subject: "c-2", attempts: 0 }]);
  });

  it("knows all lanes behind a ticket, also under ids from before a merge", () => {
    using store = open();
    follow(store, 10, "c-1", "c-2");
    store.take("rt", lease("a", 10), 2);
    const one = { desk: "rt", subject: "c-1" };
    store.save(one, lease("a", 11), memo("17"));
    store.save(one, lease("a", 12), memo("20"));
    store.save({ desk: "rt", subject: "c-2" }, lease("a", 12), memo("20"));
    const subjects = (ticket: string) =>
      store.lanesOfTicket("rt", ticket).map(({ subject }) => subject);
    expect(subjects("17")).toEqual(["c-1"]);
    expect(subjects("20")).toEqual(["c-1", "c-2"]);
    expect(store.lanesOfTicket("redmine", "17")).toEqual([]);
  });

  it("keeps what agents did apart from what a worker learns at the same time", () => {
    using store = open();
    follow(store, 10, "c-1");
    const [lane] = store.take("rt", lease("a", 10), 1);
    if (lane === undefined) throw new Error("nothing was taken");
    const agents = { ...NO_AGENTS, touchedBy: "anna" };
    store.noteChange("rt", "9", [{ subject: "c-1", agents, wakes: true }], 20);
    store.settle(lane, lease("a", 30), settled({ memo: memo("17") }));
    expect(store.lane(lane)).toMatchObject({
      ...{ state: "owed", wanted: 2, agents: { touchedBy: "anna" } },
      memo: { ticket: { id: "17" } },
    });
    expect([store.seen("rt", "9"), store.seen("rt", "10"), store.seen("x", "9")]).toEqual([
      ...[true, false, false],
    ]);
  });

  it("keeps a change of a ticket that is not known yet until it is", () => {
    using store = open();
    follow(store, 10, "c-1");
    store.take("rt", lease("a", 10), 1);
    const sent = { revision: 1, severity: "normal", link: "", evidence: "" } as const;
    const attempt = { key: "k", reference: "c-1", at: 10, tries: 1, sent, ticket: "" };
    expect(store.hasAttempts("rt")).toBe(false);
    const key = { desk: "rt", subject: "c-1" };
    store.save(key, lease("a", 11), { ...NEW_MEMO, attempt });
    expect(store.hasAttempts("rt")).toBe(true);
    store.park("rt", comment, 12);
    store.park("rt", comment, 13);
    expect(store.parkedKnown("rt", 9)).toEqual([]);
    store.save(key, lease("a", 14), memo("17"));
    expect(store.parkedKnown("rt", 9)).toEqual([comment]);
    store.unpark("rt", comment.id);
    expect(store.parkedKnown("rt", 9)).toEqual([]);
    expect(store.hasAttempts("rt")).toBe(false);
  });

  it("lets one poll at a time, and remembers the place", () => {
    using store = open();
    expect(store.cursor("rt")).toBeNull();
    expect(store.leasePoll("rt", lease("a", 10))).toBe(true);
    expect(store.leasePoll("rt", lease("a", 20))).toBe(true);
    expect(store.leasePoll("rt", lease("b", 30))).toBe(false);
    store.setCursor("rt", "42");
    store.endPoll("rt", "b");
    expect(store.leasePoll("rt", lease("b", 40))).toBe(false);
    store.endPoll("rt", "a");
    expect(store.leasePoll("rt", lease("b", 40))).toBe(true);
    expect(store.leasePoll("rt", lease("a", 140))).toBe(true);
    expect(store.cursor("rt")).toBe("42");
  });

  it("remembers since when a ticket has had no reference, and forgets those that are gone", () => {
    using store = open();
    store.orphans("rt", ["1", "2"], 10);
    expect([...store.orphans("rt", ["2", "3"], 20)]).toEqual([
      ["2", 10],
      ["3", 20],
    ]);
    expect([...store.orphans("rt", ["1"], 30)]).toEqual([["1", 30]]);
  });

  it("forgets what is too old to matter, not what is still owed", () => {
    using store = open();
    follow(store, 10, "c-1", "c-2");
    store.take("rt", lease("a", 10), 1);
    store.settle({ desk: "rt", subject: "c-1" }, lease("a", 10), settled({ memo: memo("17") }));
    store.noteChange("rt", "9", [], 10);
    store.prune(400 * 86_400_000);
    expect(store.lane({ desk: "rt", subject: "c-1" })).toBeUndefined();
    expect(store.lanesOfTicket("rt", "17")).toEqual([]);
    expect(store.lane({ desk: "rt", subject: "c-2" })).toBeDefined();
    expect(store.seen("rt", "9")).toBe(false);
  });
}
