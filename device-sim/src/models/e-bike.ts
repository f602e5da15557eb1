import type { SignalValues } from "@voorzorg/firmware-contracts";
import type { CommandOutcome } from "../command-desk.ts";
import type { Random } from "../random.ts";
import type { ApplianceCommand, Environment, Owner } from "./appliance.ts";
import { Appliance, clamp, Repeater, rounded } from "./appliance.ts";
import { BikeBattery } from "./bike-battery.ts";
import { DeviceSettings } from "./device-settings.ts";
import { hourOf, ridesPerHour } from "./habits.ts";

type BikeState = "parked" | "riding" | "charging" | "error";
type AssistMode = "off" | "eco" | "tour" | "sport" | "turbo";

const HOUR_MS = 3_600_000;
const MODE_W: Readonly<Record<AssistMode, number>> = {
  off: 0,
  eco: 90,
  tour: 160,
  sport: 240,
  turbo: 330,
};
const MOTOR_J_PER_K = 2_200;
const MOTOR_LOSS_W_PER_K = 2.6;
const UNDERUSE = ["use_fades", "never_used", "nav_unused"] as const;
const MISUSE = ["overload", "deep_discharge", "hot_charge"] as const;
/** Per second of riding; a caliper that does not let go wears the pads in days, not in a year. */
const BRAKE_WEAR = 0.00002;
const DRAGGING_BRAKE_WEAR = 0.004;
/** Millivolts a day, and where weak cells settle: far from what the battery management warns of. */
const WEAK_CELLS_MV_PER_DAY = 12;
const WEAK_CELLS_MV = 75;
const DAY_S = 86_400;

/** An e-bike: rides by habit, a motor that heats, a battery that ages. */
export class EBike extends Appliance {
  readonly product = "e-bike";
  readonly substepMs = 10_000;
  protected readonly options = new DeviceSettings({
    max_assist: { value: 100, range: [0, 100] },
    charge_limit: { value: 100, range: [50, 100] },
    wheel_size: { value: 2_200, range: [1_500, 2_400] },
    lights_auto: { value: true },
    language: { value: "en" },
  });
  readonly #battery: BikeBattery;
  readonly #overloadWarning = new Repeater(20 * 60_000);
  readonly #motorError = new Repeater(HOUR_MS);
  #state: BikeState = "parked";
  #mode: AssistMode = "off";
  #rideS = 0;
  #rideKm = 0;
  #motorC = 8;
  #motorW = 0;
  #motorWorn = false;
  #powerLimit = 100;
  #loadKg = 0;
  #riderKg: number;
  #brakeWear: number;
  #tyreBar = 3.6;
  #odometerKm: number;
  #rides: number;
  #chargeAtMs = Number.POSITIVE_INFINITY;
  #chargingLocked = false;
  #fade = 1;

  constructor(random: Random, owner: Owner) {
    super(random, owner);
    this.#battery = new BikeBattery(random.fork("battery"));
    this.#odometerKm = random.between(20, 3_000);
    this.#rides = Math.round(this.#odometerKm / 7);
    this.#riderKg = random.between(62, 98);
    this.#brakeWear = random.between(5, 60);
  }

  readings(): SignalValues {
    const riding = this.#state === "riding";
    const battery = this.#battery;
    const broken = this.has("torque_sensor_lost");
    return {
      battery_soc: rounded(battery.soc, 1),
      battery_temp: rounded(clamp(battery.temperatureC, -20, 70), 1),
      battery_health: rounded(battery.health, 2),
      battery_voltage: rounded(battery.voltage(this.#motorW), 2),
      cell_spread: rounded(battery.spread(this.random), 0),
      charge_power: rounded(battery.chargeW, 0),
      motor_power: rounded(this.#motorW, 0),
      motor_temp: rounded(clamp(this.#motorC, -20, 130), 1),
      power_limit: this.#powerLimit,
      speed: riding ? rounded(19 + this.random.normal(0, 2), 1) : 0,
      cadence: riding && !broken ? rounded(68 + this.random.normal(0, 6), 0) : 0,
      load_kg: riding ? rounded(this.#loadKg + this.random.normal(0, 1), 0) : 0,
      brake_wear: rounded(this.#brakeWear, 1),
      tyre_pressure: rounded(this.#tyreBar, 2),
      assist_mode: this.#mode,
      state: this.#state,
      charging_locked: this.#chargingLocked,
      odometer: rounded(this.#odometerKm, 2),
      charge_cycles: rounded(battery.cycles, 2),
      rides_total: this.#rides,
    };
  }

  protected onBegin(trouble: string): void {
    if (trouble === "cell_imbalance") this.#battery.imbalanceMv = 165;
    if (trouble === "cell_dying") this.#battery.imbalanceMv = 240;
    if (trouble === "use_fades") this.#fade = 0.1;
    if (trouble === "brake_drags") this.#brakeWear = Math.max(this.#brakeWear, 70);
    if (trouble === "deep_discharge") this.#battery.soc = Math.min(this.#battery.soc, 25);
    if (trouble === "charger_hot") {
      this.#battery.soc = Math.min(this.#battery.soc, 35);
      this.#state = "charging";
    }
    if (trouble === "motor_drags") {
      this.#motorWorn = true;
      this.#startRide(40 * 60);
      this.#mode = "sport";
    }
    if (trouble === "torque_sensor_lost") this.emit("E_sensor");
  }

  protected onRepair(): void {
    this.#fade = 1;
    this.#motorWorn = this.has("motor_drags");
    this.#battery.imbalanceMv = 0;
    this.#brakeWear = Math.min(this.#brakeWear, 5);
    this.#powerLimit = 100;
    this.#chargingLocked = false;
  }

  protected heedAdvice(): void {
    this.#fade = 1;
    if (this.has("brake_drags")) this.#brakeWear = 2;
    this.end([...UNDERUSE, ...MISUSE, "brake_drags"], "owner");
  }

  protected substep(dtS: number, { nowMs, outdoorC }: Environment): void {
    switch (this.#state) {
      case "riding":
        this.#ride(dtS, outdoorC);
        break;
      case "charging":
        this.#charge();
        break;
      case "parked":
      case "error":
        this.#park(dtS, nowMs);
        break;
    }
    if (this.has("weak_cells"))
      this.#battery.weaken((dtS / DAY_S) * WEAK_CELLS_MV_PER_DAY, WEAK_CELLS_MV);
    const airC = outdoorC + (this.#state === "riding" ? 0 : 4);
    const lossW = MOTOR_LOSS_W_PER_K * (this.#motorC - airC);
    const friction = this.#motorWorn ? 1.5 : 0.22;
    this.#motorC += ((this.#motorW * friction - lossW) * dtS) / MOTOR_J_PER_K;
    this.#battery.step(dtS, { airC, drawW: this.#motorW, charger: this.#charger() });
    this.#supervise();
  }

  protected obey({ name, args }: ApplianceCommand): CommandOutcome {
    switch (name) {
      case "limit_power":
        this.#powerLimit = clamp(Number(args.percent), 0, 100);
        // The worn motor stays worn; with little power it runs cool until it is serviced.
        if (this.#powerLimit <= 60) this.end(["motor_drags"], name);
        return { state: "succeeded" };
      case "restart":
        if (this.#state === "riding") return this.unsafe(name, this.#state);
        this.end(["torque_sensor_lost"], name);
        if (this.#state === "error") this.#state = "parked";
        return { state: "succeeded" };
      case "lock_charging":
        this.#chargingLocked = args.locked !== false;
        if (this.#chargingLocked && this.#state === "charging") this.#state = "parked";
        if (this.#chargingLocked) this.end(["charger_hot"], name);
        return { state: "succeeded" };
      case "balance_cells":
        if (this.#state === "riding") return this.unsafe(name, this.#state);
        this.#battery.imbalanceMv = this.has("cell_dying") ? 225 : 15;
        this.end(["cell_imbalance"], name);
        return { state: "succeeded" };
      case "calibrate_sensor":
        if (this.#state !== "parked") return this.unsafe(name, this.#state);
        this.end(["torque_sensor_lost"], name);
        return { state: "succeeded" };
      case "run_selftest":
        if (this.#state === "riding") return this.unsafe(name, this.#state);
        return { state: "succeeded" };
      default:
        return this.unknownCommand(name);
    }
  }

  #charger(): "none" | "good" | "hot" {
    if (this.#state !== "charging") return "none";
    return this.has("charger_hot") ? "hot" : "good";
  }

  #startRide(seconds: number): void {
    this.#state = "riding";
    this.#rideS = seconds;
    this.#rideKm = 0;
    this.#mode = this.random.pick(["eco", "tour", "tour", "sport", "turbo"]);
    this.#loadKg = this.has("overload") ? this.random.between(152, 178) : this.#riderKg;
    if (!this.has("nav_unused") && this.random.chance(0.15)) this.emit("nav_used");
    this.#overloadWarning.reset();
  }

  #ride(dtS: number, outdoorC: number): void {
    const empty = this.#battery.soc <= 1;
    const heavy = clamp(this.#loadKg / 85, 0.8, 1.8);
    const asked = empty || this.has("torque_sensor_lost") ? 0 : MODE_W[this.#mode] * heavy;
    const assist = Math.min(this.#powerLimit, this.options.number("max_assist"));
    this.#motorW = asked * (assist / 100) * this.random.between(0.85, 1.1);
    this.#rideKm += (dtS / 3600) * 19;
    this.#odometerKm += (dtS / 3600) * 19;
    const wear = this.has("brake_drags") ? DRAGGING_BRAKE_WEAR : BRAKE_WEAR;
    this.#brakeWear = Math.min(100, this.#brakeWear + dtS * wear * heavy);
    if (this.#loadKg > 150 && this.#overloadWarning.due(this.nowMs)) this.emit("overload");
    this.#rideS -= dtS;
    if (this.#rideS > 0) return;
    this.#state = "parked";
    this.#motorW = 0;
    this.#mode = "off";
    this.#rides += 1;
    this.emit("ride_done", { km: rounded(this.#rideKm, 1), outdoor: rounded(outdoorC, 0) });
    this.#planCharge();
  }

  /** A careful owner lets the battery cool and does not empty it. */
  #planCharge(): void {
    if (this.has("deep_discharge")) {
      if (this.#battery.soc > 3) return;
      this.emit("deep_discharge");
      this.#chargeAtMs = this.nowMs + 6 * HOUR_MS;
    } else if (this.has("hot_charge")) {
      this.#chargeAtMs = this.nowMs;
    } else if (this.#battery.soc < 60) {
      this.#chargeAtMs = this.nowMs + this.random.between(1, 3) * HOUR_MS;
    }
  }

  #charge(): void {
    this.#motorW = 0;
    // Who rides until the battery is empty is also too impatient to fill it.
    const enough = this.has("deep_discharge") ? 30 : this.options.number("charge_limit");
    if (this.#battery.soc < enough && !this.#chargingLocked) return;
    this.#state = "parked";
    this.emit("charge_done");
  }

  #park(dtS: number, nowMs: number): void {
    this.#motorW = 0;
    if (nowMs >= this.#chargeAtMs && !this.#chargingLocked) {
      this.#chargeAtMs = Number.POSITIVE_INFINITY;
      this.#state = "charging";
      if (this.has("hot_charge")) this.emit("hot_charge");
      return;
    }
    if (this.has("never_used")) return;
    if (this.has("use_fades")) this.#fade = Math.max(0.01, this.#fade * 0.5 ** (dtS / 50_000));
    const perHour = ridesPerHour(nowMs) * this.owner.appetite * this.#fade;
    if (perHour > 0 && this.random.happens(perHour, dtS * 1000)) {
      this.#startRide(this.random.between(18, 38) * 60);
    } else if (hourOf(nowMs) > 21 && this.#battery.soc < 40 && !this.has("deep_discharge")) {
      this.#chargeAtMs = Math.min(this.#chargeAtMs, nowMs);
    }
  }

  #supervise(): void {
    if (this.#motorC > 118 && this.#motorError.due(this.nowMs)) this.emit("E_motor");
    if (this.#motorC < 90) this.#motorError.reset();
  }
}
