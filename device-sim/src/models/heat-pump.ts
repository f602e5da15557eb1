import type { SignalValues } from "@voorzorg/firmware-contracts";
import type { CommandOutcome } from "../command-desk.ts";
import type { Random } from "../random.ts";
import type { ApplianceCommand, Environment, Owner } from "./appliance.ts";
import { Appliance, clamp, Repeater, rounded } from "./appliance.ts";
import { DeviceSettings } from "./device-settings.ts";
import { hourOf } from "./habits.ts";
import { House } from "./house.ts";
import { OutdoorUnit } from "./outdoor-unit.ts";
import { WaterCircuit } from "./water-circuit.ts";

type PumpState = "off" | "standby" | "heating" | "defrost" | "dhw" | "error";

const HOUR_MS = 3_600_000;
const MAX_HEAT_W = 9_000;
const MIN_HEAT_W = 1_800;
const DEFROST_S = 6 * 60;
const DEFROST_AT_ICE = 60;
const HALF_DONE = { state: "progress", msg: "half of the time is over" } as const;
const ICE_STAYS = { state: "failed", code: "ice_stays", msg: "the ice did not melt" } as const;
const CARE = ["filter_ignored", "setpoint_fought"] as const;
const UNDERUSE = ["use_fades", "never_used", "boost_unused"] as const;

/** An air-to-water heat pump and the house it heats. */
export class HeatPump extends Appliance {
  readonly product = "heat-pump";
  readonly substepMs = 15_000;
  protected readonly options = new DeviceSettings({
    setpoint: { value: 21, range: [15, 28] },
    dhw_setpoint: { value: 50, range: [40, 55] },
    curve_slope: { value: 0.8, range: [0.2, 2] },
    night_setback: { value: true },
    mode: { value: "auto" },
  });
  readonly #house = new House();
  readonly #unit = new OutdoorUnit();
  readonly #water: WaterCircuit;
  readonly #careReminder = new Repeater(4 * HOUR_MS);
  readonly #fanError = new Repeater(6 * HOUR_MS);
  readonly #flowError = new Repeater(12 * HOUR_MS);
  #state: PumpState = "standby";
  #backupAllowed = true;
  #heatW = 0;
  #electricW = 0;
  #defrostS = 0;
  #slowFanS = 0;
  #lockedUntilMs = 0;
  #defrostAgainAtMs = 0;
  #dhwC = 49;
  #energyKWh: number;
  #heatKWh: number;
  #runH: number;
  #starts: number;
  #setpointChanges: number;
  readonly #setpointC = (): number => this.options.number("setpoint");

  constructor(random: Random, owner: Owner) {
    super(random, owner);
    this.#water = new WaterCircuit(random);
    this.#runH = random.between(100, 6_000);
    this.#energyKWh = this.#runH * 1.4;
    this.#heatKWh = this.#runH * 5;
    this.#starts = Math.round(this.#runH * 0.6);
    this.#setpointChanges = random.integer(0, 40);
  }

  readings(): SignalValues {
    const noise = (deviation: number): number => this.random.normal(0, deviation);
    const flow = this.#waterFlow();
    const lift = flow > 0 ? this.#heatW / ((flow / 60) * 4_186) : 0;
    const returnC = this.#state === "dhw" ? this.#dhwC + 3 : this.#house.roomC + this.#heatW / 420;
    return {
      outdoor_temp: rounded(this.#unit.outdoorC + noise(0.1), 1),
      flow_temp: rounded(clamp(returnC + lift + noise(0.1), 5, 75), 1),
      return_temp: rounded(clamp(returnC + noise(0.1), 5, 70), 1),
      room_temp: this.has("sensor_lost") ? null : rounded(this.#house.roomC + noise(0.05), 2),
      dhw_temp: rounded(this.#dhwC + noise(0.1), 1),
      evaporator_temp: rounded(this.#unit.evaporatorC + noise(0.15), 1),
      setpoint: this.#setpointC(),
      compressor_power: rounded(this.#electricW, 0),
      heat_output: rounded(this.#heatW, 0),
      fan_speed: rounded(Math.max(0, this.#unit.fanSpeed + noise(this.#unit.fanSpeed * 0.004)), 0),
      fan_target: rounded(this.#unit.fanTarget, 0),
      pump_flow: rounded(Math.max(0, flow + noise(0.05)), 1),
      water_pressure: rounded(this.#water.pressureBar + noise(0.005), 2),
      ice_index: rounded(this.#unit.ice, 1),
      filter_load: rounded(this.#water.filterLoad, 1),
      backup_heater: this.#backupOn(),
      state: this.#state,
      energy_total: rounded(this.#energyKWh, 3),
      heat_total: rounded(this.#heatKWh, 3),
      run_hours: rounded(this.#runH, 3),
      starts_total: this.#starts,
      setpoint_changes: this.#setpointChanges,
    };
  }

  protected onBegin(trouble: string): void {
    if (trouble === "fan_worn") this.#unit.fanWorn = true;
    if (trouble === "refrigerant_leak") this.#unit.leaking = true;
    if (trouble === "filter_ignored") this.#water.filterLoad = Math.max(this.#water.filterLoad, 88);
    if (trouble === "defrost_sensor_stuck" || trouble === "defrost_valve_broken") {
      this.#unit.ice = Math.max(this.#unit.ice, 55);
    }
    this.#careReminder.reset();
  }

  protected onRepair(): void {
    this.#unit.fanWorn = this.has("fan_worn");
    this.#unit.leaking = this.has("refrigerant_leak");
    this.#unit.refill();
    this.#unit.ice = Math.min(this.#unit.ice, 20);
    this.#water.service();
    this.options.set("setpoint", 21);
  }

  protected heedAdvice(): void {
    if (this.has("filter_ignored")) {
      this.#water.filterLoad = 3;
      this.emit("filter_cleaned");
    }
    if (this.has("low_water_pressure")) this.#water.refill();
    if (this.has("setpoint_fought")) this.options.set("setpoint", 21);
    this.end([...CARE, ...UNDERUSE, "low_water_pressure"], "owner");
  }

  protected substep(dtS: number, { nowMs, outdoorC }: Environment): void {
    const leaks = this.has("low_water_pressure");
    this.#water.step(dtS, { leaks, pumpWears: this.has("circulation_weak") });
    this.#habits(dtS, nowMs);
    this.#control(dtS, nowMs);
    const running = this.#state === "heating" || this.#state === "dhw";
    this.#unit.step(dtS, { running, outdoorC, heatShare: this.#heatW / MAX_HEAT_W });
    const toHouseW = this.#state === "heating" ? this.#heatW : 0;
    this.#house.step(dtS, toHouseW + (this.#backupOn() ? 2_000 : 0), outdoorC);
    this.#dhwC += (this.#state === "dhw" ? (this.#heatW * dtS) / 840_000 : 0) - dtS * 0.00009;
    this.#count(dtS, running);
    this.#supervise(dtS);
  }

  protected obey({ name, args }: ApplianceCommand): CommandOutcome {
    switch (name) {
      case "set_setpoint":
        this.options.set("setpoint", clamp(Number(args.temp), 15, 28));
        return { state: "succeeded" };
      case "defrost":
        if (!["heating", "standby", "dhw"].includes(this.#state)) {
          return this.unsafe(name, this.#state);
        }
        this.#startDefrost();
        return { state: "accepted" };
      case "set_fan":
        this.#unit.fanLimit = clamp(Number(args.percent), 30, 100) / 100;
        return { state: "succeeded" };
      case "restart":
        if (this.#state === "defrost") return this.unsafe(name, this.#state);
        this.end(["sensor_lost", "defrost_sensor_stuck"], name);
        this.#state = "standby";
        return { state: "succeeded" };
      case "set_backup_heater":
        this.#backupAllowed = args.enabled === true;
        return { state: "succeeded" };
      case "set_curve":
        this.options.set("curve_slope", clamp(Number(args.slope), 0.2, 2));
        return { state: "succeeded" };
      case "stop_compressor":
        this.#state = "standby";
        this.#lockedUntilMs = this.nowMs + 2 * HOUR_MS;
        return { state: "succeeded" };
      case "run_selftest":
        if (this.#state !== "standby" && this.#state !== "error") {
          return this.unsafe(name, this.#state);
        }
        return { state: "succeeded" };
      default:
        return this.unknownCommand(name);
    }
  }

  #waterFlow(): number {
    if (this.#state === "off" || this.#state === "error") return 0;
    return this.#state === "standby" ? 3 : this.#water.flow();
  }

  #backupOn(): boolean {
    return (
      this.#backupAllowed &&
      this.#state === "heating" &&
      this.#house.roomC < this.#setpointC() - 1.5
    );
  }

  #control(dtS: number, nowMs: number): void {
    const pause = this.#pause(nowMs);
    if (this.#defrostS > 0 && pause !== "off" && pause !== "error") this.#defrosting(dtS);
    else if (pause !== undefined) this.#rest(pause);
    else this.#heat();
  }

  /** Why the machine does not heat, if something keeps it from it. */
  #pause(nowMs: number): "off" | "error" | "standby" | undefined {
    if (this.has("never_used")) return "off";
    if (this.has("sensor_lost")) return "error";
    if (nowMs < this.#lockedUntilMs || this.has("use_fades")) return "standby";
    return undefined;
  }

  #heat(): void {
    const running = this.#state === "heating" || this.#state === "dhw";
    const wantedC = this.options.number("dhw_setpoint");
    const wantsDhw = this.#dhwC < (this.#state === "dhw" ? wantedC : wantedC - 6);
    const demandW = this.#house.demandW(this.#setpointC(), this.#unit.outdoorC);
    const wantsHeat = demandW > (this.#state === "heating" ? MIN_HEAT_W * 0.6 : MIN_HEAT_W);
    if (!wantsDhw && !wantsHeat) {
      this.#rest("standby");
      return;
    }
    if (!running) this.#starts += 1;
    this.#state = wantsDhw ? "dhw" : "heating";
    const askedW = wantsDhw ? 7_000 : clamp(demandW, MIN_HEAT_W, MAX_HEAT_W);
    this.#heatW = askedW * this.#unit.capacity();
    this.#electricW = this.#heatW / this.#unit.cop(wantsDhw ? 52 : 30 + this.#heatW / 700);
    const blind = this.has("defrost_sensor_stuck");
    const mayDefrost = !blind && this.nowMs >= this.#defrostAgainAtMs;
    if (this.#unit.ice > DEFROST_AT_ICE && mayDefrost) this.#startDefrost();
  }

  #rest(state: "off" | "standby" | "error"): void {
    if (state === "error" && this.#state !== "error") this.emit("E_sensor");
    this.#state = state;
    this.#heatW = 0;
    this.#electricW = 0;
  }

  #startDefrost(): void {
    this.#state = "defrost";
    this.#defrostS = DEFROST_S;
    this.#heatW = 0;
    this.#electricW = 900;
    this.emit("defrost_started");
  }

  #defrosting(dtS: number): void {
    this.#defrostS -= dtS;
    if (Math.abs(this.#defrostS - DEFROST_S / 2) < dtS / 2) this.report("defrost", HALF_DONE);
    this.#house.cool(dtS, 2_000);
    if (!this.has("defrost_valve_broken")) this.#unit.melt(dtS / DEFROST_S);
    if (this.#defrostS > 0) return;
    this.#state = "standby";
    if (this.has("defrost_valve_broken")) {
      this.emit("defrost_failed");
      this.report("defrost", ICE_STAYS);
      // The controller waits before it tries again, or it would do nothing else.
      this.#defrostAgainAtMs = this.nowMs + 2 * HOUR_MS;
      return;
    }
    this.#unit.ice = 0;
    this.emit("defrost_done");
    this.report("defrost", { state: "succeeded" });
    // Thawed once, the sensor sees again.
    this.end(["defrost_sensor_stuck"], "defrost");
  }

  #count(dtS: number, running: boolean): void {
    const hours = dtS / 3600;
    this.#energyKWh += (this.#electricW * hours) / 1000;
    this.#heatKWh += (this.#heatW * hours) / 1000;
    if (running) this.#runH += hours;
  }

  #supervise(dtS: number): void {
    const { fanTarget, fanSpeed } = this.#unit;
    const slow = fanTarget > 0 && fanSpeed < fanTarget * 0.8;
    this.#slowFanS = slow ? this.#slowFanS + dtS : 0;
    if (this.#slowFanS > 180 && this.#fanError.due(this.nowMs)) this.emit("E_fan");
    const starved = this.#waterFlow() < 12 && (this.#state === "heating" || this.#state === "dhw");
    if (starved && this.#flowError.due(this.nowMs)) this.emit("E_flow");
  }

  #habits(dtS: number, nowMs: number): void {
    const dtMs = dtS * 1000;
    const hour = hourOf(nowMs);
    const awake = hour > 6 && hour < 22;
    if (!awake || this.has("never_used")) return;
    const changesPerHour = this.has("setpoint_fought") ? 2.2 : 0.02 * this.owner.appetite;
    if (this.random.happens(changesPerHour, dtMs)) {
      const from = this.#setpointC();
      const to = this.has("setpoint_fought") ? (from >= 22 ? 18 : 25) : 21;
      this.options.set("setpoint", to);
      this.#setpointChanges += 1;
      this.emit("setpoint_changed", { from, to });
    }
    if (!this.has("boost_unused") && this.random.happens(0.04, dtMs)) this.emit("boost_used");
    if (this.random.happens(0.08, dtMs)) this.emit("schedule_used");
    if (this.has("filter_ignored") && this.#careReminder.due(nowMs)) {
      this.emit("filter_due");
      this.emit("filter_dismissed");
    }
  }
}
