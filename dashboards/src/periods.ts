/** How often there are points; charts do not group by less. */
export const FLEET_POINTS = "1m";
/** A device without a change. */
export const DEVICE_POINTS = "15m";
export const RULE_POINTS = "1h";
/** One per device and UTC day, written six hours after it. */
export const USE_POINTS = "1d";
/** One per rule and UTC day. */
export const VALUE_POINTS = "1d";
export const GATEWAY_POINTS = "10s";
