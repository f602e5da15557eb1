import { describe, expect, it } from "vitest";
import { Boiler, HEATER_W, thermostatW } from "../../src/models/boiler.ts";
import { Lab } from "../support/lab.ts";

const FAULTY_C = 125;

function heatUp(scalePercent: number): { readonly seconds: number; readonly overshootC: number } {
  const boiler = new Boiler();
  let seconds = 0;
  for (; boiler.waterC < 92 && seconds < 7_200; seconds += 2) {
    boiler.step(2, thermostatW(93, boiler.waterC), scalePercent);
  }
  let highest = boiler.waterC;
  for (let s = 0; s < 600; s += 2) {
    boiler.step(2, thermostatW(93, boiler.waterC), scalePercent);
    highest = Math.max(highest, boiler.waterC);
  }
  return { seconds, overshootC: highest - 93 };
}

describe("the boiler", () => {
  it("holds its set point within a degree and never leaves the range of its sensor", () => {
    const lab = new Lab("espresso-pro", { appetite: 0 }).live(60);
    for (let i = 0; i < 60; i += 1) {
      lab.live(1);
      expect(lab.number("boiler_temp")).toBeGreaterThan(92);
      expect(lab.number("boiler_temp")).toBeLessThan(94);
    }
  });

  it("gains no more energy than the heater puts in", () => {
    const boiler = new Boiler();
    const before = boiler.waterC;
    for (let s = 0; s < 60; s += 2) boiler.step(2, HEATER_W, 0);
    const storedJ = (boiler.waterC - before) * 3_500;
    expect(storedJ).toBeGreaterThan(0);
    expect(storedJ).toBeLessThan(HEATER_W * 60);
  });

  it("warms slowly and overshoots when it is scaled", () => {
    const clean = heatUp(5);
    const scaled = heatUp(95);
    expect(clean.seconds).toBeLessThan(scaled.seconds);
    expect(scaled.overshootC).toBeGreaterThan(clean.overshootC + 0.5);
    expect(93 + scaled.overshootC).toBeLessThan(FAULTY_C);
  });

  it("ends in steam and not in infinity when the heater never stops", () => {
    const boiler = new Boiler();
    for (let s = 0; s < 36_000; s += 2) boiler.step(2, HEATER_W, 0);
    expect(boiler.waterC).toBeGreaterThan(140);
    expect(boiler.waterC).toBeLessThan(155);
  });
});

describe("faults of the espresso machine", () => {
  it.each([
    ["heater_relay_stuck", "set_heater", { enabled: false }],
    ["heater_relay_stuck", "reset_heater_relay", {}],
    ["heater_thermostat_stuck", "set_heater", { enabled: false }],
  ])("%s is cured by %s", (trouble, name, args) => {
    const lab = new Lab("espresso-pro", { appetite: 0 }).live(10).begin(trouble).live(10);
    expect(lab.number("boiler_temp")).toBeGreaterThan(FAULTY_C);
    expect(lab.appliance.command({ name, args }).state).toBe("succeeded");
    lab.live(12);
    expect(lab.number("boiler_temp")).toBeLessThan(110);
    expect(lab.ended).toMatchObject([{ trouble, by: name }]);
  });

  it("a worn relay is parted by switching and sticks again three hours later; a reset cures it", () => {
    const lab = new Lab("espresso-pro", { appetite: 0 }).live(10).begin("heater_relay_worn");
    expect(lab.live(10).number("boiler_temp")).toBeGreaterThan(FAULTY_C);
    lab.appliance.command({ name: "set_heater", args: { enabled: false } });
    expect(lab.live(20).number("boiler_temp")).toBeLessThan(110);
    expect(lab.live(150).number("boiler_temp")).toBeLessThan(110);
    expect(lab.live(30).number("boiler_temp")).toBeGreaterThan(FAULTY_C);
    expect(lab.ended).toEqual([]);
    lab.appliance.command({ name: "reset_heater_relay", args: {} });
    expect(lab.live(20).number("boiler_temp")).toBeLessThan(110);
    expect(lab.live(600).number("boiler_temp")).toBeLessThan(110);
    expect(lab.ended).toMatchObject([{ trouble: "heater_relay_worn", by: "reset_heater_relay" }]);
  });

  it("a thermostat out of tune holds more than it is set to, until a restart tunes it", () => {
    const lab = new Lab("espresso-pro", { appetite: 0 }).live(10).begin("thermostat_warm");
    expect(lab.live(20).number("boiler_temp")).toBeCloseTo(106, 0);
    lab.appliance.applySettings({ setpoint: 80 });
    expect(lab.live(60).number("boiler_temp")).toBeCloseTo(93, 0);
    lab.appliance.applySettings({ setpoint: 93 });
    lab.appliance.command({ name: "restart", args: {} });
    expect(lab.live(60).number("boiler_temp")).toBeCloseTo(93, 0);
  });

  it("the wrong firmware answers success to every command and heats on; an update ends that", () => {
    const lab = new Lab("espresso-pro", { appetite: 0 }).live(10).begin("firmware_runs_hot");
    for (const name of ["set_heater", "reset_heater_relay", "restart"]) {
      const command = { name, args: { enabled: false } };
      expect(lab.appliance.command(command).state).toBe("succeeded");
      expect(lab.live(20).number("boiler_temp")).toBeGreaterThan(FAULTY_C);
    }
    lab.appliance.endTrouble("firmware_runs_hot", "update");
    expect(lab.live(20).number("boiler_temp")).toBeLessThan(110);
  });

  it("whoever has a hand in the machine is safe: every command but a text is refused", () => {
    const lab = new Lab("espresso-pro", { appetite: 0 }).live(10).begin("heater_relay_stuck");
    lab.begin("hands_inside");
    const set = { name: "set_heater", args: { enabled: false } };
    expect(lab.appliance.command(set)).toMatchObject({ state: "rejected", code: "unsafe" });
    const show = { name: "show_advice", args: { text: "Hello" } };
    expect(lab.appliance.command(show).state).toBe("succeeded");
    const scale = lab.live(1).number("scale_index");
    lab.appliance.endTrouble("hands_inside", "time");
    expect(lab.live(1).number("scale_index")).toBeCloseTo(scale);
    expect(lab.appliance.command(set).state).toBe("succeeded");
    expect(lab.live(12).number("boiler_temp")).toBeLessThan(110);
  });

  it("descaling takes its time: accepted at first, and done or failed in the end", () => {
    const descale = (trouble?: string): readonly string[] => {
      const lab = new Lab("espresso-pro", { appetite: 0 }).live(10);
      if (trouble !== undefined) lab.begin(trouble);
      const command = { id: "c-1", name: "start_descale", args: {} };
      expect(lab.appliance.command(command).state).toBe("accepted");
      lab.live(30);
      return lab.answers.map(({ id, outcome }) => `${id} ${outcome.state} ${outcome.code ?? ""}`);
    };
    expect(descale()).toEqual(["c-1 succeeded "]);
    expect(descale("descaling_unfinished")).toEqual(["c-1 failed tank_empty"]);
  });

  it("works with the set point that it was told, and keeps its own beyond what it can", () => {
    const lab = new Lab("espresso-pro", { appetite: 0 });
    lab.appliance.applySettings({ setpoint: 88, reminders: false });
    expect(lab.live(60).number("boiler_temp")).toBeLessThan(89);
    lab.appliance.applySettings({ setpoint: 97 });
    expect(lab.appliance.settings()).toMatchObject({ setpoint: 88, reminders: false });
    const command = { name: "set_setpoint", args: { temp: 97 } };
    expect(lab.appliance.command(command)).toMatchObject({ code: "out_of_range" });
  });

  it("an owner who heeds only the second advice reads the first and does nothing", () => {
    const lab = new Lab("espresso-pro", { appetite: 0, heedsFromAdvice: 2 }).live(10);
    lab.begin("filter_ignored");
    const show = { name: "show_advice", args: { text: "A new filter, please." } };
    lab.appliance.command(show);
    expect(lab.live(240).number("filter_left")).toBeLessThan(4);
    lab.appliance.command(show);
    expect(lab.live(240).number("filter_left")).toBeGreaterThan(90);
  });

  it("a welded relay takes every command and stays hot: a wrong fix cures nothing", () => {
    const lab = new Lab("espresso-pro", { appetite: 0 }).live(10).begin("heater_relay_welded");
    lab.live(10);
    for (const command of [
      { name: "set_heater", args: { enabled: false } },
      { name: "reset_heater_relay", args: {} },
    ]) {
      expect(lab.appliance.command(command).state).toBe("succeeded");
      lab.live(20);
      expect(lab.number("boiler_temp")).toBeGreaterThan(FAULTY_C);
    }
    expect(lab.ended).toEqual([]);
    expect(lab.codes()).toContain("E_heater");
  });

  it("a leaking valve dries after the inlet is closed, and not after a restart", () => {
    const lab = new Lab("espresso-pro", { appetite: 0 }).live(10).begin("leaking_valve").live(5);
    expect(lab.readings()).toMatchObject({ leak: true });
    lab.appliance.command({ name: "restart", args: {} });
    lab.live(10);
    expect(lab.readings()).toMatchObject({ leak: true });
    lab.appliance.command({ name: "close_inlet_valve", args: {} });
    lab.live(5);
    expect(lab.readings()).toMatchObject({ leak: false, inlet_open: false });
  });

  it("a lost sensor reads null, raises its error once and comes back after a restart", () => {
    const lab = new Lab("espresso-pro", { appetite: 0 }).live(10).begin("sensor_lost").live(30);
    expect(lab.readings()).toMatchObject({ boiler_temp: null, state: "error" });
    expect(lab.codes().filter((code) => code === "E_sensor")).toHaveLength(1);
    lab.appliance.command({ name: "restart", args: {} });
    lab.live(10);
    expect(lab.readings().boiler_temp).toBeTypeOf("number");
  });

  it("a stuck sensor repeats one value to the last digit", () => {
    const lab = new Lab("espresso-pro").live(10).begin("sensor_stuck");
    const seen = new Set<unknown>();
    for (let i = 0; i < 60; i += 1) seen.add(lab.live(1).readings().boiler_temp);
    expect(seen.size).toBe(1);
  });
});

describe("people at the espresso machine", () => {
  it("make coffee by the hour: many in the morning, none at night", () => {
    const lab = new Lab("espresso-pro");
    const before = lab.number("cups_total");
    const morning = lab.live(5 * 60).number("cups_total") - before;
    lab.live(15 * 60);
    const late = lab.number("cups_total");
    lab.live(3 * 60);
    expect(morning).toBeGreaterThan(2);
    expect(lab.number("cups_total")).toBe(late);
  });

  it("who ignores descaling follows an advice and the machine shows the proof", () => {
    const lab = new Lab("espresso-pro", { appetite: 2 }).begin("no_descaling").live(24 * 60);
    expect(lab.codes().filter((code) => code === "descale_dismissed").length).toBeGreaterThan(2);
    expect(lab.number("scale_index")).toBeGreaterThan(60);
    lab.appliance.command({ name: "show_advice", args: { text: "Please descale." } });
    lab.live(5 * 60);
    expect(lab.codes()).toContain("descale_done");
    expect(lab.number("scale_index")).toBeLessThan(10);
  });

  it("who never follows advice changes nothing", () => {
    const lab = new Lab("espresso-pro", { followsAdvice: 0, appetite: 2 });
    lab.begin("no_descaling").live(60);
    lab.appliance.command({ name: "show_advice", args: { text: "Please descale." } });
    lab.live(48 * 60);
    expect(lab.codes()).not.toContain("descale_done");
  });

  it("who never fills the tank aborts descaling every evening, until an advice says why", () => {
    const lab = new Lab("espresso-pro").begin("descaling_unfinished").live(48 * 60);
    expect(lab.codes().filter((code) => code === "descale_aborted")).toHaveLength(2);
    expect(lab.codes()).not.toContain("descale_done");
    lab.appliance.command({ name: "show_advice", args: { text: "Fill the tank." } });
    lab.live(24 * 60);
    expect(lab.codes().filter((code) => code === "descale_done")).toHaveLength(1);
    expect(lab.codes().filter((code) => code === "descale_aborted")).toHaveLength(2);
  });

  it("who cares changes the filter and descales before the machine has to ask", () => {
    const lab = new Lab("espresso-pro", { appetite: 3 });
    for (let day = 0; day < 40; day += 1) {
      lab.live(24 * 60);
      expect(lab.number("filter_left")).toBeGreaterThan(0);
      expect(lab.number("scale_index")).toBeLessThan(72);
    }
    expect(lab.codes()).toEqual(expect.arrayContaining(["filter_changed", "descale_done"]));
    expect(lab.codes()).not.toContain("descale_due");
  });

  it("hard water uses up the filter twice as fast", () => {
    const usedBy = (lab: Lab): number => {
      const before = lab.number("filter_left");
      return before - lab.live(7 * 24 * 60).number("filter_left");
    };
    const soft = usedBy(new Lab("espresso-pro"));
    expect(usedBy(new Lab("espresso-pro").begin("hard_water"))).toBeCloseTo(2 * soft, 0);
  });

  it("a machine that is never used makes no cup until the advice", () => {
    const lab = new Lab("espresso-pro").begin("never_used").live(48 * 60);
    expect(lab.codes()).not.toContain("brew_done");
    lab.appliance.command({ name: "show_advice", args: { text: "Welcome!" } });
    lab.live(48 * 60);
    expect(lab.codes()).toContain("brew_done");
  });
});
