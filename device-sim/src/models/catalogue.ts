import { UsageError } from "../errors.ts";
import { COMMAND_TROUBLES, HABITS, NETWORK_TROUBLES, NEVER_CONNECTED } from "./common-troubles.ts";
import type { ProductId } from "./make-appliance.ts";
import type { TroubleModel } from "./trouble-model.ts";
import { models } from "./trouble-model.ts";

/** In the order in which a fleet gets them: the most telling first. */
export const APPLIANCE_TROUBLES: Readonly<Record<ProductId, readonly TroubleModel[]>> = {
  "espresso-pro": models([
    [
      "fault",
      "heater_relay_stuck",
      "the heater relay sticks",
      ["set_heater", "reset_heater_relay"],
      1,
      "boiler-overheats",
    ],
    ["fault", "heater_relay_welded", "the heater relay is welded", [], 1, "boiler-overheats"],
    [
      "misuse",
      "no_descaling",
      "the owner waves the descaling reminder away",
      [],
      72,
      "descale-ignored",
    ],
    ["underuse", "use_fades", "the household hardly drinks any more", [], 190, "hardly-used"],
    ["fault", "leaking_valve", "the inlet valve leaks", ["close_inlet_valve"], 1, "valve-leaks"],
    ["misuse", "filter_ignored", "the owner ignores the filter warning", [], 72, "filter-ignored"],
    [
      "underuse",
      "never_used",
      "the machine is plugged in and never used",
      [],
      190,
      "never-commissioned",
    ],
    [
      "fault",
      "heater_thermostat_stuck",
      "the thermostat hangs",
      ["set_heater", "reset_heater_relay", "restart"],
      1,
      "boiler-overheats",
    ],
    [
      "fault",
      "sensor_lost",
      "the temperature sensor is lost",
      ["restart"],
      1,
      "temperature-sensor-lost",
    ],
    ["fault", "pump_worn", "the pump builds no pressure", [], 24, "pump-weak"],
    [
      "fault",
      "sensor_stuck",
      "the temperature sensor shows a frozen value",
      [],
      1,
      "temperature-sensor-stuck",
    ],
    ["fault", "sensor_drift", "the temperature sensor drifts", [], 24],
    ["underuse", "milk_unused", "nobody makes milk coffees", [], 720, "milk-never-used"],
    [
      "misuse",
      "hard_water",
      "the water is harder than set and wears the filter",
      [],
      360,
      "filter-soon-used-up",
    ],
    [
      "misuse",
      "descaling_unfinished",
      "descaling is begun and never finished",
      [],
      72,
      "descaling-unfinished",
    ],
  ]),
  "heat-pump": models([
    [
      "fault",
      "defrost_sensor_stuck",
      "the ice sensor hangs and nothing defrosts",
      ["defrost", "restart"],
      12,
      "evaporator-iced",
    ],
    ["misuse", "setpoint_fought", "two people fight over the set point", [], 24, "setpoint-fought"],
    [
      "underuse",
      "never_used",
      "the heat pump is wired up and never commissioned",
      [],
      190,
      "never-commissioned",
    ],
    ["fault", "fan_worn", "the fan's bearing is worn", [], 4, "fan-worn"],
    ["misuse", "filter_ignored", "the filter warning is ignored", [], 48, "filter-ignored"],
    ["fault", "defrost_valve_broken", "the defrost valve is broken", [], 12, "evaporator-iced"],
    [
      "fault",
      "low_water_pressure",
      "the heating circuit loses water",
      [],
      24,
      "water-pressure-low",
    ],
    ["underuse", "use_fades", "the house is heated in another way", [], 190, "hardly-used"],
    ["fault", "sensor_lost", "the room sensor is lost", ["restart"], 2, "sensor-lost"],
    ["fault", "refrigerant_leak", "the machine loses refrigerant", [], 120, "machine-out-of-tune"],
    [
      "fault",
      "circulation_weak",
      "the circulation pump wears",
      [],
      240,
      "water-flow-left-its-normal",
    ],
    ["underuse", "boost_unused", "nobody uses the hot water boost", [], 190],
  ]),
  "e-bike": models([
    ["misuse", "overload", "more weight than the frame allows", [], 100, "overloaded"],
    ["fault", "cell_imbalance", "the cells drift apart", ["balance_cells"], 4, "cells-drift-apart"],
    ["underuse", "never_used", "the bike stays in the cellar", [], 190, "never-ridden"],
    [
      "fault",
      "charger_hot",
      "the charger cooks the battery",
      ["lock_charging"],
      6,
      "battery-hot-while-charging",
    ],
    ["fault", "cell_dying", "a cell dies", [], 4, "cells-drift-apart"],
    ["fault", "motor_drags", "the motor drags and gets hot", ["limit_power"], 4, "motor-overheats"],
    ["misuse", "hot_charge", "charged hot, right after the ride", [], 100, "charged-hot"],
    [
      "fault",
      "torque_sensor_lost",
      "the torque sensor is lost",
      ["restart", "calibrate_sensor"],
      2,
      "torque-sensor-lost",
    ],
    ["underuse", "use_fades", "rides become rare", [], 360, "hardly-ridden"],
    ["misuse", "deep_discharge", "ridden until the battery is empty", [], 150, "battery-emptied"],
    ["fault", "brake_drags", "a brake caliper does not let go", [], 72, "brakes-worn"],
    [
      "fault",
      "weak_cells",
      "a weak batch of cells falls behind the others",
      [],
      240,
      "cells-spread-more-than-others",
    ],
    ["underuse", "nav_unused", "nobody navigates", [], 190],
  ]),
  "water-pump-testbed": models([
    [
      "misuse",
      "valve_closing",
      "somebody closes the outlet valve too far",
      [],
      1,
      "pumps-against-closed-valve",
    ],
    ["misuse", "dry_run", "the pump runs dry", ["stop_pump"], 1, "runs-dry"],
    ["fault", "cavitation", "the water boils at the suction side", ["set_speed"], 1],
    ["fault", "bearing_worn", "a bearing wears", [], 1],
  ]),
};

/** Only where a scenario asks for them: no seeded fleet has them by chance. */
export const SCENARIO_TROUBLES: Readonly<Record<ProductId, readonly TroubleModel[]>> = {
  "espresso-pro": models([
    [
      "fault",
      "heater_relay_worn",
      "a worn heater relay sticks, and three hours after it was parted again",
      ["reset_heater_relay"],
      1,
      "boiler-overheats",
    ],
    [
      "fault",
      "thermostat_warm",
      "the thermostat holds 13 K more than it is set to",
      ["restart"],
      1,
    ],
    [
      "fault",
      "firmware_runs_hot",
      "the firmware heats to 132 Cel and answers to every command without doing it",
      [],
      1,
      "boiler-overheats",
    ],
  ]),
  "heat-pump": [],
  "e-bike": [],
  "water-pump-testbed": [],
};

/** @throws UsageError that lists what there is. */
export function findTrouble(product: ProductId, name: string): TroubleModel {
  const all = [
    ...APPLIANCE_TROUBLES[product],
    ...SCENARIO_TROUBLES[product],
    ...HABITS,
    ...NETWORK_TROUBLES,
    ...COMMAND_TROUBLES,
    NEVER_CONNECTED,
  ];
  const trouble = all.find((candidate) => candidate.name === name);
  if (trouble !== undefined) return trouble;
  const names = all.map((candidate) => candidate.name).join(", ");
  throw new UsageError(`${product} has no trouble "${name}"; it has ${names}`);
}
