import { describe, expect, it } from "vitest";
import { Lab } from "../support/lab.ts";

describe("the e-bike", () => {
  it("rides on weekdays, charges, and its totals only grow", () => {
    const lab = new Lab("e-bike", { appetite: 1.5 });
    let km = lab.number("odometer");
    let cycles = lab.number("charge_cycles");
    for (let hour = 0; hour < 4 * 24; hour += 1) {
      lab.live(60);
      expect(lab.number("odometer")).toBeGreaterThanOrEqual(km);
      expect(lab.number("charge_cycles")).toBeGreaterThanOrEqual(cycles);
      km = lab.number("odometer");
      cycles = lab.number("charge_cycles");
    }
    expect(lab.codes()).toContain("ride_done");
  });

  it("the battery ages with every cycle and its charge stays between empty and full", () => {
    const lab = new Lab("e-bike", { appetite: 3 });
    const before = lab.number("battery_health");
    for (let hour = 0; hour < 6 * 24; hour += 1) {
      lab.live(60);
      expect(lab.number("battery_soc")).toBeGreaterThanOrEqual(0);
      expect(lab.number("battery_soc")).toBeLessThanOrEqual(100);
    }
    expect(lab.number("battery_health")).toBeLessThan(before);
  });

  it("a dragging motor gets hot, and runs cool with half the power", () => {
    const lab = new Lab("e-bike", { appetite: 0 }).live(60).begin("motor_drags").live(35);
    expect(lab.number("motor_temp")).toBeGreaterThan(100);
    lab.appliance.command({ name: "limit_power", args: { percent: 50 } });
    lab.live(40);
    expect(lab.number("motor_temp")).toBeLessThan(85);
    expect(lab.ended).toMatchObject([{ by: "limit_power" }]);
  });

  it("a charger that cooks the battery is stopped by locking the charging", () => {
    const lab = new Lab("e-bike", { appetite: 0 }).live(60).begin("charger_hot").live(60);
    expect(lab.number("battery_temp")).toBeGreaterThan(45);
    lab.appliance.command({ name: "lock_charging", args: { locked: true } });
    lab.live(60);
    expect(lab.number("battery_temp")).toBeLessThan(42);
    expect(lab.readings()).toMatchObject({ charging_locked: true, charge_power: 0 });
  });

  it("balancing cures drifted cells and not a dying one", () => {
    const drifted = new Lab("e-bike", { appetite: 0 }).live(10).begin("cell_imbalance").live(10);
    drifted.appliance.command({ name: "balance_cells", args: {} });
    expect(drifted.live(10).number("cell_spread")).toBeLessThan(60);
    const dying = new Lab("e-bike", { appetite: 0 }).live(10).begin("cell_dying").live(10);
    dying.appliance.command({ name: "balance_cells", args: {} });
    expect(dying.live(10).number("cell_spread")).toBeGreaterThan(120);
  });

  it("an overloaded bike says so on every ride until the advice is followed", () => {
    const lab = new Lab("e-bike", { appetite: 2 }).begin("overload").live(48 * 60);
    expect(lab.codes().filter((code) => code === "overload").length).toBeGreaterThan(2);
    lab.appliance.command({ name: "show_advice", args: { text: "Too heavy." } });
    lab.live(4 * 60);
    const before = lab.codes().filter((code) => code === "overload").length;
    lab.live(48 * 60);
    expect(lab.codes().filter((code) => code === "overload")).toHaveLength(before);
  });
});

describe("slow troubles of the bike", () => {
  it("a dragging brake wears the pads in days; new ones come with the advice", () => {
    const lab = new Lab("e-bike").begin("brake_drags").live(4 * 24 * 60);
    expect(lab.number("brake_wear")).toBeGreaterThan(95);
    expect(new Lab("e-bike").live(4 * 24 * 60).number("brake_wear")).toBeLessThan(80);
    lab.appliance.command({ name: "show_advice", args: { text: "The pads are worn." } });
    lab.live(4 * 60);
    expect(lab.number("brake_wear")).toBeLessThan(10);
  });

  it("weak cells fall behind day by day and stay below what the battery management warns of", () => {
    const lab = new Lab("e-bike").begin("weak_cells").live(24 * 60);
    const early = lab.number("cell_spread");
    const late = lab.live(10 * 24 * 60).number("cell_spread");
    expect(early).toBeLessThan(40);
    expect(late).toBeGreaterThan(60);
    expect(late).toBeLessThan(120);
  });
});

describe("the pump rig", () => {
  it("pumps steadily; a closing valve takes the flow and shakes the pump", () => {
    const lab = new Lab("water-pump-testbed").live(5);
    const flow = lab.number("volume_flow_raterms");
    const vibration = lab.number("accelerometer1rms");
    lab.begin("valve_closing").live(5);
    expect(lab.number("volume_flow_raterms")).toBeLessThan(flow / 3);
    expect(lab.number("accelerometer1rms")).toBeGreaterThan(vibration * 1.5);
  });

  it("a dry pump is saved by stopping it, and runs again at the next experiment", () => {
    const lab = new Lab("water-pump-testbed").live(5).begin("dry_run").live(2);
    expect(lab.codes()).toContain("E_dry_run");
    lab.appliance.command({ name: "stop_pump", args: {} });
    lab.live(1);
    expect(lab.number("volume_flow_raterms")).toBeLessThan(2);
    lab.live(70);
    expect(lab.number("volume_flow_raterms")).toBeGreaterThan(50);
  });

  it("rejects a command that it does not know", () => {
    const lab = new Lab("water-pump-testbed").live(1);
    expect(lab.appliance.command({ name: "fly", args: {} })).toMatchObject({
      state: "rejected",
      code: "unknown_command",
    });
  });
});
