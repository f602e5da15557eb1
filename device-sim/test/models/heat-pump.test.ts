import { describe, expect, it } from "vitest";
import { Weather } from "../../src/models/weather.ts";
import { Random } from "../../src/random.ts";
import { Lab } from "../support/lab.ts";

describe("the heat pump", () => {
  it("keeps the house warm and delivers more heat than it takes electricity", () => {
    const lab = new Lab("heat-pump");
    const energy = lab.number("energy_total");
    const heat = lab.number("heat_total");
    lab.live(24 * 60);
    const cop = (lab.number("heat_total") - heat) / (lab.number("energy_total") - energy);
    expect(lab.number("room_temp")).toBeGreaterThan(19.5);
    expect(lab.number("room_temp")).toBeLessThan(22);
    expect(cop).toBeGreaterThan(2);
    expect(cop).toBeLessThan(6);
  });

  it("needs more electricity when it is colder", () => {
    const used = (outdoorC: number): number => {
      const lab = new Lab("heat-pump");
      lab.outdoorC = outdoorC;
      const before = lab.number("energy_total");
      return lab.live(24 * 60).number("energy_total") - before;
    };
    expect(used(-8)).toBeGreaterThan(used(6) * 1.5);
  });

  it("ices around freezing and defrosts by itself before it is blocked", () => {
    const lab = new Lab("heat-pump");
    let most = 0;
    for (let i = 0; i < 12 * 60; i += 1) most = Math.max(most, lab.live(1).number("ice_index"));
    expect(lab.codes()).toContain("defrost_done");
    expect(most).toBeLessThan(75);
  });

  it("a hung ice sensor lets it ice over until a defrost is commanded", () => {
    const lab = new Lab("heat-pump")
      .live(60)
      .begin("defrost_sensor_stuck")
      .live(6 * 60);
    expect(lab.number("ice_index")).toBeGreaterThan(75);
    expect(lab.appliance.command({ name: "defrost", args: {} }).state).toBe("accepted");
    lab.live(10);
    expect(lab.number("ice_index")).toBeLessThan(20);
    expect(lab.ended).toMatchObject([{ trouble: "defrost_sensor_stuck", by: "defrost" }]);
  });

  it("a broken defrost valve stays iced whatever is commanded", () => {
    const lab = new Lab("heat-pump")
      .live(60)
      .begin("defrost_valve_broken")
      .live(8 * 60);
    lab.appliance.command({ id: "c-1", name: "defrost", args: {} });
    lab.live(30);
    expect(lab.answers).toMatchObject([
      { id: "c-1", outcome: { state: "progress" } },
      { id: "c-1", outcome: { state: "failed", code: "ice_stays" } },
    ]);
    expect(lab.codes()).toContain("defrost_failed");
    expect(lab.number("ice_index")).toBeGreaterThan(60);
    expect(lab.ended).toEqual([]);
  });

  it("a worn fan stays slow after a restart and raises its error, a healthy one never does", () => {
    const healthy = new Lab("heat-pump").live(12 * 60);
    expect(healthy.codes()).not.toContain("E_fan");
    const worn = new Lab("heat-pump").live(60).begin("fan_worn").live(60);
    worn.appliance.command({ name: "restart", args: {} });
    worn.live(60);
    expect(worn.number("fan_speed")).toBeLessThan(worn.number("fan_target") * 0.85);
    expect(worn.codes()).toContain("E_fan");
  });

  it("a fought set point is counted and reported with both values", () => {
    const lab = new Lab("heat-pump").begin("setpoint_fought").live(12 * 60);
    const changes = lab.events.filter(({ code }) => code === "setpoint_changed");
    expect(changes.length).toBeGreaterThan(6);
    expect(changes[0]?.attrs).toHaveProperty("to");
  });

  it("a leak of refrigerant costs electricity for the same heat, and stays within every range", () => {
    const spent = (lab: Lab): number => {
      const [heat, energy] = [lab.number("heat_total"), lab.number("energy_total")];
      lab.live(24 * 60);
      return (lab.number("energy_total") - energy) / (lab.number("heat_total") - heat);
    };
    const healthy = new Lab("heat-pump").live(6 * 24 * 60);
    const leaking = new Lab("heat-pump")
      .live(60)
      .begin("refrigerant_leak")
      .live(6 * 24 * 60 - 60);
    expect(spent(leaking)).toBeGreaterThan(spent(healthy) * 1.3);
    expect(leaking.number("room_temp")).toBeGreaterThan(19);
    leaking.appliance.endTrouble("refrigerant_leak", "technician");
    leaking.live(24 * 60);
    expect(spent(leaking)).toBeLessThan(spent(healthy) * 1.15);
  });

  it("a worn circulation pump moves less water day by day, and a new one moves it again", () => {
    const lab = new Lab("heat-pump").live(60);
    const before = lab.number("pump_flow");
    lab.begin("circulation_weak").live(24 * 60);
    expect(lab.number("pump_flow")).toBeLessThan(before * 0.9);
    lab.live(3 * 24 * 60);
    expect(lab.number("pump_flow")).toBeGreaterThan(before * 0.6);
    lab.appliance.endTrouble("circulation_weak", "technician");
    expect(lab.live(5).number("pump_flow")).toBeGreaterThan(before * 0.95);
  });

  it("lost water comes back when the owner follows the advice", () => {
    const lab = new Lab("heat-pump").begin("low_water_pressure").live(5 * 60);
    expect(lab.number("water_pressure")).toBeLessThan(0.8);
    lab.appliance.command({ name: "show_advice", args: { text: "Please refill." } });
    lab.live(4 * 60);
    expect(lab.number("water_pressure")).toBeGreaterThan(1.1);
  });
});

describe("the weather", () => {
  it("is coldest before dawn and the same for every step length", () => {
    const weather = new Weather(new Random(3));
    const at = (hour: number): number => weather.outdoorC(Date.UTC(2026, 2, 2, hour));
    let night = 0;
    let day = 0;
    for (let d = 0; d < 30; d += 1) {
      night += at(24 * d + 4);
      day += at(24 * d + 16);
    }
    expect(day / 30 - night / 30).toBeGreaterThan(5);
    expect(at(5)).toBe(new Weather(new Random(3)).outdoorC(Date.UTC(2026, 2, 2, 5)));
  });
});
