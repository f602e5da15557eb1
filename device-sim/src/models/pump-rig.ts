import type { SignalValues } from "@voorzorg/firmware-contracts";
import type { CommandOutcome } from "../command-desk.ts";
import type { ApplianceCommand, Environment } from "./appliance.ts";
import { Appliance, clamp, Repeater, rounded } from "./appliance.ts";
import { DeviceSettings } from "./device-settings.ts";

const FULL_FLOW = 96;
const ROOM_C = 22;

/** A pump that circulates water in a test bed, with an outlet valve that can close and bearings that wear. */
export class PumpRig extends Appliance {
  readonly product = "water-pump-testbed";
  readonly substepMs = 1_000;
  protected readonly options = new DeviceSettings({
    speed: { value: 80, range: [0, 100] },
    sample_period: { value: 1, range: [1, 60] },
  });
  readonly #dryRun = new Repeater(60_000);
  #stopped = false;
  #stoppedAtMs = 0;
  #valve = 1;
  #wear = 0;
  #dry = 0;
  #motorC = 68;
  #waterC = 25;

  readings(): SignalValues {
    const noise = (deviation: number): number => this.random.normal(0, deviation);
    const drive = this.#drive();
    const flow = this.#flow();
    const rough = this.#roughness();
    const vibration = drive * (0.027 + 0.16 * rough);
    return {
      accelerometer1rms: rounded(Math.max(0.001, vibration + noise(0.0012)), 5),
      accelerometer2rms: rounded(Math.max(0.001, vibration * 1.5 + noise(0.0015)), 5),
      current: rounded(Math.max(0, this.#currentA() + noise(0.12)), 4),
      pressure: rounded(0.05 + drive * 0.2 * (1 - this.#valve) + noise(0.06), 4),
      temperature: rounded(clamp(this.#motorC + noise(0.2), 0, 130), 2),
      thermocouple: rounded(this.#waterC + noise(0.02), 3),
      voltage: rounded(this.#stopped ? 0 : 230 + noise(4), 1),
      volume_flow_raterms: rounded(Math.max(0, flow + noise(0.4)), 3),
    };
  }

  protected onBegin(trouble: string): void {
    if (trouble === "valve_closing") this.#valve = Math.min(this.#valve, 0.95);
  }

  protected onRepair(): void {
    this.#wear = 0;
    this.options.set("speed", 80);
    this.#stopped = false;
  }

  protected heedAdvice(): void {
    // The rig has no display and nobody beside it.
  }

  protected substep(dtS: number, { nowMs }: Environment): void {
    // The next experiment begins with a look into the tank and the main switch.
    if (this.#stopped && nowMs - this.#stoppedAtMs > 3_600_000) this.#start();
    const closing = this.has("valve_closing");
    this.#valve = clamp(this.#valve + (closing ? -0.006 : 0.02) * dtS, closing ? 0.2 : 0, 1);
    this.#wear = clamp(this.#wear + (this.has("bearing_worn") ? 0.004 : 0) * dtS, 0, 1);
    const dry = this.has("dry_run");
    this.#dry = clamp(this.#dry + (dry ? 0.05 : -0.05) * dtS, 0, 1);
    if (this.#dry > 0.5 && !this.#stopped && this.#dryRun.due(nowMs)) this.emit("E_dry_run");
    const heat = this.#drive() * (46 + 25 * this.#wear + 40 * this.#dry);
    this.#motorC += ((ROOM_C + heat - this.#motorC) * dtS) / 300;
    const cooling = this.#flow() > 5 ? 0.002 : 0;
    this.#waterC += (this.#drive() * 0.008 - cooling * (this.#waterC - ROOM_C)) * dtS;
    this.#waterC = clamp(this.#waterC, ROOM_C - 2, 60);
  }

  protected obey({ name, args }: ApplianceCommand): CommandOutcome {
    switch (name) {
      case "stop_pump":
        this.#stopped = true;
        this.#stoppedAtMs = this.nowMs;
        this.emit("pump_stopped");
        this.end(["dry_run"], name);
        return { state: "succeeded" };
      case "set_speed":
        if (this.#currentA() >= 9) return this.unsafe(name, "the motor current is above 9 A");
        this.options.set("speed", clamp(Number(args.percent), 0, 100));
        // Below this the suction side no longer boils.
        if (this.options.number("speed") <= 60) this.end(["cavitation"], name);
        return { state: "succeeded" };
      case "restart":
        this.#start();
        return { state: "succeeded" };
      default:
        return this.unknownCommand(name);
    }
  }

  #start(): void {
    if (this.#stopped) this.emit("pump_started");
    this.#stopped = false;
  }

  #drive(): number {
    return this.#stopped ? 0 : this.options.number("speed") / 100;
  }

  #flow(): number {
    const boiling = this.has("cavitation") ? 0.7 : 1;
    return FULL_FLOW * this.#drive() * this.#valve ** 0.8 * (1 - this.#dry) * boiling;
  }

  #currentA(): number {
    const idling = 1 - 0.35 * this.#dry - 0.25 * (1 - this.#valve);
    return this.#drive() * (1.6 * idling + 0.9 * this.#wear);
  }

  /** 0 smooth to 1 very rough. */
  #roughness(): number {
    const boiling = this.has("cavitation") ? 0.7 : 0;
    return clamp(this.#wear + boiling + 0.35 * (1 - this.#valve) + 0.5 * this.#dry, 0, 1);
  }
}
