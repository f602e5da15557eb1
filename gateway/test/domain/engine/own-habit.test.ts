import { describe, expect, test } from "vitest";
import type { OwnHabitState } from "#domain/detect/own-habit-state.ts";
import type { JournalRecord } from "#domain/record.ts";
import { DAY_MS, HOUR_MS } from "#domain/units.ts";
import { EngineRig } from "../../support/bench-engine.ts";
import { BOILER_RULES } from "../../support/boiler-ruleset.ts";
import { measured, ruleset, tick } from "../../support/raw-messages.ts";
import { head, START } from "../../support/records.ts";

const RULE = `
  - id: dropped
    kind: underuse
    level: watch
    title: Used less
    why: The owner may need help.
    usage: { dropped: { learnDays: 28 } }
`;

/** A boiler that is read four times a day; `cups` a day. */
class Boiler {
  readonly rig = new EngineRig();
  #seq = 0;
  #cups = 1000;

  constructor(clock: "live" | "event" = "live") {
    this.rig.apply(...head(["b1"], clock));
    this.rig.apply(ruleset(START, { rules: () => BOILER_RULES.text + RULE }));
  }

  /** Readings of some days; `sentAt` = they come then, as a backlog. */
  days(from: number, to: number, cups: number, sentAt?: number): void {
    for (let quarter = from * 4; quarter < to * 4; quarter += 1) {
      const ts = START + quarter * 6 * HOUR_MS + HOUR_MS;
      this.#seq += 1;
      this.#cups += cups / 4;
      const envelope = { boot: 1, seq: this.#seq, ts };
      const cls = sentAt === undefined ? "tele" : "hist";
      const record: JournalRecord = measured(
        envelope,
        { temp: 90, state: "on", cups: this.#cups },
        { at: sentAt ?? ts, cls },
      );
      this.rig.apply(record);
    }
  }

  get alert() {
    return this.rig.alert("b1/dropped/1");
  }

  get state(): OwnHabitState {
    const saved = this.rig.engine.takeUnsaved().find(({ key }) => key === "device/b1");
    return JSON.parse(saved?.value ?? "{}").slots.dropped.detector;
  }
}

describe("a habit on the device's own clock", () => {
  test("learns from a backlog of days as if they had come in time", () => {
    const boiler = new Boiler();
    boiler.days(0, 40, 12);
    const back = START + 46 * DAY_MS + 3 * HOUR_MS;
    boiler.rig.apply(tick(back));
    expect(boiler.alert).toMatchObject({ phase: "inactive", unknown: true });
    boiler.days(40, 46, 12, back);
    boiler.days(46, 48, 12);
    expect(boiler.alert).toMatchObject({ phase: "inactive", unknown: false });
    // Day 0 was a partial one, day 47 is not over.
    expect(boiler.state.habit.days).toBe(46);
  });

  test("finds a drop in a backlog, on the day it happened", () => {
    const boiler = new Boiler();
    boiler.days(0, 40, 12);
    const back = START + 52 * DAY_MS + 3 * HOUR_MS;
    boiler.rig.apply(tick(back));
    boiler.days(40, 52, 4, back);
    boiler.days(52, 54, 4);
    expect(boiler.alert?.phase).toBe("firing");
    expect(boiler.alert?.onsetAt).toBe(START + 40 * DAY_MS);
  });

  test("takes a gap in a recording for no claim, and what the counter shows after it for one day", () => {
    const boiler = new Boiler("event");
    boiler.days(0, 40, 12);
    boiler.days(60, 64, 12);
    expect(boiler.alert?.phase ?? "inactive").toBe("inactive");
    expect(boiler.state.habit.days).toBe(42);
  });
});
