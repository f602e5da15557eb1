import type { Envelope } from "@voorzorg/firmware-contracts";
import { describe, expect, test } from "vitest";
import type { JournalRecord } from "#domain/record.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "#domain/units.ts";
import { EngineRig } from "../../support/bench-engine.ts";
import { happened, measured, minute, ruleset, tick } from "../../support/raw-messages.ts";
import { head, START } from "../../support/records.ts";
import type { Said, TimedKind } from "./timed-kinds.ts";
import { TIMED_KINDS } from "./timed-kinds.ts";

const BOOT = 1;
const QUIET = { temp: 90, state: "on" };

class Device {
  readonly rig = new EngineRig();
  #seq = 0;

  constructor(rule: string, clock: "live" | "event" = "live") {
    const rules = `product: boiler
rules:
  - id: the-rule
    kind: fault
    title: Something is wrong
    why: It matters.
    ${rule}
    playbook:
      - escalate: { next: Look at it. }
`;
    const rinsed = "  rinsed: { number: 2, title: Rinsed, severity: info }\n";
    this.rig.apply(
      ...head(["b1"], clock),
      ruleset(START, {
        rules: () => rules,
        product: (text) => text.replace(/(severity: info \}\n)/, `$1${rinsed}`),
      }),
    );
  }

  /** `ts`: as stamped by the device; undefined = it has no clock. */
  say(
    said: Said,
    sent: { readonly at: number; readonly envelope: Envelope; readonly hist?: boolean },
  ) {
    this.#seq += 1;
    const envelope = { boot: BOOT, seq: this.#seq, ...sent.envelope };
    const { at } = sent;
    const message =
      typeof said === "string"
        ? happened(envelope, said, { at })
        : measured(envelope, said, { at, cls: sent.hist === true ? "hist" : "tele" });
    this.rig.apply(message);
    return message;
  }

  again(message: JournalRecord, at: number): void {
    this.rig.apply({ ...message, appendedAt: at });
  }

  get alert() {
    const view = this.rig.alert("b1/the-rule/1");
    return { phase: view?.phase ?? "inactive", onsetAt: view?.onsetAt };
  }

  get cases() {
    return this.rig.cases;
  }
}

/** The story as it is meant to be: each message at once and with the right stamp. */
function inOrder({ rule, story }: TimedKind): Device {
  const device = new Device(rule);
  story.forEach((said, i) => {
    device.say(said, { at: minute(i), envelope: { ts: minute(i) } });
  });
  return device;
}

describe.each(TIMED_KINDS)("the time of a $name", (kind) => {
  const { rule, story } = kind;
  const usual = inOrder(kind).alert;

  test("in order it fires and opens its case", () => {
    const device = inOrder(kind);
    expect(device.alert.phase).toBe("firing");
    expect(device.cases).toHaveLength(1);
  });

  test("repeated messages change nothing", () => {
    const device = new Device(rule);
    const sent: JournalRecord[] = [];
    story.forEach((said, i) => {
      sent.push(device.say(said, { at: minute(i), envelope: { ts: minute(i) } }));
      for (const old of sent.slice(-3)) device.again(old, minute(i) + 1);
    });
    expect(device.alert).toEqual(usual);
    expect(device.rig.count("messages_duplicate_total")).toBeGreaterThanOrEqual(story.length);
  });

  test(`what comes late ${kind.late}`, () => {
    const device = new Device(rule);
    const later = minute(story.length + 1);
    device.say({ temp: 85, state: "on" }, { at: later, envelope: { ts: later } });
    story.forEach((said, i) => {
      device.say(said, { at: later + i + 1, envelope: { ts: minute(i) } });
    });
    expect(device.alert.phase).toBe(kind.late === "counts" ? "firing" : "inactive");
    const late = device.rig.count("samples_late_total") + device.rig.count("events_late_total");
    if (kind.late === "decides nothing") expect(late).toBe(story.length);
  });

  test("a stamp of next year, live, counts at its receipt", () => {
    const device = new Device(rule);
    story.forEach((said, i) => {
      const wrong = i === story.length - 2;
      const ts = minute(i) + (wrong ? 400 * DAY_MS : 0);
      device.say(said, { at: minute(i), envelope: { ts } });
    });
    expect(device.alert).toEqual(usual);
    expect(device.rig.count("clock_suspect_total")).toBe(1);
  });

  test("a device without a clock is judged by its uptime", () => {
    const device = new Device(rule);
    story.forEach((said, i) => {
      device.say(said, { at: minute(i), envelope: { up: i * MINUTE_MS } });
    });
    expect(device.alert).toEqual(usual);
  });

  test("a device with neither clock nor counter is judged by receipt", () => {
    const device = new Device(rule);
    story.forEach((said, i) => {
      const message =
        typeof said === "string"
          ? happened({}, said, { at: minute(i) })
          : measured({}, said, { at: minute(i) });
      device.rig.apply(message);
    });
    expect(device.alert).toEqual(usual);
  });

  test("a clock that was set back by a year is believed after three messages, and the fault found on the new time", () => {
    const device = new Device(rule, "event");
    const ahead = START + 365 * DAY_MS;
    for (let i = 0; i < 5; i += 1) {
      device.say(QUIET, { at: START, envelope: { ts: ahead + i * MINUTE_MS } });
    }
    const quiet = 3;
    for (let i = 0; i < quiet; i += 1) {
      device.say(QUIET, { at: START, envelope: { ts: minute(i) } });
    }
    story.forEach((said, i) => {
      device.say(said, { at: START, envelope: { ts: minute(quiet + i) } });
    });
    expect(device.rig.count("clock_steps_back_total")).toBe(1);
    expect(device.alert.phase).toBe("firing");
    expect(device.alert.onsetAt).toBeLessThan(minute(story.length + quiet));
  });

  test("backfill of days ago opens no case", () => {
    const device = new Device(rule);
    const today = START + 4 * DAY_MS;
    story.forEach((said, i) => {
      device.say(said, { at: today, envelope: { ts: minute(i) }, hist: true });
    });
    device.rig.apply(tick(today + MINUTE_MS));
    expect(device.cases).toEqual([]);
  });
});

test("a fault that backfill shows and that still stands today opens its case with its old onset", () => {
  const device = new Device("when: temp > 100.0\n    for: 2m");
  const today = START + 4 * DAY_MS;
  for (let i = 0; i < 5; i += 1) {
    device.say({ temp: 120 }, { at: today, envelope: { ts: minute(i) }, hist: true });
  }
  expect(device.cases).toEqual([]);
  device.say({ temp: 120 }, { at: today, envelope: { ts: today } });
  expect(device.cases).toMatchObject([{ onsetAt: minute(0), openedAt: today }]);
});

describe("the time of silence", () => {
  const rule = "silence: { after: 30m }";

  test.each([
    ["of the past", { ts: minute(-60) }],
    ["of next year", { ts: minute(31) + 400 * DAY_MS }],
    ["without a time", {}],
  ])("any message ends it, also one %s", (_name, envelope) => {
    const device = new Device(rule);
    device.say({ temp: 85 }, { at: minute(0), envelope: { ts: minute(0) } });
    device.rig.apply(tick(minute(31)));
    expect(device.alert.phase).toBe("firing");
    device.say({ temp: 85 }, { at: minute(31), envelope });
    expect(device.alert.phase).toBe("inactive");
  });

  test("runs on the time of receipt: backfill of days ago shows that the device is there now", () => {
    const device = new Device(rule);
    const today = START + 4 * DAY_MS;
    device.say({ temp: 85 }, { at: today, envelope: { ts: minute(0) }, hist: true });
    device.rig.apply(tick(today + 29 * MINUTE_MS));
    expect(device.alert.phase).toBe("inactive");
    device.rig.apply(tick(today + HOUR_MS));
    expect(device.alert.phase).toBe("firing");
  });
});

test.each([
  ["an event", "event: { code: dismissed, clearCode: rinsed }"],
  ["counted events", "count: { event: dismissed, atLeast: 2, within: 10d }"],
])(
  "%s of days ago that nothing has ended opens a case with the first live reading",
  (_name, rule) => {
    const device = new Device(rule);
    const today = START + 4 * DAY_MS;
    device.say("dismissed", { at: today, envelope: { ts: minute(0) } });
    device.say("dismissed", { at: today, envelope: { ts: minute(1) } });
    expect(device.cases).toEqual([]);
    device.say({ temp: 90 }, { at: today, envelope: { ts: today } });
    expect(device.cases).toHaveLength(1);
    expect(device.cases[0]?.onsetAt).toBeLessThanOrEqual(minute(1));
  },
);

test("an event of days ago that another has ended opens none", () => {
  const device = new Device("event: { code: dismissed, clearCode: rinsed }");
  const today = START + 4 * DAY_MS;
  device.say("dismissed", { at: today, envelope: { ts: minute(0) } });
  device.say("rinsed", { at: today, envelope: { ts: minute(1) } });
  device.say({ temp: 90 }, { at: today, envelope: { ts: today } });
  expect(device.cases).toEqual([]);
});

describe("the time of use", () => {
  const rule = "usage: { hardly: { belowPerDay: 1, days: 2 } }";
  const noon = (day: number) => START + day * DAY_MS + 12 * HOUR_MS;

  test("late and repeated readings of the counter count nothing twice", () => {
    const device = new Device(rule);
    for (let day = 0; day < 6; day += 1) {
      const at = noon(day);
      const sent = device.say({ cups: 3 * day }, { at, envelope: { ts: at } });
      device.again(sent, at + 1);
      device.say({ cups: 3 * day - 1 }, { at: at + 2, envelope: { ts: at - HOUR_MS } });
    }
    device.rig.apply(tick(START + 6 * DAY_MS + 7 * HOUR_MS));
    expect(device.alert.phase).toBe("inactive");
    expect(device.rig.device("b1")?.use.map(({ amount }) => amount)).toEqual([3, 3, 3, 3, 3]);
  });

  test("after the clock was set back by a year the days count at once", () => {
    const device = new Device(rule, "event");
    const ahead = noon(365);
    for (let i = 0; i < 3; i += 1) {
      device.say({ cups: i }, { at: START, envelope: { ts: ahead + i * HOUR_MS } });
    }
    for (let day = 0; day < 9; day += 1) {
      device.say({ cups: 2 + 3 * day }, { at: START, envelope: { ts: noon(day) } });
    }
    expect(device.rig.count("clock_steps_back_total")).toBe(1);
    const use = device.rig.device("b1")?.use ?? [];
    expect(use.map(({ amount }) => amount)).toEqual([6, 3, 3, 3, 3, 3, 3]);
    expect(device.alert.phase).toBe("inactive");
  });

  test("days that are backfilled in time are days of use", () => {
    const device = new Device(rule);
    device.say({ cups: 0 }, { at: noon(0), envelope: { ts: noon(0) } });
    for (let day = 1; day < 5; day += 1) {
      device.say({ cups: 3 * day }, { at: noon(4), envelope: { ts: noon(day) }, hist: true });
    }
    device.rig.apply(tick(START + 5 * DAY_MS + 7 * HOUR_MS));
    expect(device.alert.phase).toBe("inactive");
    expect(
      device.rig
        .device("b1")
        ?.use.map(({ amount }) => amount)
        .slice(-4),
    ).toEqual([3, 3, 3, 3]);
  });
});
