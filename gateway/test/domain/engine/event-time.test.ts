import { describe, expect, test } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "#domain/units.ts";
import { EngineRig } from "../../support/bench-engine.ts";
import { measured, minute, status, tick } from "../../support/raw-messages.ts";
import { head, START } from "../../support/records.ts";

const HOT = { temp: 150, state: "on" };
const COOL = { temp: 80, state: "on" };

function rig(clock: "live" | "event" = "live"): EngineRig {
  const made = new EngineRig();
  made.apply(...head(["b1"], clock));
  return made;
}

const device = (made: EngineRig) => {
  const view = made.device("b1");
  if (view === undefined) throw new Error("no view of b1");
  return view;
};

describe("a message of the past", () => {
  test("is counted late, moves neither signals nor clock and decides nothing", () => {
    const made = rig();
    made.apply(measured({ boot: 1, seq: 1, ts: minute(10) }, COOL, { at: minute(10) }));
    for (let i = 0; i < 5; i++) {
      made.apply(measured({ boot: 1, seq: 2 + i, ts: minute(i) }, HOT, { at: minute(10) + i }));
    }
    expect(made.count("samples_late_total")).toBe(5);
    expect(made.cases).toEqual([]);
    expect(device(made)).toMatchObject({
      deviceTime: minute(10),
      signals: { temp: { value: 80 } },
    });
  });

  test("that comes after its gap was given up is late by its place, but news by its own clock counts", () => {
    const made = rig();
    made.apply(
      measured({ boot: 1, seq: 1, ts: minute(0) }, COOL, { at: minute(0) }),
      measured({ boot: 1, seq: 3, ts: minute(2) }, COOL, { at: minute(2) }),
      tick(minute(3)),
      measured({ boot: 1, seq: 2, ts: minute(1) }, HOT, { at: minute(3) }),
    );
    expect(made.count("gaps_given_up_total")).toBe(1);
    expect(made.count("messages_late_total")).toBe(1);
    expect(made.count("samples_late_total")).toBe(1);
    expect(device(made).signals.temp).toEqual({ value: 80, at: minute(2) });
  });
});

describe("a repeated message", () => {
  test("is counted and changes nothing, however often it comes", () => {
    const made = rig();
    const one = measured({ boot: 1, seq: 1, ts: minute(0) }, COOL, { at: minute(0) });
    made.apply(one, { ...one, appendedAt: minute(1) }, { ...one, appendedAt: minute(2) });
    expect(made.count("messages_duplicate_total")).toBe(2);
    expect(made.count("boot_regressed_total")).toBe(0);
  });

  test("of an earlier boot is a duplicate too", () => {
    const made = rig();
    const old = measured({ boot: 1, seq: 1, ts: minute(0) }, COOL, { at: minute(0) });
    made.apply(old, measured({ boot: 2, seq: 1, ts: minute(1) }, COOL, { at: minute(1) }));
    made.apply({ ...old, appendedAt: minute(2) });
    expect(made.count("messages_duplicate_total")).toBe(1);
    expect(made.count("boot_regressed_total")).toBe(0);
  });

  test("on the same place with other content is kept and flagged", () => {
    const made = rig();
    made.apply(
      measured({ boot: 1, seq: 1, ts: minute(0) }, COOL, { at: minute(0) }),
      measured({ boot: 1, seq: 1, ts: minute(1) }, HOT, { at: minute(1) }),
    );
    expect(made.count("boot_regressed_total")).toBe(1);
    expect(device(made).signals.temp).toEqual({ value: 150, at: minute(1) });
  });
});

describe("a number far ahead", () => {
  test("waits two seconds for what is missing and then counts; nothing after it is lost", () => {
    const made = rig();
    made.apply(
      measured({ boot: 1, seq: 1, ts: minute(0) }, COOL, { at: minute(0) }),
      measured({ boot: 1, seq: 4_000_000_000, ts: minute(1) }, HOT, { at: minute(1) }),
    );
    expect(device(made).signals.temp).toMatchObject({ value: 80 });
    made.apply(tick(minute(1) + 2 * SECOND_MS));
    expect(device(made).signals.temp).toMatchObject({ value: 150 });
    for (let i = 2; i <= 4; i++) {
      made.apply(measured({ boot: 1, seq: i, ts: minute(i) }, HOT, { at: minute(i) }));
    }
    expect(made.count("messages_late_total")).toBe(3);
    expect(made.caseOf("too-hot").onsetAt).toBe(minute(1));
  });

  test("65 held messages do not wait for the time-out", () => {
    const made = rig();
    made.apply(measured({ boot: 1, seq: 1, ts: minute(0) }, COOL, { at: minute(0) }));
    for (let i = 0; i < 65; i++) {
      const seq = 10 + i;
      made.apply(
        measured({ boot: 1, seq, ts: minute(1) + i }, { temp: 100 + i }, { at: minute(1) }),
      );
    }
    expect(device(made).signals.temp).toMatchObject({ value: 164 });
  });
});

describe("a stamp of the future, live", () => {
  test("is not used: the reading counts at its receipt, and the doubt is counted", () => {
    const made = rig();
    const ts = minute(0) + 400 * DAY_MS;
    made.apply(measured({ boot: 1, seq: 1, ts }, COOL, { at: minute(0) }));
    expect(made.count("clock_suspect_total")).toBe(1);
    expect(device(made).deviceTime).toBe(minute(0));
    made.apply(measured({ boot: 1, seq: 2, ts: minute(1) }, HOT, { at: minute(1) }));
    expect(device(made).signals.temp).toEqual({ value: 150, at: minute(1) });
  });

  test("of one point inside a pack moves no clock either", () => {
    const made = rig();
    const points = [{ offsetMs: 300 * DAY_MS, values: COOL }];
    made.apply(measured({ boot: 1, seq: 1, ts: minute(0) }, points, { at: minute(0) }));
    expect(device(made).deviceTime).toBe(minute(0));
    expect(made.count("clock_suspect_total")).toBe(1);
  });
});

describe("a stamp of the future in recorded data", () => {
  test("moves the clocks; what follows is late until three messages agree, then counts again", () => {
    const made = rig("event");
    const past = Date.UTC(2015, 0, 1);
    const at = START;
    let seq = 0;
    const send = (ts: number, values = COOL) =>
      made.apply(measured({ boot: 1, seq: ++seq, ts }, values, { at }));
    send(past);
    send(Date.UTC(2090, 0, 1));
    for (let i = 1; i <= 10; i++) send(past + i * MINUTE_MS, HOT);
    expect(made.count("samples_late_total")).toBe(2);
    expect(made.count("clock_steps_back_total")).toBe(1);
    expect(device(made)).toMatchObject({ deviceTime: past + 10 * MINUTE_MS });
    expect(made.caseOf("too-hot").onsetAt).toBe(past + 3 * MINUTE_MS);
  });
});

describe("a clock that was set back for good", () => {
  /** Runs a year ahead within the limits of recorded data, then is set right. */
  function setBack(values: { temp: number; state: string }): {
    made: EngineRig;
    from: number;
    send: (n: number, v: object) => void;
  } {
    const made = rig("event");
    let seq = 0;
    const put = (ts: number, v: object) =>
      made.apply(measured({ boot: 1, seq: ++seq, ts }, v as typeof COOL, { at: START }));
    const ahead = START + 365 * DAY_MS;
    made.apply(status({ boot: 1, state: "online", ts: ahead }, { at: START }));
    for (let i = 0; i < 5; i++) put(ahead + i * MINUTE_MS, values);
    return { made, from: START, send: (n, v) => put(START + n * MINUTE_MS, v) };
  }

  test("is believed after three messages in a row; a fault on the new clock opens its case", () => {
    const { made, send } = setBack(COOL);
    for (let i = 0; i < 8; i++) send(i, HOT);
    expect(made.count("clock_steps_back_total")).toBe(1);
    expect(made.caseOf("too-hot").onsetAt).toBe(minute(2));
  });

  test("leaves no reading of the old clock that would count as fresh for a year", () => {
    const { made, send } = setBack(HOT);
    for (let i = 0; i < 3; i++) send(i, { cups: i });
    expect(Object.keys(device(made).signals)).toEqual(["cups"]);
  });

  test("a fault that was firing goes on and clears on the new clock, not a year later and not at once", () => {
    const { made, send } = setBack(HOT);
    expect(made.caseOf("too-hot").status).toBe("open");
    for (let i = 0; i < 4; i++) send(i, HOT);
    expect(made.caseOf("too-hot").status).toBe("open");
    send(4, COOL);
    send(8, COOL);
    const told = () =>
      made.events.filter((e) => e.caseId === made.caseOf("too-hot").id).map((e) => e.kind);
    expect(told()).not.toContain("alert_cleared");
    send(9, COOL);
    expect(told()).toContain("alert_cleared");
  });

  test("a single message from long ago is late, and does not set it back", () => {
    const { made, send } = setBack(COOL);
    send(0, HOT);
    made.apply(
      measured({ boot: 1, seq: 7, ts: START + 365 * DAY_MS + HOUR_MS }, COOL, { at: START }),
    );
    send(1, HOT);
    expect(made.count("clock_steps_back_total")).toBe(0);
    expect(device(made).signals.temp).toMatchObject({ value: 80 });
  });
});

describe("a device without a clock", () => {
  test("opens its case by its uptime, whatever its messages' way took", () => {
    const made = rig();
    for (let i = 0; i <= 4; i++) {
      const at = minute(i) + (i % 2) * 20 * SECOND_MS;
      made.apply(measured({ boot: 1, seq: i + 1, up: i * MINUTE_MS }, HOT, { at }));
    }
    expect(made.caseOf("too-hot")).toMatchObject({ onsetAt: minute(0), openedAt: minute(2) });
  });

  test("and without uptime or counter opens it by receipt", () => {
    const made = rig();
    for (let i = 0; i <= 3; i++) made.apply(measured({}, HOT, { at: minute(i) }));
    expect(made.caseOf("too-hot").onsetAt).toBe(minute(0));
  });

  test("runs on in recorded time as well", () => {
    const made = rig("event");
    for (let i = 0; i <= 4; i++) {
      made.apply(measured({ boot: 1, seq: i + 1, up: i * MINUTE_MS }, HOT, { at: START }));
    }
    expect(made.caseOf("too-hot").onsetAt).toBe(START);
  });
});

describe("a message of an earlier boot", () => {
  test("is kept, flagged and decides nothing; a will of it does not take the device off line", () => {
    const made = rig();
    made.apply(
      measured({ boot: 3, seq: 1, ts: minute(1) }, COOL, { at: minute(1) }),
      measured({ boot: 2, seq: 9, ts: minute(0) }, HOT, { at: minute(1) }),
      status({ boot: 2, state: "lost" }, { at: minute(1) }),
    );
    expect(made.count("boot_regressed_total")).toBe(1);
    expect(made.count("samples_late_total")).toBe(1);
    expect(device(made)).toMatchObject({ presence: "online", signals: { temp: { value: 80 } } });
  });
});
