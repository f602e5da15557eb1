import { describe, expect, it } from "vitest";
import type { OutboxEntry } from "#domain/effects.ts";
import type { OutboxMark } from "#ports/case-store.ts";
import {
  alertView,
  caseEvent,
  caseView,
  command,
  deviceView,
  effects,
  noViews,
  quarantined,
} from "../support/case-samples.ts";
import type { CaseStoreUnderTest } from "./case-lists.ts";
import { caseListsContract } from "./case-lists.ts";
import { foundContract } from "./case-problems.ts";

const diverged = expect.objectContaining({ code: "VZ_REPLAY_DIVERGED" });
const mark = (state: OutboxMark["state"], over: Partial<OutboxMark> = {}): OutboxMark => ({
  state,
  at: 1,
  attempts: 1,
  error: "",
  nextAt: 0,
  ...over,
});

/** What the port promises; `open` answers an empty store. */
export function caseStoreContract(open: () => CaseStoreUnderTest): void {
  describe("writing", () => writing(open));
  describe("replaying", () => replaying(open));
  describe("owing", () => owing(open));
  describe("listing", () => caseListsContract(open));
  describe("finding over many devices", () => foundContract(open));
}

function writing(open: () => CaseStoreUnderTest): void {
  it("starts with nothing applied", async () => {
    using opened = open();
    expect(opened.store.applied()).toBe(0);
    expect(await opened.reader.cases({ limit: 5 })).toEqual({ items: [], nextCursor: null });
    expect(await opened.reader.case("c-1")).toBeUndefined();
  });

  it("keeps cases, devices and timelines as they were given", async () => {
    using opened = open();
    const view = caseView("c-1");
    const device = deviceView("d-1");
    const events = [caseEvent(3, 0, "c-1"), caseEvent(3, 1, "c-2"), caseEvent(7, 0, "c-1")];
    opened.store.commit(
      7,
      [effects(3, { events: events.slice(0, 2) }), effects(7, { events: events.slice(2) })],
      { ...noViews, cases: [view], devices: [device] },
    );
    expect(opened.store.applied()).toBe(7);
    expect(await opened.reader.case("c-1")).toEqual(view);
    expect(await opened.reader.device("d-1")).toEqual(device);
    expect(await opened.reader.timeline("c-1")).toEqual([events[0], events[2]]);
  });

  it("replaces a view as a whole and forgets removed devices with their alerts", async () => {
    using opened = open();
    const alert = alertView("d-1/hot/1", { device: "d-1" });
    opened.store.commit(1, [], { ...noViews, devices: [deviceView("d-1")], alerts: [alert] });
    opened.store.commit(2, [], { ...noViews, devices: [deviceView("d-1", { firmware: "2.0" })] });
    expect((await opened.reader.device("d-1"))?.firmware).toBe("2.0");
    opened.store.commit(3, [], { ...noViews, removedDevices: ["d-1"] });
    expect(await opened.reader.device("d-1")).toBeUndefined();
    expect((await opened.reader.alerts({ limit: 5 })).items).toEqual([]);
  });

  it("lists an alert only while it is in some phase", async () => {
    using opened = open();
    opened.store.commit(1, [], { ...noViews, alerts: [alertView("a"), alertView("b")] });
    opened.store.commit(2, [], { ...noViews, alerts: [alertView("a", { phase: "inactive" })] });
    expect((await opened.reader.alerts({ limit: 5 })).items).toEqual([alertView("b")]);
  });
}

function replaying(open: () => CaseStoreUnderTest): void {
  const live = [
    effects(3, { events: [caseEvent(3, 0, "c-1")], outbox: [command("o-1")] }),
    effects(4, {}),
    effects(5, { events: [caseEvent(5, 0, "c-1")], quarantine: [quarantined(5, 0)] }),
  ];
  const opened = (): CaseStoreUnderTest => {
    const fresh = open();
    fresh.store.commit(5, live, { ...noViews, cases: [caseView("c-1", { revision: 9 })] });
    return fresh;
  };

  it("accepts the same decisions again, whole or in parts, and writes nothing", async () => {
    using same = opened();
    const older = { ...noViews, cases: [caseView("c-1", { revision: 1 })] };
    same.store.commit(4, live.slice(0, 2), older);
    for (const one of live) same.store.commit(one.offset, [one], noViews);
    expect(same.store.applied()).toBe(5);
    expect(await same.reader.timeline("c-1")).toHaveLength(2);
    expect((await same.reader.case("c-1"))?.revision).toBe(9);
    expect(same.store.dueOutbox(10)).toHaveLength(1);
  });

  it("writes views that were held back when nothing newer was decided", async () => {
    using same = opened();
    same.store.commit(5, [], { ...noViews, devices: [deviceView("d-1")] });
    expect(await same.reader.device("d-1")).toEqual(deviceView("d-1"));
  });

  it("goes on from replayed to new effects within one commit", async () => {
    using same = opened();
    const next = effects(6, { events: [caseEvent(6, 0, "c-1")] });
    same.store.commit(6, [...live, next], { ...noViews, cases: [caseView("c-1")] });
    expect(await same.reader.timeline("c-1")).toHaveLength(3);
    expect((await same.reader.case("c-1"))?.revision).toBe(caseView("c-1").revision);
  });

  it("names the offset and both contents when an event reads otherwise", () => {
    using same = opened();
    const other = effects(3, {
      events: [caseEvent(3, 0, { reason: "decided otherwise" })],
      outbox: [command("o-1")],
    });
    const replay = (): void => same.store.commit(3, [other], noViews);
    expect(replay).toThrow(diverged);
    expect(replay).toThrow(/offset 3.*boiler is hot.*decided otherwise/s);
  });

  it("does not mind in which order the fields of a command were set", () => {
    using same = opened();
    const { id, kind, ...rest } = command("o-1");
    const turned = { ...rest, kind, id } as OutboxEntry;
    const one = effects(3, { events: [caseEvent(3, 0, "c-1")], outbox: [turned] });
    expect(() => same.store.commit(3, [one], noViews)).not.toThrow();
  });

  it("notices an event, a command or a quarantine entry that is missing or new", () => {
    const variants = [
      effects(3, { outbox: [command("o-1")] }),
      effects(3, { events: [caseEvent(3, 0, "c-1")] }),
      effects(3, {
        events: [caseEvent(3, 0, "c-1"), caseEvent(3, 1, "c-1")],
        outbox: [command("o-1")],
      }),
      effects(3, { events: [caseEvent(3, 0, "c-1")], outbox: [command("o-2")] }),
      effects(5, { events: [caseEvent(5, 0, "c-1")] }),
      effects(4, { quarantine: [quarantined(4, 0)] }),
    ];
    for (const variant of variants) {
      using same = opened();
      expect(() => same.store.commit(variant.offset, [variant], noViews)).toThrow(diverged);
    }
  });
}

function owing(open: () => CaseStoreUnderTest): void {
  it("answers what is owed oldest first, to all or to one device", () => {
    using opened = open();
    const first = command("o-9", { device: "d-1" });
    const second = command("o-1", { device: "d-2" });
    opened.store.commit(
      2,
      [effects(1, { outbox: [first] }), effects(2, { outbox: [second] })],
      noViews,
    );
    expect(opened.store.dueOutbox(10).map((item) => item.entry)).toEqual([first, second]);
    expect(opened.store.dueOutbox(1).map((item) => item.entry)).toEqual([first]);
    expect(opened.store.outboxOf("d-2")).toEqual([{ entry: second, attempts: 0, nextAt: 0 }]);
  });

  it("ignores a second entry of the same id", () => {
    using opened = open();
    const entry = command("o-1");
    opened.store.commit(1, [effects(1, { outbox: [entry] })], noViews);
    opened.store.commit(2, [effects(2, { outbox: [command("o-1", { counter: 7 })] })], noViews);
    expect(opened.store.dueOutbox(10).map((item) => item.entry)).toEqual([entry]);
    opened.store.commit(2, [effects(2, { outbox: [command("o-1", { counter: 7 })] })], noViews);
  });

  it("owes a retry with its count and time, and no longer what is done or given up", () => {
    using opened = open();
    const outbox = ["o-1", "o-2", "o-3"].map((id) => command(id));
    opened.store.commit(1, [effects(1, { outbox })], noViews);
    opened.store.markOutbox("o-1", mark("done"));
    opened.store.markOutbox("o-2", mark("retry", { attempts: 3, nextAt: 99 }));
    opened.store.markOutbox("o-3", mark("failed"));
    expect(opened.store.dueOutbox(10)).toEqual([{ entry: outbox[1], attempts: 3, nextAt: 99 }]);
  });

  it("never sends a cancelled entry, and a late mark does not bring it back", async () => {
    using opened = open();
    opened.store.commit(1, [effects(1, { outbox: [command("o-1"), command("o-2")] })], noViews);
    opened.store.markOutbox("o-2", mark("done"));
    opened.store.commit(2, [effects(2, { cancelled: ["o-1", "o-2", "unknown"] })], noViews);
    expect(opened.store.dueOutbox(10)).toEqual([]);
    opened.store.markOutbox("o-1", mark("retry"));
    expect(opened.store.dueOutbox(10)).toEqual([]);
    expect((await opened.reader.counts()).outboxDue).toBe(0);
  });
}
