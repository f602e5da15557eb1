import type { SignalValues } from "@voorzorg/firmware-contracts";
import type { CommandOutcome } from "../command-desk.ts";
import type { Random } from "../random.ts";
import type { ApplianceCommand, Environment, Owner } from "./appliance.ts";
import { Appliance, clamp, Repeater, rounded } from "./appliance.ts";
import { Boiler, HEATER_W, thermostatW } from "./boiler.ts";
import { EspressoStock } from "./espresso-stock.ts";
import { coffeesPerHour, hourOf } from "./habits.ts";

type MachineState = "off" | "heating" | "idle" | "brewing" | "descaling" | "error";

const HOUR_MS = 3_600_000;
const BREW_S = 26;
const DESCALE_S = 25 * 60;
/** Half way the tank is empty, and whoever does not fill it has not descaled. */
const TANK_EMPTY_S = 12 * 60;
/** Percent at which a careful owner descales and changes the filter. */
const CARED_FOR_SCALE = 65;
const CARED_FOR_FILTER = 5;
/** Troubles of the heater; the first two are cured by commands, a welded contact by none. */
const HEATER_TROUBLES = ["heater_thermostat_stuck", "heater_relay_stuck"] as const;
const CARE = ["no_descaling", "filter_ignored"] as const;
const UNDERUSE = ["use_fades", "never_used", "milk_unused"] as const;

/** An espresso machine: boiler with thermostat, scale, pump, plumbed tank, and a household that drinks. */
export class EspressoPro extends Appliance {
  readonly product = "espresso-pro";
  readonly substepMs = 2_000;
  readonly #boiler = new Boiler();
  readonly #heaterError = new Repeater(HOUR_MS);
  readonly #careReminder = new Repeater(3 * HOUR_MS);
  readonly #attempt = new Repeater(20 * HOUR_MS);
  #state: MachineState = "heating";
  #busyS = 0;
  #setpointC = 93;
  #heaterAllowed = true;
  #heaterAllowedAgainAtMs = Number.POSITIVE_INFINITY;
  #heaterW = 0;
  #commandedW = 0;
  #defiantS = 0;
  #inletOpen = true;
  #wetS = 0;
  readonly #stock: EspressoStock;
  #frozenC: number | undefined;
  #driftC = 0;
  #fade = 1;

  constructor(random: Random, owner: Owner) {
    super(random, owner);
    this.#stock = new EspressoStock(random);
    this.#boiler.waterC = 90;
  }

  settings(): SignalValues {
    return { setpoint: this.#setpointC, water_hardness: 2.5, eco_after: 30, reminders: true };
  }

  readings(): SignalValues {
    const brewing = this.#state === "brewing";
    const worn = this.has("pump_worn");
    return {
      boiler_temp: this.#measuredC(),
      heater_power: rounded(this.#heaterW, 0),
      heater_enabled: this.#heaterAllowed,
      setpoint: this.#setpointC,
      pump_pressure: brewing ? rounded((worn ? 3.2 : 9) + this.random.normal(0, 0.15), 1) : 0,
      flow: brewing ? rounded((worn ? 0.6 : 1.6) + this.random.normal(0, 0.05), 2) : 0,
      inlet_open: this.#inletOpen,
      tank_level: rounded(this.#stock.tank, 1),
      leak: this.#wetS > 0,
      scale_index: rounded(this.#stock.scale, 1),
      filter_left: rounded(this.#stock.filter, 1),
      water_hardness: 2.5,
      grounds_level: rounded(this.#stock.grounds, 0),
      state: this.#state,
      cups_total: this.#stock.cups,
      water_total: rounded(this.#stock.waterL, 2),
      milk_used: this.#stock.milkMl,
    };
  }

  protected onBegin(trouble: string): void {
    if (trouble === "no_descaling") this.#stock.scale = Math.max(this.#stock.scale, 72);
    if (trouble === "filter_ignored") this.#stock.filter = Math.min(this.#stock.filter, 3);
    if (trouble === "sensor_stuck") this.#frozenC = this.#measuredC() ?? 93;
    if (trouble === "use_fades") this.#fade = 0.12;
    this.#careReminder.reset();
  }

  protected onRepair(): void {
    this.#fade = 1;
    this.#driftC = 0;
    this.#heaterAllowed = true;
    this.#inletOpen = true;
    this.#stock.scale = Math.min(this.#stock.scale, 30);
    this.#stock.filter = Math.max(this.#stock.filter, 60);
  }

  protected heedAdvice(): void {
    const unfinished = this.has("descaling_unfinished");
    // Who has read that the tank must be filled fills it.
    this.end(["descaling_unfinished"], "owner");
    if (unfinished || this.has("no_descaling")) this.#startDescaling();
    if (this.has("filter_ignored")) {
      this.#stock.filter = 100;
      this.emit("filter_changed");
      this.end(["filter_ignored"], "owner");
    }
    this.#fade = 1;
    this.end(UNDERUSE, "owner");
  }

  protected substep(dtS: number, environment: Environment): void {
    this.#heat(dtS);
    this.#water(dtS);
    this.#firmware(dtS);
    if (this.#busyS > 0) this.#busy(dtS);
    else this.#household(dtS, environment.nowMs);
  }

  protected obey({ name, args }: ApplianceCommand): CommandOutcome {
    const busy = this.#state === "brewing" || this.#state === "descaling";
    switch (name) {
      case "set_heater":
        return this.#setHeater(args.enabled !== false);
      case "reset_heater_relay":
        if (busy) return this.unsafe(name, this.#state);
        this.end(HEATER_TROUBLES, name);
        return { state: "succeeded" };
      case "restart":
        if (busy) return this.unsafe(name, this.#state);
        this.end(["heater_thermostat_stuck", "sensor_lost"], name);
        this.#state = "heating";
        return { state: "succeeded" };
      case "start_descale":
        if (this.#state !== "idle") return this.unsafe(name, this.#state);
        this.#startDescaling();
        return { state: "succeeded" };
      case "close_inlet_valve":
        this.#inletOpen = false;
        this.end(["leaking_valve"], name);
        return { state: "succeeded" };
      case "open_inlet_valve":
        if (this.#wetS > 0) return this.unsafe(name, "water is in the drip sensor");
        this.#inletOpen = true;
        return { state: "succeeded" };
      case "set_setpoint":
        this.#setpointC = clamp(Number(args.temp), 80, 98);
        return { state: "succeeded" };
      case "run_selftest":
        return this.#selfTest();
      default:
        return this.unknownCommand(name);
    }
  }

  #setHeater(enabled: boolean): CommandOutcome {
    this.#heaterAllowed = enabled;
    // Somebody from the household switches it on again when the machine has cooled down.
    this.#heaterAllowedAgainAtMs = enabled
      ? Number.POSITIVE_INFINITY
      : this.nowMs + this.random.between(8, 16) * HOUR_MS;
    // Switching frees a sticky contact and takes the thermostat out of the circuit, but parts no weld.
    if (!enabled) this.end(HEATER_TROUBLES, "set_heater");
    return { state: "succeeded" };
  }

  #selfTest(): CommandOutcome {
    const broken = ["heater_relay_welded", "pump_worn", "sensor_lost", ...HEATER_TROUBLES];
    const failed = broken.some((trouble) => this.has(trouble));
    this.emit(failed ? "selftest_failed" : "selftest_passed");
    return { state: "succeeded" };
  }

  #startDescaling(): void {
    this.#state = "descaling";
    this.#busyS = this.has("descaling_unfinished") ? TANK_EMPTY_S : DESCALE_S;
  }

  #measuredC(): number | null {
    if (this.has("sensor_lost")) return null;
    if (this.has("sensor_stuck") && this.#frozenC !== undefined) return this.#frozenC;
    const noise = this.random.normal(0, 0.12);
    return rounded(clamp(this.#boiler.waterC + this.#driftC + noise, 0, 180), 1);
  }

  #heat(dtS: number): void {
    const measuredC = this.has("sensor_stuck")
      ? (this.#frozenC ?? this.#boiler.waterC)
      : this.#boiler.waterC + this.#driftC;
    const blind = this.has("sensor_lost");
    const wanted = blind ? 0 : thermostatW(this.#setpointC, measuredC);
    if (this.nowMs >= this.#heaterAllowedAgainAtMs) this.#setHeater(true);
    this.#commandedW = this.#heaterAllowed ? wanted : 0;
    if (this.#heaterAllowed && this.has("heater_thermostat_stuck")) this.#commandedW = HEATER_W;
    const closed = this.has("heater_relay_stuck") || this.has("heater_relay_welded");
    this.#heaterW = closed ? HEATER_W : this.#commandedW;
    if (this.has("sensor_drift")) this.#driftC = Math.max(-14, this.#driftC - (dtS / 3600) * 2);
    this.#boiler.step(dtS, this.#heaterW, this.#stock.scale);
  }

  #water(dtS: number): void {
    if (this.has("leaking_valve") && this.#inletOpen) {
      if (this.#wetS === 0) this.emit("E_leak");
      this.#wetS = 180;
      this.#stock.tank = Math.max(0, this.#stock.tank - 0.004 * dtS);
    } else {
      this.#wetS = Math.max(0, this.#wetS - dtS);
    }
    if (this.#inletOpen && this.#stock.tank < 90) this.#stock.tank += 0.02 * dtS;
  }

  /** The machine's own supervision and its reminders. */
  #firmware(dtS: number): void {
    const defiant = this.#heaterW > this.#commandedW + 200;
    this.#defiantS = defiant ? this.#defiantS + dtS : 0;
    if (this.#defiantS >= 60 && this.#heaterError.due(this.nowMs)) this.emit("E_heater");
    if (!defiant) this.#heaterError.reset();
    if (this.#busyS > 0) return;
    if (this.has("sensor_lost")) {
      if (this.#state !== "error") this.emit("E_sensor");
      this.#state = "error";
      return;
    }
    if (!this.#heaterAllowed) this.#state = "error";
    else this.#state = this.#boiler.waterC < this.#setpointC - 4 ? "heating" : "idle";
  }

  #busy(dtS: number): void {
    this.#busyS -= dtS;
    if (this.#busyS > 0) return;
    if (this.#state === "descaling" && this.has("descaling_unfinished")) {
      this.emit("water_empty");
      this.emit("descale_aborted");
    } else if (this.#state === "descaling") {
      this.#stock.scale = 4;
      this.emit("descale_done");
      this.end(["no_descaling"], "owner");
    } else {
      this.#finishCup();
    }
    this.#state = "idle";
  }

  #household(dtS: number, nowMs: number): void {
    if (this.#state !== "idle" || this.has("never_used")) return;
    if (this.has("use_fades")) this.#fade = Math.max(0.02, this.#fade * 0.5 ** (dtS / 60_000));
    if (this.#wantsToDescale(nowMs)) {
      this.#startDescaling();
      return;
    }
    const perHour = coffeesPerHour(nowMs) * this.owner.appetite * this.#fade;
    if (perHour === 0 || !this.random.happens(perHour, dtS * 1000)) return;
    this.#state = "brewing";
    this.#busyS = BREW_S;
    if (this.has("pump_worn")) this.emit("E_pump");
  }

  /** In the evening, once a day; a careful owner does it before the machine has to ask. */
  #wantsToDescale(nowMs: number): boolean {
    const careful = !this.has("no_descaling") && this.#stock.scale > CARED_FOR_SCALE;
    const wants = careful || this.has("descaling_unfinished");
    return wants && hourOf(nowMs) > 18 && this.#attempt.due(nowMs);
  }

  #finishCup(): void {
    this.#boiler.draw(this.#stock.takeCup({ hardWater: this.has("hard_water") }));
    this.emit("brew_done");
    if (!this.has("milk_unused") && this.random.chance(0.35)) {
      this.#stock.milkMl += 120;
      this.emit("milk_brew_done");
    }
    if (this.random.chance(0.08)) this.emit("hot_water_used");
    if (this.random.chance(0.1)) this.emit("steam_used");
    if (this.random.chance(0.2)) this.emit("profile_brewed");
    if (this.#stock.addGrounds()) this.emit("grounds_full");
    this.#remind();
  }

  /** The machine reminds after a coffee; a careless owner waves it away, a careful one acts before it comes. */
  #remind(): void {
    if (!this.has("filter_ignored") && this.#stock.filter < CARED_FOR_FILTER) {
      this.#stock.filter = 100;
      this.emit("filter_changed");
    }
    if (!CARE.some((trouble) => this.has(trouble)) || !this.#careReminder.due(this.nowMs)) return;
    if (this.has("no_descaling")) {
      this.emit("descale_due");
      this.emit("descale_dismissed");
    }
    if (this.has("filter_ignored")) {
      this.emit("filter_due");
      this.emit("filter_dismissed");
    }
  }
}
