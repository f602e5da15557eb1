/* Generated from the product files by firmware-contracts/src/generate.ts. Do not edit. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VOORZORG_CONTRACT_H
#define VOORZORG_CONTRACT_H

/* Topics: printf formats, arguments are product id and device id. */
#define VZ_WIRE_VERSION "vz1"
#define VZ_TOPIC_STATUS_FMT "vz1/%s/%s/status"
#define VZ_TOPIC_BIRTH_FMT "vz1/%s/%s/birth"
#define VZ_TOPIC_TELE_FMT "vz1/%s/%s/tele"
#define VZ_TOPIC_HIST_FMT "vz1/%s/%s/hist"
#define VZ_TOPIC_EVENT_FMT "vz1/%s/%s/event"
#define VZ_TOPIC_RES_FMT "vz1/%s/%s/res"
#define VZ_TOPIC_REP_FMT "vz1/%s/%s/rep"
#define VZ_TOPIC_TIME_FMT "vz1/%s/%s/time"
#define VZ_TOPIC_CMD_FMT "vz1/%s/%s/cmd"
#define VZ_TOPIC_DES_FMT "vz1/%s/%s/des"

/* Limits. A larger frame closes the connection, a larger payload is quarantined. */
#define VZ_MAX_FRAME_BYTES 131072u
#define VZ_MAX_PAYLOAD_BYTES 65536u
#define VZ_MAX_POINTS 500u
#define VZ_MAX_DEPTH 8u
#define VZ_MAX_ID_LENGTH 64u
#define VZ_MAX_TEXT_LENGTH 1024u
#define VZ_MAX_BOOT 4294967295u
#define VZ_MAX_SEQ 4294967295u

/* Values of s in status and st in res. */
#define VZ_STATUS_ONLINE "online"
#define VZ_STATUS_OFFLINE "offline"
#define VZ_STATUS_LOST "lost"
#define VZ_STATUS_SLEEPING "sleeping"
#define VZ_RESULT_ACCEPTED "accepted"
#define VZ_RESULT_PROGRESS "progress"
#define VZ_RESULT_SUCCEEDED "succeeded"
#define VZ_RESULT_FAILED "failed"
#define VZ_RESULT_REJECTED "rejected"
#define VZ_RESULT_EXPIRED "expired"
#define VZ_RESULT_DUPLICATE "duplicate"

/* City e-bike, contract version 1 */
#define VZ_E_BIKE_ID "e-bike"
#define VZ_E_BIKE_VERSION 1u
#define VZ_E_BIKE_EXPECTED_PERIOD_MS 900000u
#define VZ_E_BIKE_SIGNAL_BATTERY_SOC "battery_soc" /* Battery charge, % */
#define VZ_E_BIKE_SIGNAL_BATTERY_TEMP "battery_temp" /* Battery temperature, Cel */
#define VZ_E_BIKE_SIGNAL_BATTERY_HEALTH "battery_health" /* Battery capacity left of new, % */
#define VZ_E_BIKE_SIGNAL_BATTERY_VOLTAGE "battery_voltage" /* Battery voltage, V */
#define VZ_E_BIKE_SIGNAL_CELL_SPREAD "cell_spread" /* Voltage between strongest and weakest cell, mV */
#define VZ_E_BIKE_SIGNAL_CHARGE_POWER "charge_power" /* Charging power, W */
#define VZ_E_BIKE_SIGNAL_MOTOR_POWER "motor_power" /* Motor power, W */
#define VZ_E_BIKE_SIGNAL_MOTOR_TEMP "motor_temp" /* Motor temperature, Cel */
#define VZ_E_BIKE_SIGNAL_POWER_LIMIT "power_limit" /* Allowed motor power, % */
#define VZ_E_BIKE_SIGNAL_SPEED "speed" /* Speed, km/h */
#define VZ_E_BIKE_SIGNAL_CADENCE "cadence" /* Pedalling, /min */
#define VZ_E_BIKE_SIGNAL_LOAD_KG "load_kg" /* Rider and luggage, kg */
#define VZ_E_BIKE_SIGNAL_BRAKE_WEAR "brake_wear" /* Brake pads worn, % */
#define VZ_E_BIKE_SIGNAL_TYRE_PRESSURE "tyre_pressure" /* Tyre pressure, bar */
#define VZ_E_BIKE_SIGNAL_ASSIST_MODE "assist_mode" /* Assistance */
#define VZ_E_BIKE_VALUE_ASSIST_MODE_OFF "off"
#define VZ_E_BIKE_VALUE_ASSIST_MODE_ECO "eco"
#define VZ_E_BIKE_VALUE_ASSIST_MODE_TOUR "tour"
#define VZ_E_BIKE_VALUE_ASSIST_MODE_SPORT "sport"
#define VZ_E_BIKE_VALUE_ASSIST_MODE_TURBO "turbo"
#define VZ_E_BIKE_SIGNAL_STATE "state" /* What the bike is doing */
#define VZ_E_BIKE_VALUE_STATE_PARKED "parked"
#define VZ_E_BIKE_VALUE_STATE_RIDING "riding"
#define VZ_E_BIKE_VALUE_STATE_CHARGING "charging"
#define VZ_E_BIKE_VALUE_STATE_ERROR "error"
#define VZ_E_BIKE_SIGNAL_CHARGING_LOCKED "charging_locked" /* Charging forbidden */
#define VZ_E_BIKE_SIGNAL_ODOMETER "odometer" /* Distance ridden, km */
#define VZ_E_BIKE_SIGNAL_CHARGE_CYCLES "charge_cycles" /* Full charge cycles, 1 */
#define VZ_E_BIKE_SIGNAL_RIDES_TOTAL "rides_total" /* Rides, 1 */
#define VZ_E_BIKE_SETTING_MAX_ASSIST "max_assist" /* Strongest assistance, % */
#define VZ_E_BIKE_SETTING_CHARGE_LIMIT "charge_limit" /* Charge up to, % */
#define VZ_E_BIKE_SETTING_WHEEL_SIZE "wheel_size" /* Circumference of the wheel, mm */
#define VZ_E_BIKE_SETTING_LIGHTS_AUTO "lights_auto" /* Lights by daylight sensor */
#define VZ_E_BIKE_SETTING_LANGUAGE "language" /* Language of the display */
#define VZ_E_BIKE_EVENT_RIDE_DONE "ride_done" /* A ride ended */
#define VZ_E_BIKE_EVENT_NAV_USED "nav_used" /* Navigation in the app was used */
#define VZ_E_BIKE_EVENT_APP_PAIRED "app_paired" /* The app was paired */
#define VZ_E_BIKE_EVENT_THEFT_ALARM_ARMED "theft_alarm_armed" /* The theft alarm was armed */
#define VZ_E_BIKE_EVENT_WALK_ASSIST_USED "walk_assist_used" /* Walk assistance was used */
#define VZ_E_BIKE_EVENT_CHARGE_DONE "charge_done" /* Charging ended */
#define VZ_E_BIKE_EVENT_ADVICE_READ "advice_read" /* The rider confirmed an advice on the display */
#define VZ_E_BIKE_EVENT_OVERLOAD "overload" /* More weight than the frame allows */
#define VZ_E_BIKE_EVENT_DEEP_DISCHARGE "deep_discharge" /* The battery was emptied below 3 % */
#define VZ_E_BIKE_EVENT_HOT_CHARGE "hot_charge" /* Charging began with a hot battery */
#define VZ_E_BIKE_EVENT_COLD_CHARGE "cold_charge" /* Charging began below freezing */
#define VZ_E_BIKE_EVENT_SERVICE_DUE "service_due" /* Yearly service is due */
#define VZ_E_BIKE_EVENT_SERVICE_DISMISSED "service_dismissed" /* The service reminder was dismissed */
#define VZ_E_BIKE_EVENT_SERVICE_DONE "service_done" /* Service was done */
#define VZ_E_BIKE_EVENT_E_MOTOR "E_motor" /* The motor does not follow its command */
#define VZ_E_BIKE_EVENT_E_BATTERY "E_battery" /* The battery management switched off */
#define VZ_E_BIKE_EVENT_E_SENSOR "E_sensor" /* The torque sensor gives no value */
#define VZ_E_BIKE_EVENT_E_BRAKE "E_brake" /* The brake switch gives no value */
#define VZ_E_BIKE_EVENT_FALL_DETECTED "fall_detected" /* The bike fell */
enum vz_e_bike_event_number {
  VZ_E_BIKE_EVENT_RIDE_DONE_NUMBER = 201,
  VZ_E_BIKE_EVENT_NAV_USED_NUMBER = 202,
  VZ_E_BIKE_EVENT_APP_PAIRED_NUMBER = 203,
  VZ_E_BIKE_EVENT_THEFT_ALARM_ARMED_NUMBER = 204,
  VZ_E_BIKE_EVENT_WALK_ASSIST_USED_NUMBER = 205,
  VZ_E_BIKE_EVENT_CHARGE_DONE_NUMBER = 206,
  VZ_E_BIKE_EVENT_ADVICE_READ_NUMBER = 207,
  VZ_E_BIKE_EVENT_OVERLOAD_NUMBER = 101,
  VZ_E_BIKE_EVENT_DEEP_DISCHARGE_NUMBER = 102,
  VZ_E_BIKE_EVENT_HOT_CHARGE_NUMBER = 103,
  VZ_E_BIKE_EVENT_COLD_CHARGE_NUMBER = 104,
  VZ_E_BIKE_EVENT_SERVICE_DUE_NUMBER = 111,
  VZ_E_BIKE_EVENT_SERVICE_DISMISSED_NUMBER = 112,
  VZ_E_BIKE_EVENT_SERVICE_DONE_NUMBER = 113,
  VZ_E_BIKE_EVENT_E_MOTOR_NUMBER = 901,
  VZ_E_BIKE_EVENT_E_BATTERY_NUMBER = 902,
  VZ_E_BIKE_EVENT_E_SENSOR_NUMBER = 903,
  VZ_E_BIKE_EVENT_E_BRAKE_NUMBER = 904,
  VZ_E_BIKE_EVENT_FALL_DETECTED_NUMBER = 905
};
#define VZ_E_BIKE_COMMAND_LIMIT_POWER "limit_power" /* Limit the motor power */
#define VZ_E_BIKE_COMMAND_RESTART "restart" /* Restart the drive unit */
#define VZ_E_BIKE_COMMAND_SHOW_ADVICE "show_advice" /* Show a text on the display */
#define VZ_E_BIKE_COMMAND_LOCK_CHARGING "lock_charging" /* Allow or forbid charging */
#define VZ_E_BIKE_COMMAND_BALANCE_CELLS "balance_cells" /* Balance the cells of the battery */
#define VZ_E_BIKE_COMMAND_CALIBRATE_SENSOR "calibrate_sensor" /* Calibrate the torque sensor */
#define VZ_E_BIKE_COMMAND_RUN_SELFTEST "run_selftest" /* Run the self test */
enum vz_e_bike_command_number {
  VZ_E_BIKE_COMMAND_LIMIT_POWER_NUMBER = 1,
  VZ_E_BIKE_COMMAND_RESTART_NUMBER = 2,
  VZ_E_BIKE_COMMAND_SHOW_ADVICE_NUMBER = 3,
  VZ_E_BIKE_COMMAND_LOCK_CHARGING_NUMBER = 4,
  VZ_E_BIKE_COMMAND_BALANCE_CELLS_NUMBER = 5,
  VZ_E_BIKE_COMMAND_CALIBRATE_SENSOR_NUMBER = 6,
  VZ_E_BIKE_COMMAND_RUN_SELFTEST_NUMBER = 7
};
#define VZ_E_BIKE_ARG_LIMIT_POWER_PERCENT "percent"
#define VZ_E_BIKE_ARG_SHOW_ADVICE_TEXT "text"
#define VZ_E_BIKE_ARG_LOCK_CHARGING_LOCKED "locked"

/* Espresso Pro, contract version 1 */
#define VZ_ESPRESSO_PRO_ID "espresso-pro"
#define VZ_ESPRESSO_PRO_VERSION 1u
#define VZ_ESPRESSO_PRO_EXPECTED_PERIOD_MS 30000u
#define VZ_ESPRESSO_PRO_SIGNAL_BOILER_TEMP "boiler_temp" /* Boiler temperature, Cel */
#define VZ_ESPRESSO_PRO_SIGNAL_HEATER_POWER "heater_power" /* Heater power, W */
#define VZ_ESPRESSO_PRO_SIGNAL_HEATER_ENABLED "heater_enabled" /* Heater allowed to run */
#define VZ_ESPRESSO_PRO_SIGNAL_SETPOINT "setpoint" /* Boiler set point, Cel */
#define VZ_ESPRESSO_PRO_SIGNAL_PUMP_PRESSURE "pump_pressure" /* Pump pressure, bar */
#define VZ_ESPRESSO_PRO_SIGNAL_FLOW "flow" /* Water flow, ml/s */
#define VZ_ESPRESSO_PRO_SIGNAL_INLET_OPEN "inlet_open" /* Inlet valve open */
#define VZ_ESPRESSO_PRO_SIGNAL_TANK_LEVEL "tank_level" /* Water in the tank, % */
#define VZ_ESPRESSO_PRO_SIGNAL_LEAK "leak" /* Water in the drip sensor */
#define VZ_ESPRESSO_PRO_SIGNAL_SCALE_INDEX "scale_index" /* Scale build-up, % */
#define VZ_ESPRESSO_PRO_SIGNAL_FILTER_LEFT "filter_left" /* Water filter left, % */
#define VZ_ESPRESSO_PRO_SIGNAL_WATER_HARDNESS "water_hardness" /* Water hardness, mmol/L */
#define VZ_ESPRESSO_PRO_SIGNAL_GROUNDS_LEVEL "grounds_level" /* Coffee grounds container, % */
#define VZ_ESPRESSO_PRO_SIGNAL_STATE "state" /* What the machine is doing */
#define VZ_ESPRESSO_PRO_VALUE_STATE_OFF "off"
#define VZ_ESPRESSO_PRO_VALUE_STATE_HEATING "heating"
#define VZ_ESPRESSO_PRO_VALUE_STATE_IDLE "idle"
#define VZ_ESPRESSO_PRO_VALUE_STATE_BREWING "brewing"
#define VZ_ESPRESSO_PRO_VALUE_STATE_DESCALING "descaling"
#define VZ_ESPRESSO_PRO_VALUE_STATE_ERROR "error"
#define VZ_ESPRESSO_PRO_SIGNAL_CUPS_TOTAL "cups_total" /* Coffees made, 1 */
#define VZ_ESPRESSO_PRO_SIGNAL_WATER_TOTAL "water_total" /* Water used, l */
#define VZ_ESPRESSO_PRO_SIGNAL_MILK_USED "milk_used" /* Milk used, ml */
#define VZ_ESPRESSO_PRO_SIGNAL_DISPLAY_TEXT "display_text" /* Text on the display */
#define VZ_ESPRESSO_PRO_SETTING_SETPOINT "setpoint" /* Boiler set point, Cel */
#define VZ_ESPRESSO_PRO_SETTING_ECO_AFTER "eco_after" /* Minutes until the boiler cools down, min */
#define VZ_ESPRESSO_PRO_SETTING_WATER_HARDNESS "water_hardness" /* Water hardness, mmol/L */
#define VZ_ESPRESSO_PRO_SETTING_CUP_SIZE "cup_size" /* Water per cup, ml */
#define VZ_ESPRESSO_PRO_SETTING_LANGUAGE "language" /* Language of the display */
#define VZ_ESPRESSO_PRO_SETTING_REMINDERS "reminders" /* Remind to descale and change the filter */
#define VZ_ESPRESSO_PRO_EVENT_DESCALE_DUE "descale_due" /* Descaling is due */
#define VZ_ESPRESSO_PRO_EVENT_DESCALE_DISMISSED "descale_dismissed" /* The reminder to descale was dismissed */
#define VZ_ESPRESSO_PRO_EVENT_DESCALE_DONE "descale_done" /* Descaling finished */
#define VZ_ESPRESSO_PRO_EVENT_DESCALE_ABORTED "descale_aborted" /* Descaling was stopped half way */
#define VZ_ESPRESSO_PRO_EVENT_FILTER_DUE "filter_due" /* The water filter is due */
#define VZ_ESPRESSO_PRO_EVENT_FILTER_DISMISSED "filter_dismissed" /* The reminder to change the filter was dismissed */
#define VZ_ESPRESSO_PRO_EVENT_FILTER_CHANGED "filter_changed" /* A new water filter was put in */
#define VZ_ESPRESSO_PRO_EVENT_WATER_EMPTY "water_empty" /* The tank ran empty */
#define VZ_ESPRESSO_PRO_EVENT_GROUNDS_FULL "grounds_full" /* The grounds container is full */
#define VZ_ESPRESSO_PRO_EVENT_BREW_DONE "brew_done" /* A coffee was made */
#define VZ_ESPRESSO_PRO_EVENT_MILK_BREW_DONE "milk_brew_done" /* A milk coffee was made */
#define VZ_ESPRESSO_PRO_EVENT_STEAM_USED "steam_used" /* The steam wand was used */
#define VZ_ESPRESSO_PRO_EVENT_HOT_WATER_USED "hot_water_used" /* Hot water was drawn */
#define VZ_ESPRESSO_PRO_EVENT_PROFILE_BREWED "profile_brewed" /* A coffee was made from a personal profile */
#define VZ_ESPRESSO_PRO_EVENT_ADVICE_READ "advice_read" /* The user confirmed an advice on the display */
#define VZ_ESPRESSO_PRO_EVENT_E_HEATER "E_heater" /* The heater does not follow its command */
#define VZ_ESPRESSO_PRO_EVENT_E_PUMP "E_pump" /* The pump builds no pressure */
#define VZ_ESPRESSO_PRO_EVENT_E_SENSOR "E_sensor" /* The temperature sensor gives no value */
#define VZ_ESPRESSO_PRO_EVENT_E_LEAK "E_leak" /* Water found where none should be */
#define VZ_ESPRESSO_PRO_EVENT_SELFTEST_PASSED "selftest_passed" /* The self test found nothing */
#define VZ_ESPRESSO_PRO_EVENT_SELFTEST_FAILED "selftest_failed" /* The self test found a fault */
enum vz_espresso_pro_event_number {
  VZ_ESPRESSO_PRO_EVENT_DESCALE_DUE_NUMBER = 101,
  VZ_ESPRESSO_PRO_EVENT_DESCALE_DISMISSED_NUMBER = 102,
  VZ_ESPRESSO_PRO_EVENT_DESCALE_DONE_NUMBER = 103,
  VZ_ESPRESSO_PRO_EVENT_DESCALE_ABORTED_NUMBER = 104,
  VZ_ESPRESSO_PRO_EVENT_FILTER_DUE_NUMBER = 111,
  VZ_ESPRESSO_PRO_EVENT_FILTER_DISMISSED_NUMBER = 112,
  VZ_ESPRESSO_PRO_EVENT_FILTER_CHANGED_NUMBER = 113,
  VZ_ESPRESSO_PRO_EVENT_WATER_EMPTY_NUMBER = 121,
  VZ_ESPRESSO_PRO_EVENT_GROUNDS_FULL_NUMBER = 122,
  VZ_ESPRESSO_PRO_EVENT_BREW_DONE_NUMBER = 201,
  VZ_ESPRESSO_PRO_EVENT_MILK_BREW_DONE_NUMBER = 202,
  VZ_ESPRESSO_PRO_EVENT_STEAM_USED_NUMBER = 203,
  VZ_ESPRESSO_PRO_EVENT_HOT_WATER_USED_NUMBER = 204,
  VZ_ESPRESSO_PRO_EVENT_PROFILE_BREWED_NUMBER = 205,
  VZ_ESPRESSO_PRO_EVENT_ADVICE_READ_NUMBER = 206,
  VZ_ESPRESSO_PRO_EVENT_E_HEATER_NUMBER = 901,
  VZ_ESPRESSO_PRO_EVENT_E_PUMP_NUMBER = 902,
  VZ_ESPRESSO_PRO_EVENT_E_SENSOR_NUMBER = 903,
  VZ_ESPRESSO_PRO_EVENT_E_LEAK_NUMBER = 904,
  VZ_ESPRESSO_PRO_EVENT_SELFTEST_PASSED_NUMBER = 951,
  VZ_ESPRESSO_PRO_EVENT_SELFTEST_FAILED_NUMBER = 952
};
#define VZ_ESPRESSO_PRO_COMMAND_SET_HEATER "set_heater" /* Allow or forbid the heater */
#define VZ_ESPRESSO_PRO_COMMAND_RESTART "restart" /* Restart the machine */
#define VZ_ESPRESSO_PRO_COMMAND_RESET_HEATER_RELAY "reset_heater_relay" /* Cycle the heater relay to free a stuck contact */
#define VZ_ESPRESSO_PRO_COMMAND_START_DESCALE "start_descale" /* Start the descaling programme */
#define VZ_ESPRESSO_PRO_COMMAND_CLOSE_INLET_VALVE "close_inlet_valve" /* Close the water inlet */
#define VZ_ESPRESSO_PRO_COMMAND_OPEN_INLET_VALVE "open_inlet_valve" /* Open the water inlet */
#define VZ_ESPRESSO_PRO_COMMAND_SET_SETPOINT "set_setpoint" /* Change the boiler set point */
#define VZ_ESPRESSO_PRO_COMMAND_SHOW_ADVICE "show_advice" /* Show a text on the display */
#define VZ_ESPRESSO_PRO_COMMAND_RUN_SELFTEST "run_selftest" /* Run the self test */
enum vz_espresso_pro_command_number {
  VZ_ESPRESSO_PRO_COMMAND_SET_HEATER_NUMBER = 1,
  VZ_ESPRESSO_PRO_COMMAND_RESTART_NUMBER = 2,
  VZ_ESPRESSO_PRO_COMMAND_RESET_HEATER_RELAY_NUMBER = 3,
  VZ_ESPRESSO_PRO_COMMAND_START_DESCALE_NUMBER = 4,
  VZ_ESPRESSO_PRO_COMMAND_CLOSE_INLET_VALVE_NUMBER = 5,
  VZ_ESPRESSO_PRO_COMMAND_OPEN_INLET_VALVE_NUMBER = 6,
  VZ_ESPRESSO_PRO_COMMAND_SET_SETPOINT_NUMBER = 7,
  VZ_ESPRESSO_PRO_COMMAND_SHOW_ADVICE_NUMBER = 8,
  VZ_ESPRESSO_PRO_COMMAND_RUN_SELFTEST_NUMBER = 9
};
#define VZ_ESPRESSO_PRO_ARG_SET_HEATER_ENABLED "enabled"
#define VZ_ESPRESSO_PRO_ARG_SET_SETPOINT_TEMP "temp"
#define VZ_ESPRESSO_PRO_ARG_SHOW_ADVICE_TEXT "text"

/* Air-to-water heat pump, contract version 1 */
#define VZ_HEAT_PUMP_ID "heat-pump"
#define VZ_HEAT_PUMP_VERSION 1u
#define VZ_HEAT_PUMP_EXPECTED_PERIOD_MS 60000u
#define VZ_HEAT_PUMP_SIGNAL_OUTDOOR_TEMP "outdoor_temp" /* Outdoor temperature, Cel */
#define VZ_HEAT_PUMP_SIGNAL_FLOW_TEMP "flow_temp" /* Flow temperature, Cel */
#define VZ_HEAT_PUMP_SIGNAL_RETURN_TEMP "return_temp" /* Return temperature, Cel */
#define VZ_HEAT_PUMP_SIGNAL_ROOM_TEMP "room_temp" /* Room temperature, Cel */
#define VZ_HEAT_PUMP_SIGNAL_DHW_TEMP "dhw_temp" /* Hot water tank temperature, Cel */
#define VZ_HEAT_PUMP_SIGNAL_EVAPORATOR_TEMP "evaporator_temp" /* Evaporator temperature, Cel */
#define VZ_HEAT_PUMP_SIGNAL_SETPOINT "setpoint" /* Room set point, Cel */
#define VZ_HEAT_PUMP_SIGNAL_COMPRESSOR_POWER "compressor_power" /* Electric power of the compressor, W */
#define VZ_HEAT_PUMP_SIGNAL_HEAT_OUTPUT "heat_output" /* Heat output, W */
#define VZ_HEAT_PUMP_SIGNAL_FAN_SPEED "fan_speed" /* Fan speed, /min */
#define VZ_HEAT_PUMP_SIGNAL_FAN_TARGET "fan_target" /* Commanded fan speed, /min */
#define VZ_HEAT_PUMP_SIGNAL_PUMP_FLOW "pump_flow" /* Heating water flow, l/min */
#define VZ_HEAT_PUMP_SIGNAL_WATER_PRESSURE "water_pressure" /* Pressure of the heating circuit, bar */
#define VZ_HEAT_PUMP_SIGNAL_ICE_INDEX "ice_index" /* Ice on the evaporator, % */
#define VZ_HEAT_PUMP_SIGNAL_FILTER_LOAD "filter_load" /* Dirt in the water filter, % */
#define VZ_HEAT_PUMP_SIGNAL_BACKUP_HEATER "backup_heater" /* Electric backup heater on */
#define VZ_HEAT_PUMP_SIGNAL_STATE "state" /* What the heat pump is doing */
#define VZ_HEAT_PUMP_VALUE_STATE_OFF "off"
#define VZ_HEAT_PUMP_VALUE_STATE_STANDBY "standby"
#define VZ_HEAT_PUMP_VALUE_STATE_HEATING "heating"
#define VZ_HEAT_PUMP_VALUE_STATE_DEFROST "defrost"
#define VZ_HEAT_PUMP_VALUE_STATE_DHW "dhw"
#define VZ_HEAT_PUMP_VALUE_STATE_ERROR "error"
#define VZ_HEAT_PUMP_SIGNAL_ENERGY_TOTAL "energy_total" /* Electric energy used, kWh */
#define VZ_HEAT_PUMP_SIGNAL_HEAT_TOTAL "heat_total" /* Heat delivered, kWh */
#define VZ_HEAT_PUMP_SIGNAL_RUN_HOURS "run_hours" /* Hours of the compressor, h */
#define VZ_HEAT_PUMP_SIGNAL_STARTS_TOTAL "starts_total" /* Starts of the compressor, 1 */
#define VZ_HEAT_PUMP_SIGNAL_SETPOINT_CHANGES "setpoint_changes" /* Changes of the set point by hand, 1 */
#define VZ_HEAT_PUMP_SETTING_SETPOINT "setpoint" /* Room set point, Cel */
#define VZ_HEAT_PUMP_SETTING_DHW_SETPOINT "dhw_setpoint" /* Hot water set point, Cel */
#define VZ_HEAT_PUMP_SETTING_CURVE_SLOPE "curve_slope" /* Slope of the heating curve, 1 */
#define VZ_HEAT_PUMP_SETTING_NIGHT_SETBACK "night_setback" /* Lower the set point at night */
#define VZ_HEAT_PUMP_SETTING_MODE "mode" /* Operating mode */
#define VZ_HEAT_PUMP_EVENT_FILTER_DUE "filter_due" /* The water filter needs cleaning */
#define VZ_HEAT_PUMP_EVENT_FILTER_DISMISSED "filter_dismissed" /* The filter warning was dismissed */
#define VZ_HEAT_PUMP_EVENT_FILTER_CLEANED "filter_cleaned" /* The water filter was cleaned */
#define VZ_HEAT_PUMP_EVENT_CLEAN_DUE "clean_due" /* The outdoor unit needs cleaning */
#define VZ_HEAT_PUMP_EVENT_CLEAN_DISMISSED "clean_dismissed" /* The cleaning reminder was dismissed */
#define VZ_HEAT_PUMP_EVENT_CLEAN_DONE "clean_done" /* The outdoor unit was cleaned */
#define VZ_HEAT_PUMP_EVENT_SETPOINT_CHANGED "setpoint_changed" /* The set point was changed by hand */
#define VZ_HEAT_PUMP_EVENT_COMMISSIONED "commissioned" /* Commissioning was finished */
#define VZ_HEAT_PUMP_EVENT_SCHEDULE_USED "schedule_used" /* A time programme switched the heating */
#define VZ_HEAT_PUMP_EVENT_BOOST_USED "boost_used" /* Hot water boost was used */
#define VZ_HEAT_PUMP_EVENT_HOLIDAY_USED "holiday_used" /* Holiday mode was used */
#define VZ_HEAT_PUMP_EVENT_ADVICE_READ "advice_read" /* The user confirmed an advice on the display */
#define VZ_HEAT_PUMP_EVENT_DEFROST_STARTED "defrost_started" /* Defrosting began */
#define VZ_HEAT_PUMP_EVENT_DEFROST_DONE "defrost_done" /* Defrosting ended */
#define VZ_HEAT_PUMP_EVENT_DEFROST_FAILED "defrost_failed" /* Defrosting ended with ice left */
#define VZ_HEAT_PUMP_EVENT_E_FAN "E_fan" /* The fan does not reach its speed */
#define VZ_HEAT_PUMP_EVENT_E_HIGH_PRESSURE "E_high_pressure" /* Refrigerant pressure too high */
#define VZ_HEAT_PUMP_EVENT_E_LOW_PRESSURE "E_low_pressure" /* Refrigerant pressure too low */
#define VZ_HEAT_PUMP_EVENT_E_FLOW "E_flow" /* Too little heating water flows */
#define VZ_HEAT_PUMP_EVENT_E_SENSOR "E_sensor" /* A temperature sensor gives no value */
enum vz_heat_pump_event_number {
  VZ_HEAT_PUMP_EVENT_FILTER_DUE_NUMBER = 101,
  VZ_HEAT_PUMP_EVENT_FILTER_DISMISSED_NUMBER = 102,
  VZ_HEAT_PUMP_EVENT_FILTER_CLEANED_NUMBER = 103,
  VZ_HEAT_PUMP_EVENT_CLEAN_DUE_NUMBER = 111,
  VZ_HEAT_PUMP_EVENT_CLEAN_DISMISSED_NUMBER = 112,
  VZ_HEAT_PUMP_EVENT_CLEAN_DONE_NUMBER = 113,
  VZ_HEAT_PUMP_EVENT_SETPOINT_CHANGED_NUMBER = 201,
  VZ_HEAT_PUMP_EVENT_COMMISSIONED_NUMBER = 202,
  VZ_HEAT_PUMP_EVENT_SCHEDULE_USED_NUMBER = 203,
  VZ_HEAT_PUMP_EVENT_BOOST_USED_NUMBER = 204,
  VZ_HEAT_PUMP_EVENT_HOLIDAY_USED_NUMBER = 205,
  VZ_HEAT_PUMP_EVENT_ADVICE_READ_NUMBER = 206,
  VZ_HEAT_PUMP_EVENT_DEFROST_STARTED_NUMBER = 301,
  VZ_HEAT_PUMP_EVENT_DEFROST_DONE_NUMBER = 302,
  VZ_HEAT_PUMP_EVENT_DEFROST_FAILED_NUMBER = 303,
  VZ_HEAT_PUMP_EVENT_E_FAN_NUMBER = 901,
  VZ_HEAT_PUMP_EVENT_E_HIGH_PRESSURE_NUMBER = 902,
  VZ_HEAT_PUMP_EVENT_E_LOW_PRESSURE_NUMBER = 903,
  VZ_HEAT_PUMP_EVENT_E_FLOW_NUMBER = 904,
  VZ_HEAT_PUMP_EVENT_E_SENSOR_NUMBER = 905
};
#define VZ_HEAT_PUMP_COMMAND_SET_SETPOINT "set_setpoint" /* Change the room set point */
#define VZ_HEAT_PUMP_COMMAND_DEFROST "defrost" /* Defrost the evaporator now */
#define VZ_HEAT_PUMP_COMMAND_SET_FAN "set_fan" /* Set the fan's speed limit */
#define VZ_HEAT_PUMP_COMMAND_RESTART "restart" /* Restart the controller */
#define VZ_HEAT_PUMP_COMMAND_SET_BACKUP_HEATER "set_backup_heater" /* Allow or forbid the electric backup heater */
#define VZ_HEAT_PUMP_COMMAND_SET_CURVE "set_curve" /* Change the slope of the heating curve */
#define VZ_HEAT_PUMP_COMMAND_STOP_COMPRESSOR "stop_compressor" /* Stop the compressor and stay on standby */
#define VZ_HEAT_PUMP_COMMAND_SHOW_ADVICE "show_advice" /* Show a text on the room unit */
#define VZ_HEAT_PUMP_COMMAND_RUN_SELFTEST "run_selftest" /* Run the self test */
enum vz_heat_pump_command_number {
  VZ_HEAT_PUMP_COMMAND_SET_SETPOINT_NUMBER = 1,
  VZ_HEAT_PUMP_COMMAND_DEFROST_NUMBER = 2,
  VZ_HEAT_PUMP_COMMAND_SET_FAN_NUMBER = 3,
  VZ_HEAT_PUMP_COMMAND_RESTART_NUMBER = 4,
  VZ_HEAT_PUMP_COMMAND_SET_BACKUP_HEATER_NUMBER = 5,
  VZ_HEAT_PUMP_COMMAND_SET_CURVE_NUMBER = 6,
  VZ_HEAT_PUMP_COMMAND_STOP_COMPRESSOR_NUMBER = 7,
  VZ_HEAT_PUMP_COMMAND_SHOW_ADVICE_NUMBER = 8,
  VZ_HEAT_PUMP_COMMAND_RUN_SELFTEST_NUMBER = 9
};
#define VZ_HEAT_PUMP_ARG_SET_SETPOINT_TEMP "temp"
#define VZ_HEAT_PUMP_ARG_SET_FAN_PERCENT "percent"
#define VZ_HEAT_PUMP_ARG_SET_BACKUP_HEATER_ENABLED "enabled"
#define VZ_HEAT_PUMP_ARG_SET_CURVE_SLOPE "slope"
#define VZ_HEAT_PUMP_ARG_SHOW_ADVICE_TEXT "text"

/* Water pump test bed, contract version 1 */
#define VZ_WATER_PUMP_TESTBED_ID "water-pump-testbed"
#define VZ_WATER_PUMP_TESTBED_VERSION 1u
#define VZ_WATER_PUMP_TESTBED_EXPECTED_PERIOD_MS 1000u
#define VZ_WATER_PUMP_TESTBED_SIGNAL_ACCELEROMETER1RMS "accelerometer1rms" /* Vibration at the pump, g */
#define VZ_WATER_PUMP_TESTBED_SIGNAL_ACCELEROMETER2RMS "accelerometer2rms" /* Vibration at the motor, g */
#define VZ_WATER_PUMP_TESTBED_SIGNAL_CURRENT "current" /* Motor current, A */
#define VZ_WATER_PUMP_TESTBED_SIGNAL_PRESSURE "pressure" /* Pressure after the pump, bar */
#define VZ_WATER_PUMP_TESTBED_SIGNAL_TEMPERATURE "temperature" /* Motor body temperature, Cel */
#define VZ_WATER_PUMP_TESTBED_SIGNAL_THERMOCOUPLE "thermocouple" /* Water temperature, Cel */
#define VZ_WATER_PUMP_TESTBED_SIGNAL_VOLTAGE "voltage" /* Motor voltage, V */
#define VZ_WATER_PUMP_TESTBED_SIGNAL_VOLUME_FLOW_RATERMS "volume_flow_raterms" /* Flow of the circulation loop, l/min */
#define VZ_WATER_PUMP_TESTBED_SETTING_SPEED "speed" /* Pump speed, % */
#define VZ_WATER_PUMP_TESTBED_SETTING_SAMPLE_PERIOD "sample_period" /* Time between samples, s */
#define VZ_WATER_PUMP_TESTBED_EVENT_PUMP_STARTED "pump_started" /* The pump was switched on */
#define VZ_WATER_PUMP_TESTBED_EVENT_PUMP_STOPPED "pump_stopped" /* The pump was switched off */
#define VZ_WATER_PUMP_TESTBED_EVENT_E_DRY_RUN "E_dry_run" /* The pump runs without water */
#define VZ_WATER_PUMP_TESTBED_EVENT_E_OVERCURRENT "E_overcurrent" /* The motor protection tripped */
enum vz_water_pump_testbed_event_number {
  VZ_WATER_PUMP_TESTBED_EVENT_PUMP_STARTED_NUMBER = 201,
  VZ_WATER_PUMP_TESTBED_EVENT_PUMP_STOPPED_NUMBER = 202,
  VZ_WATER_PUMP_TESTBED_EVENT_E_DRY_RUN_NUMBER = 901,
  VZ_WATER_PUMP_TESTBED_EVENT_E_OVERCURRENT_NUMBER = 902
};
#define VZ_WATER_PUMP_TESTBED_COMMAND_STOP_PUMP "stop_pump" /* Stop the pump */
#define VZ_WATER_PUMP_TESTBED_COMMAND_SET_SPEED "set_speed" /* Change the pump speed */
#define VZ_WATER_PUMP_TESTBED_COMMAND_RESTART "restart" /* Restart the controller */
enum vz_water_pump_testbed_command_number {
  VZ_WATER_PUMP_TESTBED_COMMAND_STOP_PUMP_NUMBER = 1,
  VZ_WATER_PUMP_TESTBED_COMMAND_SET_SPEED_NUMBER = 2,
  VZ_WATER_PUMP_TESTBED_COMMAND_RESTART_NUMBER = 3
};
#define VZ_WATER_PUMP_TESTBED_ARG_SET_SPEED_PERCENT "percent"

#endif /* VOORZORG_CONTRACT_H */
