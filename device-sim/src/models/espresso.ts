import type { SignalValues } from "@voorzorg/firmware-contracts";
import type { CommandOutcome } from "../command-desk.ts";
import type { Random } from "../random.ts";
import type { ApplianceCommand, Environment, Owner } from "./appliance.ts";
import { Appliance, Repeater, rounded } from "./appliance.ts";
import { DeviceSettings } from "./device-settings.ts";
import { EspressoHeater } from "./espresso-heater.ts";
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
  protected readonly options = new DeviceSettings({
    // The contract allows 98; above 96 this boiler's relief valve would drip.
    setpoint: { value: 93, range: [80, 96] },
    eco_after: { value: 30, range: [5, 240] },
    water_hardness: { value: 2.5, range: [0, 6] },
    cup_size: { value: 40, range: [20, 250] },
    language: { value: "en" },
    reminders: { value: true },
  });
  readonly #heater = new EspressoHeater();
  readonly #careReminder = new Repeater(3 * HOUR_MS);
  readonly #attempt = new Repeater(20 * HOUR_MS);
  #state: MachineState = "heating";
  #busyS = 0;
  #inletOpen = true;
  #wetS = 0;
  readonly #stock: EspressoStock;
  #fade = 1;

  constructor(random: Random, owner: Owner) {
    super(random, owner);
    this.#stock = new EspressoStock(random);
  }

  readings(): SignalValues {
    const brewing = this.#state === "brewing";
    const worn = this.has("pump_worn");
    return {
      boiler_temp: this.#measuredC(),
      heater_power: rounded(this.#heater.watts, 0),
      heater_enabled: this.#heater.allowed,
      setpoint: this.options.number("setpoint"),
      pump_pressure: brewing ? rounded((worn ? 3.2 : 9) + this.random.normal(0, 0.15), 1) : 0,
      flow: brewing ? rounded((worn ? 0.6 : 1.6) + this.random.normal(0, 0.05), 2) : 0,
      inlet_open: this.#inletOpen,
      tank_level: rounded(this.#stock.tank, 1),
      leak: this.#wetS > 0,
      scale_index: rounded(this.#stock.scale, 1),
      filter_left: rounded(this.#stock.filter, 1),
      water_hardness: this.options.number("water_hardness"),
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
    if (trouble === "sensor_stuck") this.#heater.freeze(this.#measuredC());
    if (trouble === "use_fades") this.#fade = 0.12;
    this.#careReminder.reset();
  }

  protected onRepair(): void {
    this.#fade = 1;
    this.#heater.repair();
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
        this.end([...HEATER_TROUBLES, "heater_relay_worn"], name);
        return { state: "succeeded" };
      case "restart":
        if (busy) return this.unsafe(name, this.#state);
        this.end(["heater_thermostat_stuck", "thermostat_warm", "sensor_lost"], name);
        this.#state = "heating";
        return { state: "succeeded" };
      case "start_descale":
        if (this.#state !== "idle") return this.unsafe(name, this.#state);
        this.#startDescaling();
        return { state: "accepted" };
      case "close_inlet_valve":
        this.#inletOpen = false;
        this.end(["leaking_valve"], name);
        return { state: "succeeded" };
      case "open_inlet_valve":
        if (this.#wetS > 0) return this.unsafe(name, "water is in the drip sensor");
        this.#inletOpen = true;
        return { state: "succeeded" };
      case "set_setpoint":
        return this.options.set("setpoint", Number(args.temp))
          ? { state: "succeeded" }
          : { state: "rejected", code: "out_of_range", msg: "this boiler takes 80 to 96 Cel" };
      case "run_selftest":
        return this.#selfTest();
      default:
        return this.unknownCommand(name);
    }
  }

  #setHeater(enabled: boolean): CommandOutcome {
    if (enabled) {
      this.#heater.allow();
      return { state: "succeeded" };
    }
    // Somebody from the household switches it on again when the machine has cooled down.
    this.#heater.forbid(this.nowMs, this.nowMs + this.random.between(8, 16) * HOUR_MS);
    this.end(HEATER_TROUBLES, "set_heater");
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
    return this.#heater.measuredC(() => this.random.normal(0, 0.12), this.#has);
  }

  readonly #has = (trouble: string): boolean => this.has(trouble);

  #heat(dtS: number): void {
    this.#heater.step(dtS, {
      nowMs: this.nowMs,
      setpointC: this.options.number("setpoint"),
      scalePercent: this.#stock.scale,
      has: this.#has,
    });
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
    if (this.#heater.defies(dtS, this.nowMs)) this.emit("E_heater");
    if (this.#busyS > 0) return;
    if (this.has("sensor_lost")) {
      if (this.#state !== "error") this.emit("E_sensor");
      this.#state = "error";
      return;
    }
    const coldC = this.options.number("setpoint") - 4;
    if (!this.#heater.allowed) this.#state = "error";
    else this.#state = this.#heater.boiler.waterC < coldC ? "heating" : "idle";
  }

  #busy(dtS: number): void {
    this.#busyS -= dtS;
    if (this.#busyS > 0) return;
    if (this.#state === "descaling" && this.has("descaling_unfinished")) {
      this.emit("water_empty");
      this.emit("descale_aborted");
      const msg = "the tank ran empty half way";
      this.report("start_descale", { state: "failed", code: "tank_empty", msg });
    } else if (this.#state === "descaling") {
      this.#stock.scale = 4;
      this.emit("descale_done");
      this.report("start_descale", { state: "succeeded" });
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
    this.#heater.boiler.draw(this.#stock.takeCup({ hardWater: this.has("hard_water") }));
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
