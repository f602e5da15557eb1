import { describe, expect, test } from "vitest";
import { Engine } from "#domain/engine/engine.ts";
import type { JournalRecord, ServiceRecord } from "#domain/record.ts";
import { HOUR_MS, MINUTE_MS } from "#domain/units.ts";
import { EngineRig } from "../../support/bench-engine.ts";
import { measured, minute, status, tick } from "../../support/raw-messages.ts";
import { head, START } from "../../support/records.ts";

const read = (n: number, seq: number, device = "b1"): JournalRecord =>
  measured({ boot: 1, seq, ts: minute(n) }, { temp: 80, state: "on" }, { at: minute(n), device });

const service = (
  event: ServiceRecord["event"],
  at: number,
  lastAliveAt: number,
): JournalRecord => ({
  kind: "service",
  appendedAt: at,
  event,
  reason: "",
  lastAliveAt,
});

function rig(devices: readonly string[] = ["b1"]): EngineRig {
  const made = new EngineRig();
  made.apply(...head(devices));
  for (const device of devices) made.apply(read(0, 1, device));
  return made;
}

const silent = (made: EngineRig) => made.cases.filter((c) => c.rule === "silent");

describe("a device that falls silent", () => {
  test("has one case from its last message on, which its next message closes", () => {
    const made = rig();
    made.apply(tick(minute(29)));
    expect(silent(made)).toEqual([]);
    made.apply(tick(minute(30)), tick(minute(300)));
    expect(made.caseOf("silent")).toMatchObject({ onsetAt: minute(0), openedAt: minute(30) });
    made.apply(read(301, 2));
    expect(made.caseOf("silent")).toMatchObject({ status: "resolved", resolution: "recovered" });
  });

  test("after it said that it goes off on purpose has none, and one when it then vanishes", () => {
    const made = rig();
    made.apply(status({ boot: 1, state: "offline", reason: "planned" }, { at: minute(1) }));
    made.apply({
      kind: "connection",
      appendedAt: minute(1),
      device: "b1",
      state: "disconnected",
      reason: "",
    });
    made.apply(tick(minute(1) + 48 * HOUR_MS));
    expect(silent(made)).toEqual([]);
    expect(made.device("b1")?.presence).toBe("offline");
    const back = minute(2) + 48 * HOUR_MS;
    made.apply(measured({ boot: 1, seq: 2, ts: back }, { temp: 80 }, { at: back }));
    made.apply(tick(back + HOUR_MS));
    expect(made.caseOf("silent").onsetAt).toBe(back);
  });

  test("without saying a reason is silent like any other", () => {
    const made = rig();
    made.apply(status({ boot: 1, state: "offline" }, { at: minute(1) }), tick(minute(31)));
    expect(made.caseOf("silent").openedAt).toBe(minute(31));
  });

  test("asleep has none until it should be back, then it is lost", () => {
    const made = rig();
    made.apply(status({ boot: 1, state: "sleeping", wakeS: 7_200 }, { at: minute(1) }));
    made.apply(tick(minute(130)));
    expect(silent(made)).toEqual([]);
    expect(made.device("b1")?.presence).toBe("sleeping");
    made.apply(tick(minute(132)));
    expect(made.device("b1")?.presence).toBe("lost");
    expect(made.caseOf("silent").openedAt).toBe(minute(131));
  });

  test("asleep without a time to wake is waited for", () => {
    const made = rig();
    made.apply(
      status({ boot: 1, state: "sleeping" }, { at: minute(1) }),
      tick(minute(1) + 1_000 * HOUR_MS),
    );
    expect(silent(made)).toEqual([]);
  });

  test("whose broker lost it is shown lost at once, and silent only after the rule's time", () => {
    const made = rig();
    made.apply(status({ boot: 1, state: "lost" }, { at: minute(5) }));
    expect(made.device("b1")?.presence).toBe("lost");
    made.apply(tick(minute(29)));
    expect(silent(made)).toEqual([]);
    made.apply(tick(minute(30)));
    expect(made.caseOf("silent").onsetAt).toBe(minute(0));
  });

  test("while it sends what nobody understands is not silent", () => {
    const made = rig();
    const garbage = { ...read(0, 9), payload: new TextEncoder().encode("?") };
    for (let n = 20; n <= 200; n += 20)
      made.apply({ ...garbage, appendedAt: minute(n) } as JournalRecord);
    expect(silent(made)).toEqual([]);
  });

  test("that first said only that it is there is expected to go on", () => {
    const made = new EngineRig();
    made.apply(
      ...head(),
      status({ boot: 1, state: "online" }, { at: minute(10) }),
      tick(minute(39)),
    );
    expect(silent(made)).toEqual([]);
    made.apply(tick(minute(41)));
    expect(made.caseOf("silent").onsetAt).toBe(minute(10));
  });
});

describe("the service's own downtime", () => {
  test("excuses everybody, first of all records or not, and a device that stays away is found", () => {
    const made = rig(["b1", "b2"]);
    const at = minute(200);
    made.apply(
      service("started", at, minute(1)),
      ...head([]).map((r) => ({ ...r, appendedAt: at })),
    );
    expect(silent(made)).toEqual([]);
    expect(made.device("b1")?.presence).toBe("unknown");
    made.apply(read(201, 2), tick(minute(209)));
    expect(silent(made)).toEqual([]);
    made.apply(tick(minute(211)));
    expect(made.caseOf("silent").device).toBe("b2");
  });

  test("that is told twice moves a step's time on only once", () => {
    const made = new EngineRig();
    made.apply(...head());
    for (let i = 0; i < 3; i++) {
      made.apply(
        measured(
          { boot: 1, seq: i + 1, ts: minute(i) },
          { temp: 150, state: "on" },
          { at: minute(i) },
        ),
      );
    }
    const due = () => made.caseOf("too-hot").actions[0]?.state;
    made.apply(
      service("recovered", minute(62), minute(2)),
      service("recovered", minute(62) + 1, minute(2)),
    );
    made.apply(tick(minute(71)));
    expect(due()).toBe("waiting");
    made.apply(tick(minute(73)));
    expect(due()).toBe("expired");
  });

  test("in recorded time is the jump of the next message, once", () => {
    const made = new EngineRig();
    const send = (n: number, seq: number, device: string) =>
      made.apply(measured({ boot: 1, seq, ts: minute(n) }, { temp: 80 }, { at: START, device }));
    made.apply(...head(["b1", "b2"], "event"));
    send(0, 1, "b1");
    send(0, 1, "b2");
    made.apply(service("started", START, START));
    send(300, 2, "b1");
    expect(silent(made)).toEqual([]);
    send(305, 3, "b1");
    expect(silent(made)).toEqual([]);
    send(311, 4, "b1");
    expect(made.caseOf("silent").device).toBe("b2");
    send(400, 5, "b1");
    send(431, 6, "b1");
    expect(silent(made).filter((c) => c.device === "b2")).toHaveLength(1);
  });
});

describe("a restart from a snapshot", () => {
  test("after every record decides as if there had been none, also for devices without a clock", () => {
    const records: JournalRecord[] = [...head(["b1", "b2"])];
    for (let i = 0; i < 12; i++) {
      const values = { temp: i < 7 ? 150 : 80, state: "on" };
      const at = minute(i);
      records.push(measured({ boot: 1, seq: i, up: i * MINUTE_MS + (i % 3) }, values, { at }));
      // In the same millisecond: nothing but the estimate of its boot changes.
      records.push(
        measured({ boot: 1, seq: i, up: i * MINUTE_MS + 900 }, values, { at, device: "b2" }),
      );
    }
    records.push(tick(minute(60)));
    const whole = new Engine();
    const wanted = records.map((record, i) => whole.apply(i + 1, record));
    const saved = new Map<string, string | undefined>();
    let engine = new Engine();
    records.forEach((record, i) => {
      expect(engine.apply(i + 1, record)).toEqual(wanted[i]);
      for (const { key, value } of engine.takeUnsaved()) saved.set(key, value);
      engine = new Engine([...saved].map(([key, value]) => ({ key, value })));
    });
  });
});
